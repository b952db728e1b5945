import type { Snapshot } from '@docker-data-exporter/shared/snapshot';
import type { Engine } from './lab/engine.ts';
import { busyboxImage, importBusybox } from './lab/image.ts';
import { type Age, describeWith } from './lab/parts.ts';
import { until } from './lab/poll.ts';
import { startAgent } from './product/pair.ts';
import type { RunningService } from './product/service.ts';
import { createStage } from './product/stage.ts';
import { statusLiesBetween } from './product/statusText.ts';

const minute = 60_000;
const ages: readonly Age[] = ['old', 'new'];

for (const age of ages) {
  describeWith(
    [`${age} engine`, `${age} docker`],
    `what happens to containers, on the ${age} engine`,
    () => {
      const stage = createStage();
      let engine: Engine;
      let agent: RunningService;

      // Safe: the agent's own contract, checked by its unit tests.
      const snapshot = async () => JSON.parse(await agent.get('/snapshot')) as Snapshot;
      const countersOf = async (name: string) =>
        (await snapshot()).lifecycle?.containers.find((one) => one.name === name);
      const run = async (name: string, options: readonly string[], ...command: string[]) =>
        await engine.docker(
          ...['run', '--detach', '--name', name, '--network', 'none', ...options],
          ...[busyboxImage, ...command],
        );
      const texts = async (): Promise<Map<string, string>> => {
        const lines = await engine.docker('ps', '--all', '--format', '{{.Names}}\t{{.Status}}');
        return new Map(
          lines
            .trim()
            .split('\n')
            .map((line) => line.split('\t') as [string, string]),
        );
      };

      beforeAll(async () => {
        engine = await stage.engine({ version: age, name: age, hostname: `life-${age}` });
        await importBusybox(engine);
        await run('steady', [], 'sleep', '100000');
        agent = await startAgent(stage, engine);
        await until('the first snapshot', 15, async () => (await snapshot()).docker.running);
      }, minute);
      afterAll(stage.close, minute);

      test(
        'ends by OOM, by code 3 and after 200 ms are counted right after removal',
        async () => {
          // Engines now and then tell nothing of an OOM that ends the first process at once.
          const oom = 'dd if=/dev/zero of=/dev/null bs=64M count=1; code=$?; sleep 1; exit $code';
          await run('oomed', ['--memory', '16m'], 'sh', '-c', oom);
          await run('three', [], 'sh', '-c', 'exit 3');
          await run('brief', ['--rm'], 'sleep', '0.2');
          await engine.docker('wait', 'oomed', 'three');
          await engine.docker('rm', 'oomed', 'three');
          await until('the end of brief', 10, async () => !(await texts()).has('brief'));
          expect(await countersOf('three')).toMatchObject({
            ...{ starts: 1, restarts: 0, exits: [{ exitCode: 3, count: 1 }] },
          });
          expect(await countersOf('oomed')).toMatchObject({
            ...{ starts: 1, exits: [{ exitCode: 137, count: 1 }] },
          });
          expect((await countersOf('oomed'))?.ooms).toBeGreaterThanOrEqual(1);
          expect(await countersOf('brief')).toMatchObject({
            ...{ starts: 1, exits: [{ exitCode: 0, count: 1 }] },
          });
          // A new container of the name has nothing of the old one but the name's counters.
          await run('three', [], 'sleep', '100000');
          const again = await until('details', 10, async () => {
            const { containers } = await snapshot();
            const found = containers.find(({ name }) => name === 'three');
            return found?.restartCount === undefined ? false : found;
          });
          expect(again).toMatchObject({ restartCount: 0, oomKilled: false, state: 'running' });
          expect(await countersOf('three')).toMatchObject({ starts: 2, restarts: 0 });
        },
        minute,
      );

      test(
        'each flap of health counts by its new state',
        async () => {
          const check = ['--health-cmd', 'cat /tmp/well', '--health-interval', '1s'];
          await run('flaps', [...check, '--health-retries', '1'], 'sleep', '100000');
          for (const [command, wanted] of [
            ['touch', 'healthy'],
            ['rm', 'unhealthy'],
          ] as const) {
            await engine.docker('exec', 'flaps', 'busybox', command, '/tmp/well');
            await until(`${wanted} in docker ps`, 20, async () =>
              (await texts()).get('flaps')?.endsWith(`(${wanted})`),
            );
            const { containers, lifecycle } = await snapshot();
            expect(containers.find(({ name }) => name === 'flaps')?.health).toBe(wanted);
            const counters = lifecycle?.containers.find(({ name }) => name === 'flaps');
            const counted = counters?.healthChanges.find(({ health }) => health === wanted);
            expect(counted?.count).toBeGreaterThanOrEqual(1);
          }
          await engine.docker('rm', '--force', 'flaps');
        },
        minute,
      );

      test(
        'the text is that of docker ps while nothing is listed any more, and after a kill -9',
        async () => {
          /** Compares until the text of `steady` was seen to age that often. */
          const follow = async (changes: number): Promise<void> => {
            const seen = new Set<string | undefined>();
            const wrong: unknown[] = [];
            await until(`${changes} texts of steady`, 30, async () => {
              const before = await texts();
              const { containers } = await snapshot();
              const after = await texts();
              for (const { name, status } of containers) {
                const around = { before: before.get(name) ?? '', after: after.get(name) ?? '' };
                if (!statusLiesBetween(status, around)) wrong.push({ name, status, around });
              }
              seen.add(after.get('steady'));
              return seen.size >= changes;
            });
            expect(wrong).toEqual([]);
          };
          await follow(6);
          await engine.kill9();
          expect((await snapshot()).docker.running).toBe(false);
          await engine.restart();
          const back = await snapshot();
          expect([back.docker.running, back.containers.length > 0]).toEqual([true, true]);
          await follow(3);
        },
        minute,
      );
    },
  );
}
