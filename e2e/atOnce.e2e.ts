import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { type FakeAgent, startFakeAgent } from '@docker-data-exporter/testkit/fakeAgent';
import { type FakeEngine, startFakeEngine } from '@docker-data-exporter/testkit/fakeEngine';
import { loadScenario } from '@docker-data-exporter/testkit/scenario';
import { until } from './lab/poll.ts';
import { pageOf } from './product/page.ts';
import { serversYaml, startAgent, startAggregator } from './product/pair.ts';
import { createStage } from './product/stage.ts';

/** Long enough that the second request comes before the first has its answer. */
const slow = { kind: 'slow', delayMs: 1000 } as const;

describe('while an answer is under way', () => {
  const stage = createStage();
  afterAll(stage.close);

  const startEngine = async (): Promise<FakeEngine> =>
    await stage.keep(
      startFakeEngine({
        scenario: loadScenario('docker-28.5'),
        listen: { socket: join(stage.directory('engine'), 'docker.sock') },
      }),
      (engine) => engine.close(),
    );
  /** A server that takes its time; what it says of itself is an agent's own answer. */
  const startSlowServer = async (): Promise<FakeAgent> => {
    const agent = await startAgent(stage, await startEngine());
    const body = Buffer.from(await agent.get('/snapshot'));
    const server = await stage.keep(startFakeAgent({ snapshot: () => body }), (one) => one.close());
    server.fault(slow);
    return server;
  };

  test('a second scraper of the agent shares the collection of the first', async () => {
    const engine = await startEngine();
    const agent = await startAgent(stage, engine);
    await pageOf(agent);
    engine.forgetRequests();
    engine.fault({ endpoint: 'containers' }, slow);
    const lists = (): number =>
      engine.requests.filter(({ endpoint }) => endpoint === 'containers').length;
    const first = pageOf(agent);
    await until('the first collection', 10, () => lists() === 1);
    const pages = await Promise.all([first, pageOf(agent), agent.get('/snapshot')]);
    expect(pages[0].named('container_state').length).toBeGreaterThan(10);
    expect(pages[1].named('container_state')).toEqual(pages[0].named('container_state'));
    expect(lists()).toBe(1);
  });

  test('a second Prometheus shares the round of the first', async () => {
    const server = await startSlowServer();
    const aggregator = await startAggregator(stage, serversYaml([server.address]));
    const first = pageOf(aggregator);
    await until('the first round', 10, () => server.requests.length === 1);
    const pages = await Promise.all([first, pageOf(aggregator)]);
    expect(pages.map((page) => page.named('server_online')[0]?.value)).toEqual([1, 1]);
    expect(server.requests).toHaveLength(1);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'a service that is told to end (%s) finishes it first, and ends with 0',
    async (signal) => {
      const server = await startSlowServer();
      const aggregator = await startAggregator(stage, serversYaml([server.address]));
      const page = pageOf(aggregator);
      await until('the question to the server', 10, () => server.requests.length === 1);
      aggregator.process.signal(signal);
      expect((await page).named('server_online')).toMatchObject([{ value: 1 }]);
      expect(await aggregator.process.untilEnded()).toEqual({ exitCode: 0, signal: undefined });

      const engine = await startEngine();
      const agent = await startAgent(stage, engine);
      await pageOf(agent);
      engine.forgetRequests();
      engine.fault({ endpoint: 'containers' }, slow);
      const snapshot = agent.get('/snapshot');
      await until('the question to the engine', 10, () => engine.requests.length > 0);
      agent.process.signal(signal);
      expect(JSON.parse(await snapshot)).toMatchObject({ docker: { running: true } });
      expect(await agent.process.untilEnded()).toEqual({ exitCode: 0, signal: undefined });
    },
  );

  test('a second signal ends a service at once', async () => {
    const server = await startSlowServer();
    server.fault({ kind: 'silent' });
    const aggregator = await startAggregator(stage, serversYaml([server.address]));
    const page = pageOf(aggregator).catch(() => 'cut');
    await until('the question to the server', 10, () => server.requests.length === 1);
    aggregator.process.signal('SIGTERM');
    await aggregator.process.untilPrinted(/Stopping/);
    aggregator.process.signal('SIGTERM');
    expect(await aggregator.process.untilEnded()).toEqual({ exitCode: 1, signal: undefined });
    expect(await page).toBe('cut');
  });
});
