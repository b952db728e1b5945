import type { Snapshot } from '@docker-data-exporter/shared/snapshot';
import type { Engine } from './lab/engine.ts';
import { busyboxImage, importBusybox } from './lab/image.ts';
import { type Age, describeWith } from './lab/parts.ts';
import { until } from './lab/poll.ts';
import { engineProcessesOf, signal } from './lab/processes.ts';
import { type MetricsPage, pageOf, seriesOf } from './product/page.ts';
import { serversYaml, startAgent, startAggregator } from './product/pair.ts';
import type { RunningService } from './product/service.ts';
import { createStage } from './product/stage.ts';
import { textLike } from './product/textLike.ts';

const minute = 60_000;
const ages: readonly Age[] = ['old', 'new'];
const containers = ['stuck', 'well', 'also-well'] as const;
const usage = [
  'container_block_bytes_in',
  'container_block_bytes_out',
  'container_cpu_percent',
  'container_cpu_seconds_total',
  'container_mem_percent',
];
const facts = ['container_info', 'container_state', 'container_status'];

for (const age of ages) {
  describeWith(
    [`${age} engine`, `${age} docker`],
    `a container whose shim hangs, on the ${age} engine`,
    () => {
      const stage = createStage();
      const hostname = `stuck-${age}`;
      let engine: Engine;
      let agent: RunningService;
      let aggregator: RunningService;
      let well: MetricsPage;
      let shim: number;

      const untilWell = async (): Promise<MetricsPage> =>
        await until('usage and user of all containers', 30, async () => {
          const page = await pageOf(aggregator);
          const users = page.named('container_info').filter(({ labels }) => labels.container_user);
          const percents = page.named('container_cpu_percent');
          return (
            users.length === containers.length && percents.length === containers.length && page
          );
        });
      const untilStatsAnswer = async (): Promise<void> => {
        await Promise.all(
          containers.map(async (name) => {
            const path = `/containers/${name}/stats?stream=false&one-shot=true`;
            await until(`stats of ${name}`, 30, async () => {
              return (await engine.ask(path, { deadlineSeconds: 5 })).status === 200;
            });
          }),
        );
      };

      beforeAll(async () => {
        engine = await stage.engine({ version: age, name: age, hostname });
        await importBusybox(engine);
        let stuckId = '';
        for (const name of containers) {
          const common = ['--name', name, '--network', 'none', '--stop-timeout', '1'];
          const id = await engine.docker(
            ...['run', '--detach', ...common, busyboxImage, 'sleep', '100000'],
          );
          if (name === 'stuck') stuckId = id.trim();
        }
        // The shim names the container in its command line; the container is its child.
        shim = engineProcessesOf(stuckId)[0] ?? -1;
        // Cgroup files go on telling: this is about those who have to ask the engine.
        agent = await startAgent(stage, engine, { args: ['--usage-source', 'engine'] });
        aggregator = await startAggregator(stage, serversYaml([agent.address]));
        well = await untilWell();
        stage.atEnd(() => signal(shim, 'SIGCONT'));
      }, minute);
      afterAll(stage.close, minute);
      beforeEach(() => signal(shim, 'SIGSTOP'));
      afterEach(async () => {
        signal(shim, 'SIGCONT');
        await untilStatsAnswer();
      }, minute);

      const namesOf = (page: MetricsPage, container: string): string[] => {
        const own = page.of(hostname).filter(({ labels }) => labels.container_name === container);
        return [...new Set(own.map(({ name }) => name))].toSorted();
      };
      const collector = (page: MetricsPage, name: string): number | undefined =>
        page.named('server_collector_success').find(({ labels }) => labels.collector === name)
          ?.value;

      test(
        'keeps its facts and loses its usage, and that is told',
        async () => {
          // Whoever comes before the stuck one in an old engine's round still gets a fresh number.
          const first = await pageOf(aggregator);
          expect(namesOf(first, 'stuck')).toEqual(facts);
          expect(collector(first, 'usage')).toBe(0);
          for (let scrape = 0; scrape < 3; scrape += 1) {
            const page = await pageOf(aggregator);
            expect(page.named('server_online')[0]?.value).toBe(1);
            expect(page.named('server_docker_running')[0]?.value).toBe(1);
            expect(namesOf(page, 'stuck')).toEqual(facts);
            expect(collector(page, 'usage')).toBe(0);
            expect(collector(page, 'containers')).toBe(1);
            expect(collector(page, 'engine')).toBe(1);
            const others = containers.filter((name) => name !== 'stuck');
            // After that one stuck container stops the stats of all; none may show an old number.
            const expected = age === 'old' ? facts : [...facts, ...usage].toSorted();
            for (const name of others) expect(namesOf(page, name)).toEqual(expected);
          }
          const { containers: listed } = JSON.parse(await agent.get('/snapshot')) as Snapshot;
          expect(listed.find(({ name }) => name === 'stuck')?.unread).toMatchObject([
            { part: 'usage', fault: { code: textLike(/^stats-/) } },
          ]);
        },
        minute,
      );

      test(
        'does not hold the agent up, and all is back in the first scrape after its end',
        async () => {
          expect(collector(await pageOf(aggregator), 'usage')).toBe(0);
          await pageOf(aggregator);
          signal(shim, 'SIGCONT');
          await untilStatsAnswer();
          const page = await pageOf(aggregator);
          expect(collector(page, 'usage')).toBe(1);
          const butPercent = (one: MetricsPage): string[] =>
            seriesOf(one.of(hostname).filter(({ name }) => name !== 'container_cpu_percent'));
          expect(butPercent(page)).toEqual(butPercent(well));
          await untilWell();
        },
        minute,
      );
    },
  );
}
