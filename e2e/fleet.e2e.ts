import type { Engine, EngineOptions } from './lab/engine.ts';
import { busyboxImage, importBusybox } from './lab/image.ts';
import {
  makeNetworkNamespace,
  networkNamespacePath,
  removeNetworkNamespace,
} from './lab/namespace.ts';
import { describeWith } from './lab/parts.ts';
import { until } from './lab/poll.ts';
import { freePort } from './lab/ports.ts';
import { signal } from './lab/processes.ts';
import { run } from './lab/run.ts';
import { type MetricsPage, pageOf, readPage, seriesOf } from './product/page.ts';
import { serversYaml, startAgent, startAggregator } from './product/pair.ts';
import type { RunningService } from './product/service.ts';
import { createStage } from './product/stage.ts';

const minute = 60_000;
const hostnames = ['alpha', 'beta', 'gamma'] as const;
type Hostname = (typeof hostnames)[number];

const engineOptions: Readonly<Record<Hostname, EngineOptions>> = {
  alpha: { version: 'old', name: 'alpha' },
  // Its containers outlive a crash of the daemon, so that their data can be back at once.
  beta: { version: 'new', name: 'beta', liveRestore: true },
  gamma: { version: 'old', name: 'gamma' },
};
const containers = ['first', 'second'] as const;

/** What is known of a server whose agent does not answer. */
const offlineSeries = ['server_hostname', 'server_ip', 'server_online'];
/** What an agent tells of an engine that does not answer. */
const withoutEngine = [
  ...offlineSeries,
  'server_agent_running',
  'server_docker_running',
].toSorted();

/** How much of the memory of who answered when may be lost, which is not written at every scrape. */
const unwrittenSeconds = { SIGTERM: 0, SIGKILL: 60 };

interface Host {
  readonly engine: Engine;
  readonly agent: RunningService;
}

describeWith(
  ['old engine', 'old docker', 'new engine', 'new docker'],
  'a fleet of three servers',
  () => {
    const stage = createStage();
    let hosts: Readonly<Record<Hostname, Host>>;
    let aggregator: RunningService;
    /** The page while all is well: every test ends with these series. */
    let well: MetricsPage;

    const startHost = async (hostname: Hostname): Promise<Host> => {
      const engine = await stage.engine(engineOptions[hostname]);
      await importBusybox(engine);
      for (const name of containers) {
        await engine.docker(
          // Not none: 28.5 gives no stats of such containers after a restart with live restore.
          ...['run', '--detach', '--name', name, '--network', 'host', '--stop-timeout', '1'],
          ...[busyboxImage, 'sleep', '100000'],
        );
      }
      const agent = await startAgent(stage, engine, { args: ['--hostname', hostname] });
      return { engine, agent };
    };
    const addresses = (): string[] => hostnames.map((one) => hosts[one].agent.address);
    const others = (page: MetricsPage, hostname: Hostname): string[] =>
      hostnames.filter((one) => one !== hostname).flatMap((one) => seriesOf(page.of(one)));
    const namesOf = (page: MetricsPage, hostname: Hostname): string[] =>
      [...new Set(page.of(hostname).map(({ name }) => name))].toSorted();
    /** Usage needs two readings; everything else must be there in the first answer. */
    const butPercent = (series: readonly string[]): string[] =>
      series.filter((one) => !one.startsWith('container_cpu_percent'));
    const allSeries = (page: MetricsPage): string[] =>
      hostnames.flatMap((one) => seriesOf(page.of(one)));
    const untilWell = async (): Promise<MetricsPage> =>
      await until('all containers of all servers with user and CPU percent', 30, async () => {
        const page = await pageOf(aggregator);
        const count = hostnames.length * containers.length;
        const users = page.named('container_info').filter(({ labels }) => labels.container_user);
        const percents = page.named('container_cpu_percent');
        return users.length === count && percents.length === count && page;
      });

    beforeAll(async () => {
      const [alpha, beta, gamma] = await Promise.all([
        startHost('alpha'),
        startHost('beta'),
        startHost('gamma'),
      ]);
      hosts = { alpha, beta, gamma };
      aggregator = await startAggregator(stage, serversYaml(addresses()));
      well = await untilWell();
    }, 2 * minute);
    // Also after a test that failed: its servers are started again, but may not have caught up.
    beforeEach(untilWell, minute);
    afterAll(stage.close, minute);

    test(
      'a killed agent is offline under its name in the next scrape, and again online in the next after its start',
      async () => {
        const { agent } = hosts.alpha;
        await agent.kill9();
        try {
          const page = await pageOf(aggregator);
          expect(valueOf(page, 'server_online', 'alpha')).toBe(0);
          expect(namesOf(page, 'alpha')).toEqual(offlineSeries);
          expect(others(page, 'alpha')).toEqual(others(well, 'alpha'));
        } finally {
          await agent.startAgain();
        }
        const page = await pageOf(aggregator);
        expect(valueOf(page, 'server_online', 'alpha')).toBe(1);
        // The configured user is read again in the background.
        expect(namesOf(page, 'alpha')).toEqual(butPercent(namesOf(well, 'alpha')));
        expect(allSeries(await untilWell())).toEqual(allSeries(well));
      },
      minute,
    );

    test.each(['SIGTERM', 'SIGKILL'] as const)(
      'an aggregator that is restarted (%s) while an agent is down still knows its name',
      async (how) => {
        const { agent } = hosts.gamma;
        await agent.stop();
        try {
          const before = await pageOf(aggregator);
          await (how === 'SIGTERM' ? aggregator.stop() : aggregator.kill9());
          await aggregator.startAgain();
          const page = await pageOf(aggregator);
          expect(valueOf(page, 'server_online', 'gamma')).toBe(0);
          const [last, kept] = [before, page].map((one) => lastSeen(one, 'gamma') ?? Number.NaN);
          expect(kept).toBeLessThanOrEqual(last!);
          expect(kept).toBeGreaterThanOrEqual(last! - unwrittenSeconds[how]);
          expect(lastSeen(page, 'alpha')).toBeGreaterThan(last!);
          expect(namesOf(page, 'gamma')).toEqual(offlineSeries);
          expect(butPercent(others(page, 'gamma'))).toEqual(butPercent(others(well, 'gamma')));
          expect(page.named('server_online')).toHaveLength(hostnames.length);
        } finally {
          await agent.startAgain();
        }
        expect(valueOf(await pageOf(aggregator), 'server_online', 'gamma')).toBe(1);
        expect(allSeries(await untilWell())).toEqual(allSeries(well));
      },
      minute,
    );

    test('a server that never answered is offline under its address', async () => {
      const dead = `127.0.0.1:${await freePort()}`;
      const other = await startAggregator(stage, serversYaml([dead, hosts.alpha.agent.address]));
      const page = await pageOf(other);
      expect(valueOf(page, 'server_online', dead)).toBe(0);
      expect(valueOf(page, 'server_online', 'alpha')).toBe(1);
    });

    test('two servers of one name are told apart and both reported', async () => {
      const twin = await startAgent(stage, hosts.beta.engine, { args: ['--hostname', 'alpha'] });
      const yaml = serversYaml([hosts.alpha.agent.address, twin.address]);
      const page = await pageOf(await startAggregator(stage, yaml));
      expect(page.named('server_online').map(({ labels }) => labels.server_hostname)).toEqual([
        'alpha',
        `alpha@${twin.address}`,
      ]);
      expect(page.named('container_state')).toHaveLength(2 * containers.length);
    });

    test(
      'an engine that was killed leaves no numbers behind, and all are back in the first scrape after its restart',
      async () => {
        const { engine } = hosts.beta;
        await engine.kill9();
        try {
          const page = await pageOf(aggregator);
          expect(valueOf(page, 'server_online', 'beta')).toBe(1);
          expect(valueOf(page, 'server_docker_running', 'beta')).toBe(0);
          expect(namesOf(page, 'beta')).toEqual(withoutEngine);
          expect(others(page, 'beta')).toEqual(others(well, 'beta'));
        } finally {
          await engine.restart();
        }
        const page = await pageOf(aggregator);
        expect(valueOf(page, 'server_docker_running', 'beta')).toBe(1);
        expect(butPercent(allSeries(page))).toEqual(butPercent(allSeries(well)));
        expect(allSeries(await untilWell())).toEqual(allSeries(well));
      },
      minute,
    );

    test.each(['beta', 'gamma'] as const)(
      'a frozen engine (%s) is not running, and its agent answers all the same',
      async (hostname) => {
        const { engine, agent } = hosts[hostname];
        signal(engine.pid, 'SIGSTOP');
        try {
          const page = await pageOf(aggregator);
          expect(valueOf(page, 'server_online', hostname)).toBe(1);
          expect(valueOf(page, 'server_docker_running', hostname)).toBe(0);
          expect(namesOf(page, hostname)).toEqual(withoutEngine);
          expect(others(page, hostname)).toEqual(others(well, hostname));
          expect(JSON.parse(await agent.get('/snapshot'))).toMatchObject({
            host: { hostname },
            docker: { running: false, fault: { code: 'engine-timeout' } },
            containers: [],
          });
        } finally {
          signal(engine.pid, 'SIGCONT');
        }
        const page = await pageOf(aggregator);
        expect(butPercent(allSeries(page))).toEqual(butPercent(allSeries(well)));
        expect(allSeries(await untilWell())).toEqual(allSeries(well));
      },
      minute,
    );

    test(
      'a server that swallows packets does not delay the others beyond the scrape',
      async () => {
        const netns = `dde-lab-${process.pid}-hole`;
        stage.atEnd(() => removeNetworkNamespace(netns));
        await makeNetworkNamespace(netns);
        const inside = `--net=${networkNamespacePath(netns)}`;
        await run('nsenter', [inside, ...dropPackets(hole)]);
        const agent = await startAgent(stage, hosts.alpha.engine, {
          netns,
          args: ['--hostname', 'alpha'],
        });
        const holes = [1, 2, 3].map((host) => `${hole}.${host}:5050`);
        const other = await startAggregator(stage, serversYaml([...holes, agent.address]), {
          netns,
        });
        const scrapeSeconds = 4;
        // As Prometheus does: it tells its timeout, and gives up after it.
        const body = await run('nsenter', [
          inside,
          ...['curl', '--silent', '--show-error', '--fail', '--max-time', String(scrapeSeconds)],
          ...['--header', `X-Prometheus-Scrape-Timeout-Seconds: ${scrapeSeconds}`],
          `${other.url}/metrics`,
        ]);
        const page = readPage(body, 'text');
        for (const address of holes) expect(valueOf(page, 'server_online', address)).toBe(0);
        expect(namesOf(page, 'alpha')).toEqual(butPercent(namesOf(well, 'alpha')));
        expect(page.named('container_state')).toHaveLength(containers.length);
      },
      minute,
    );
  },
);

/** The first three parts of addresses nobody answers at, on the loopback of a namespace. */
const hole = '127.9.9';

function dropPackets(network: string): string[] {
  return ['iptables', '--append', 'INPUT', '--destination', `${network}.0/24`, '--jump', 'DROP'];
}

/** Unix seconds of its last answer. */
function lastSeen(page: MetricsPage, hostname: string): number | undefined {
  return page
    .named('aggregator_server_last_seen_timestamp_seconds')
    .find(({ labels }) => labels.server_hostname === hostname)?.value;
}

/** The value of the one sample of a server; fails where there are several. */
function valueOf(page: MetricsPage, metric: string, hostname: string): number | undefined {
  const found = page.of(hostname).filter(({ name }) => name === metric);
  expect(found).toHaveLength(1);
  return found[0]?.value;
}
