import { diskOf } from './lab/blockDevice.ts';
import { startEveryState } from './lab/containers.ts';
import type { Snapshot } from '@docker-data-exporter/shared/snapshot';
import type { Engine } from './lab/engine.ts';
import { busyboxImage } from './lab/image.ts';
import { type Age, describeWith } from './lab/parts.ts';
import { until } from './lab/poll.ts';
import type { Prometheus } from './lab/prometheus.ts';
import { assertions, rowNames } from './product/contractRows.ts';
import { type Observation, observe } from './product/observation.ts';
import { isRow, pageOf, type PageSample } from './product/page.ts';
import { serversYaml, startAgent, startAggregator, startScraper } from './product/pair.ts';
import type { RunningService } from './product/service.ts';
import { createStage } from './product/stage.ts';

const ages: readonly Age[] = ['old', 'new'];
const minute = 60_000;
// Leaving a swarm is no event: what the engine says of itself is asked again after its age.
const agentArgs = ['--user-from-name', '{app}--{user}', '--engine-facts-age', '1s'];

/** The share of one core that `busy` is allowed (--cpus 0.3), and what a loaded machine leaves of it. */
const busyCorePercent = { least: 12, most: 33 };

for (const age of ages) {
  const parts = ['engine', 'docker', 'prometheus'] as const;
  describeWith(
    [...parts.map((part) => `${age} ${part}` as const), 'old prometheus', 'new prometheus'],
    `the contract on the ${age} engine`,
    () => {
      const stage = createStage();
      const hostname = `contract-${age}`;
      let engine: Engine;
      let agent: RunningService;
      let aggregator: RunningService;
      let prometheus: Readonly<Record<Age, Prometheus>>;
      let seen: Readonly<Record<Age, Observation>>;

      beforeAll(async () => {
        engine = await stage.engine({ version: age, name: age, bridge: true, hostname });
        // Before the containers, so that its counters begin with theirs.
        agent = await startAgent(stage, engine, { args: agentArgs });
        await until('the agent to follow events', 15, async () => {
          // Safe: the agent's own contract, checked by its unit tests.
          const { collectors } = JSON.parse(await agent.get('/snapshot')) as Snapshot;
          return collectors.find(({ name }) => name === 'events')?.success;
        });
        const ids = await startEveryState(engine);
        ids.wrote = await startWrote(engine);
        aggregator = await startAggregator(stage, serversYaml([agent.address]));
        prometheus = {
          old: await startScraper(stage, 'old', aggregator),
          new: await startScraper(stage, 'new', aggregator),
        };
        const users = 'count(container_info{container_user!=""})';
        await until('the background reading of every user', 30, async () => {
          const counts = await Promise.all(ages.map((one) => prometheus[one].query(users)));
          return counts.every(([count]) => count?.value === Object.keys(ids).length);
        });
        seen = await observe(engine, prometheus, hostname);
      }, 4 * minute);
      afterAll(stage.close, minute);

      for (const version of ages) {
        describe(`as the ${version} Prometheus sees it`, () => {
          test.each(rowNames)('%s is there and right', (name) => {
            const assertion = assertions[name];
            if (assertion === undefined)
              throw new Error('add what it must show to contractRows.ts');
            assertion(seen[version]);
          });

          test('every series is a row of the table and carries the base labels', () => {
            expect([...seen[version].series.keys()].toSorted()).toEqual([...rowNames].toSorted());
            const strays = [...seen[version].series.values()].flat().filter(({ metric }) => {
              const ofContainer = metric.__name__?.startsWith('container_') === true;
              return (
                metric.server_hostname !== hostname ||
                metric.instance !== hostname ||
                (metric.container_name !== undefined) !== ofContainer
              );
            });
            expect(strays).toEqual([]);
          });
        });
      }

      test('a fresh agent gives no CPU percent in its first answer, and gives it in a later one', async () => {
        const fresh = await startAgent(stage, engine);
        const first = await pageOf(fresh);
        expect(first.named('container_cpu_percent')).toEqual([]);
        expect(first.named('container_cpu_seconds_total').length).toBeGreaterThan(10);
        const counted = first.named('container_cpu_seconds_total').map(containerName).toSorted();
        await until('the CPU percent of every container', 20, async () => {
          const later = await pageOf(fresh);
          const shown = later.named('container_cpu_percent').map(containerName).toSorted();
          return shown.join() === counted.join();
        });
      });

      test('the CPU percent is of the whole host, or of one core where that is set', async () => {
        const { NCPU } = (await engine.get('/info')) as { NCPU: number };
        const config = `${serversYaml([agent.address])}cpuPercentOf: core\n`;
        const perCore = await startAggregator(stage, config);
        const within = (percent: number | undefined, unit: number): boolean =>
          percent !== undefined &&
          percent * unit >= busyCorePercent.least &&
          percent * unit <= busyCorePercent.most;
        await until('the share of the busy container', 30, async () => {
          const ofCore = (await pageOf(perCore)).named('container_cpu_percent').find(isBusy);
          const ofHost = (await pageOf(aggregator)).named('container_cpu_percent').find(isBusy);
          return within(ofCore?.value, 1) && within(ofHost?.value, NCPU);
        });
      });

      test('the agent says on its own page what the aggregator says of it', async () => {
        const keysOf = async (service: RunningService): Promise<string[]> =>
          (await pageOf(service)).samples
            .filter(isRow)
            // Only the aggregator knows an address, and the text of a status moves.
            .filter(({ name }) => name !== 'server_ip' && name !== 'container_status')
            // These come and go with the container that restarts for ever.
            .filter(({ labels }) => labels.container_name !== 'flapping')
            .map(
              ({ name, labels }) => `${name} ${JSON.stringify(Object.entries(labels).toSorted())}`,
            )
            .toSorted();
        await until('the same series on both pages', 20, async () => {
          expect(await keysOf(agent)).toEqual(await keysOf(aggregator));
          return true;
        });
      });

      test(
        'joining a swarm shows',
        async () => {
          const swarm = async (): Promise<number | undefined> =>
            (await pageOf(aggregator)).named('server_swarm_mode')[0]?.value;
          await engine.docker('swarm', 'init', '--advertise-addr', '127.0.0.1');
          try {
            await until('swarm mode 1', 15, async () => (await swarm()) === 1);
          } finally {
            await engine.docker('swarm', 'leave', '--force');
          }
          await until('swarm mode 0', 15, async () => (await swarm()) === 0);
        },
        minute,
      );
    },
  );
}

/**
 * Three times as much written as read, and then nothing more. The limit is there because kernels from
 * 6.10 on count block I/O on cgroup v1 only where a disk has one.
 */
async function startWrote(engine: Engine): Promise<string> {
  const disk = diskOf(engine.directory);
  const limit = disk === undefined ? [] : ['--device-write-bps', `${disk}:10gb`];
  const script = [
    'dd if=/dev/zero of=/tmp/data bs=1M count=3 conv=fsync',
    'dd if=/tmp/data of=/dev/null bs=1M count=1 iflag=direct',
    'exec sleep 100000',
  ].join('; ');
  return await engine.docker(
    ...['run', '--detach', '--name', 'wrote', ...limit, busyboxImage, 'sh', '-c', script],
  );
}

function containerName({ labels }: PageSample): string {
  return labels.container_name ?? '';
}

function isBusy(sample: PageSample): boolean {
  return containerName(sample) === 'busy';
}
