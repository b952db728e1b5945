import { until } from './lab/poll.ts';
import { loggedCodes, logLines } from './product/logLines.ts';
import { pageOf } from './product/page.ts';
import { serversYaml, startAgent, startAggregator, writeConfig } from './product/pair.ts';
import type { RunningService } from './product/service.ts';
import { createStage } from './product/stage.ts';
import { textWith } from './product/textLike.ts';

const minute = 60_000;
/** Only when asked: what comes into force was then asked for. */
const neverLook = ['--reload-interval', '0'];
const lookOften = ['--reload-interval', '200ms'];

describe('the list of servers', () => {
  const stage = createStage();
  let first: RunningService;
  let second: RunningService;

  const startHost = async (hostname: string): Promise<RunningService> =>
    await startAgent(
      stage,
      { dockerHost: 'unix:///nowhere/docker.sock' },
      { args: ['--hostname', hostname] },
    );
  const onlineServers = async (aggregator: RunningService): Promise<string[]> =>
    (await pageOf(aggregator))
      .named('server_online')
      .map(({ labels, value }) => `${labels.server_hostname ?? ''} ${value}`);
  const reloadSucceeded = async (aggregator: RunningService): Promise<number | undefined> =>
    (await pageOf(aggregator)).named('aggregator_config_last_reload_successful')[0]?.value;

  beforeAll(async () => {
    [first, second] = await Promise.all([startHost('first'), startHost('second')]);
  }, minute);
  afterAll(stage.close);

  test('may name a server twice: it is asked once, with a warning that names the line', async () => {
    const { address } = first;
    const config = writeConfig(stage, serversYaml([address, second.address, address]));
    const aggregator = await startAggregator(stage, config);
    expect(await onlineServers(aggregator)).toEqual(['first 1', 'second 1']);
    const warning = logLines(aggregator).find(({ code }) => code === 'server-duplicate');
    expect(warning).toMatchObject({ level: 'warn', message: textWith(address) });
    expect(JSON.stringify(warning)).toContain('4');
  });

  test('may name an agent under two addresses: it is one server, and that is told', async () => {
    const port = first.address.split(':')[1] ?? '';
    const config = serversYaml([first.address, `localhost:${port}`, second.address]);
    const aggregator = await startAggregator(stage, config);
    // Who is who shows with the first answers.
    await until('two servers', 10, async () => (await onlineServers(aggregator)).length === 2);
    const page = await pageOf(aggregator);
    expect(await onlineServers(aggregator)).toEqual(['first 1', 'second 1']);
    expect(page.named('aggregator_server_identity_conflict')).toMatchObject([
      { labels: { server_hostname: 'first', kind: 'listed_twice' }, value: 1 },
    ]);
    expect(loggedCodes(aggregator)).toContain('server-duplicate');
  });

  test('is read again when the file changes', async () => {
    const config = writeConfig(stage, serversYaml([first.address]));
    const aggregator = await startAggregator(stage, config, { args: lookOften });
    expect(await onlineServers(aggregator)).toEqual(['first 1']);
    config.replace(serversYaml([second.address]));
    await until('the other server', 20, async () => {
      return (await onlineServers(aggregator)).join() === 'second 1';
    });
  });

  test('stays as it was while the file is bad, which shows in a metric, and is taken when it is mended', async () => {
    const config = writeConfig(stage, serversYaml([first.address]));
    const aggregator = await startAggregator(stage, config, { args: lookOften });
    expect(await reloadSucceeded(aggregator)).toBe(1);
    config.replace(`servers:\n  - adress: ${second.address}\n`);
    await until('the failure', 20, async () => (await reloadSucceeded(aggregator)) === 0);
    expect(await onlineServers(aggregator)).toEqual(['first 1']);
    expect(loggedCodes(aggregator)).toEqual(
      expect.arrayContaining(['reload-failed', 'config-unknown-key']),
    );
    const told = logLines(aggregator).find(({ code }) => code === 'config-unknown-key');
    expect(told).toMatchObject({ file: config.path, line: 2 });

    config.replace(serversYaml([first.address, second.address]));
    await until('the success', 20, async () => (await reloadSucceeded(aggregator)) === 1);
    expect(await onlineServers(aggregator)).toEqual(['first 1', 'second 1']);
  });

  test('is read again on SIGHUP', async () => {
    const config = writeConfig(stage, serversYaml([first.address]));
    const aggregator = await startAggregator(stage, config, { args: neverLook });
    config.replace(serversYaml([second.address]));
    expect(await onlineServers(aggregator)).toEqual(['first 1']);
    aggregator.process.signal('SIGHUP');
    await until('the other server', 10, async () => {
      return (await onlineServers(aggregator)).join() === 'second 1';
    });
    expect(aggregator.process.ending()).toBeUndefined();
  });

  test('is read again on POST /-/reload, which answers what is wrong', async () => {
    const config = writeConfig(stage, serversYaml([first.address]));
    const aggregator = await startAggregator(stage, config, { args: neverLook });
    config.replace(serversYaml([second.address]));
    expect((await aggregator.ask('/-/reload')).status).not.toBe(200);
    expect(await onlineServers(aggregator)).toEqual(['first 1']);
    expect(await aggregator.ask('/-/reload', { method: 'POST' })).toMatchObject({ status: 200 });
    expect(await onlineServers(aggregator)).toEqual(['second 1']);

    config.replace('servers: [\n');
    const bad = await aggregator.ask('/-/reload', { method: 'POST' });
    expect(bad.status).toBe(400);
    expect(bad.body).toContain('config-syntax');
    expect(await onlineServers(aggregator)).toEqual(['second 1']);
    expect(await reloadSucceeded(aggregator)).toBe(0);
  });

  test('may change the families that are written and the labels of servers', async () => {
    const config = writeConfig(stage, serversYaml([first.address]));
    const aggregator = await startAggregator(stage, config, { args: neverLook });
    config.replace(
      [
        'disableMetrics: [server_collector_*]',
        'servers:',
        `  - address: ${first.address}`,
        '    name: renamed',
        '    labels: { env: test }',
        '',
      ].join('\n'),
    );
    expect(await aggregator.ask('/-/reload', { method: 'POST' })).toMatchObject({ status: 200 });
    const page = await pageOf(aggregator);
    expect(page.named('server_collector_success')).toEqual([]);
    expect(page.of('first')).toEqual([]);
    const renamed = page.of('renamed');
    expect(renamed.length).toBeGreaterThan(2);
    expect(renamed.filter(({ labels }) => labels.env !== 'test')).toEqual([]);
  });

  test('is in force at once, but what needs a restart is told of', async () => {
    const config = writeConfig(stage, `logLevel: info\n${serversYaml([first.address])}`);
    const aggregator = await startAggregator(stage, config, { args: neverLook });
    config.replace(`logLevel: debug\n${serversYaml([first.address])}`);
    expect(await aggregator.ask('/-/reload', { method: 'POST' })).toMatchObject({ status: 200 });
    await until('the warning', 10, () => loggedCodes(aggregator).includes('config-restart-needed'));
  });
});
