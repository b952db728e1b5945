import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@docker-data-exporter/agent/clock';
import { createChosenUsage } from '@docker-data-exporter/agent/usage/chooseSource';
import { describeUsageSource } from '@docker-data-exporter/agent/usage/conformance';
import { numbersOf } from '@docker-data-exporter/agent/usage/readingNumbers';
import type { UsageReading } from '@docker-data-exporter/agent/usage/usageReading';
import type { UsageSource, UsageTarget } from '@docker-data-exporter/agent/usage/usageSource';
import { build } from 'esbuild';
import { findCgroups, freezerOf } from './guest/cgroupPaths.ts';
import { whileFrozen } from './guest/freeze.ts';
import { fileReader, localShell, runIn } from './guest/shell.ts';
import { startEveryState } from './lab/containers.ts';
import type { Engine } from './lab/engine.ts';
import { busyboxImage, importBusybox } from './lab/image.ts';
import { type Age, describeWith } from './lab/parts.ts';
import { until } from './lab/poll.ts';
import { engineProcessesOf, signal } from './lab/processes.ts';
import { createStage } from './product/stage.ts';
import { cgroupUsage, engineUsage, targetsOf } from './product/usageSources.ts';

const minute = 60_000;
const ages: readonly Age[] = ['old', 'new'];
/** Nothing at all moves in them, not even packets. */
const still = ['still-1', 'still-2', 'still-3'];

/** Of the host and of the moment. */
const moving = /^(takenAtSeconds|cpu\.hostSeconds)$/;
/** May fall as well as rise while a container works. */
const gauges =
  /^(memory\.|memoryDetails\.\w*(charged|workingSet|cache|rss|swap|mappedFile)\w*Bytes$|pids\.)/i;

/** A program that prints what it can read at the places it is given. */
const stranger = {
  contents: `
    import { createCgroupUsage } from '@docker-data-exporter/agent/usage/cgroup';
    import { systemClock } from '@docker-data-exporter/agent/clock';
    const [cgroupRoot, procRoot, containers] = process.argv.slice(2);
    const usage = createCgroupUsage({ cgroupRoot, procRoot, maxDescriptors: 999, clock: systemClock });
    const { readings } = await usage.read({ containers: JSON.parse(containers), engine: {} });
    console.log(JSON.stringify([...readings]));
  `,
  resolveDir: import.meta.dirname,
};

for (const age of ages) {
  describeWith([`${age} engine`, `${age} docker`], `usage on the ${age} engine`, () => {
    const stage = createStage();
    let engine: Engine;
    let targets: UsageTarget[];
    let hostMemoryBytes: number;
    let about: { readonly product: string; readonly apiVersion: string };

    const run = async (name: string, ...rest: readonly string[]): Promise<UsageTarget> => {
      const options = ['--detach', '--name', name, '--network', 'none', '--stop-timeout', '1'];
      const id = await engine.docker('run', ...options, busyboxImage, ...rest);
      return { id: id.trim(), name };
    };
    const readOne = async (source: UsageSource, one: UsageTarget) =>
      (await source.read({ containers: [one], engine: about })).readings.get(one.id);

    /** What the engine says, between two readings of the cgroups, number by number. */
    const bracketed = async (containers: readonly UsageTarget[]) => {
      const request = { containers, engine: about };
      const cgroup = cgroupUsage();
      const before = (await cgroup.read(request)).readings;
      const told = (await engineUsage(engine).read(request)).readings;
      const after = (await cgroup.read(request)).readings;
      cgroup.close();
      return containers.flatMap(({ id, name }) => {
        const parts = [before, told, after].map((readings) => readings.get(id));
        // One that ended meanwhile, such as a restarting one.
        if (parts.includes(undefined)) return [];
        const [low, middle, high] = parts.map((part) => numbersOf(part!, hostMemoryBytes));
        return [...middle!]
          .filter(([path]) => !moving.test(path) && low!.has(path))
          .map(([path, value]) => ({
            ...{ name, path, value, low: low!.get(path)!, high: high!.get(path)! },
          }));
      });
    };

    beforeAll(async () => {
      engine = await stage.engine({ version: age, name: age, bridge: true });
      about = { product: 'docker', apiVersion: engine.apiVersion };
      await importBusybox(engine);
      // First: what the kernel keeps for a container comes to rest only some seconds after its start.
      for (const name of still) await run(name, 'sleep', '100000');
      await startEveryState(engine);
      targets = await targetsOf(engine);
      // Safe: every engine's info has it.
      ({ MemTotal: hostMemoryBytes } = (await engine.get('/info')) as { MemTotal: number });
    }, 2 * minute);
    afterAll(stage.close, minute);

    describe('of the kernel’s own files', () => {
      let containers: UsageTarget[];
      let reference: ReadonlyMap<string, UsageReading>;
      beforeAll(async () => {
        // Those that restart over and over may be away at any moment.
        containers = targets.filter(({ name }) => name !== 'flapping');
        const request = { containers, engine: about };
        reference = (await engineUsage(engine).read(request)).readings;
      });
      describeUsageSource(
        `the cgroups of the ${age} engine`,
        () => {
          const source = cgroupUsage();
          return Promise.resolve({ source, close: source.close });
        },
        () => ({
          ...{ containers, reference, hostMemoryBytes, engine: about },
          quiet: new Set(still),
        }),
      );
    });

    test(
      'is by the cgroups what the engine says, every number, while containers stand still',
      async () => {
        const healthChecked = ['healthy', 'sick', 'flapping'];
        const steady = targets.filter(({ name }) => !healthChecked.includes(name));
        const inspected = await Promise.all(
          steady.map(async (target) => {
            // Safe: inspect has this part on every engine.
            const { State } = (await engine.get(`/containers/${target.id}/json`)) as {
              State: { Pid: number };
            };
            return { ...target, pid: State.Pid };
          }),
        );
        const live = await findCgroups(fileReader(localShell), inspected);
        expect(live).toHaveLength(steady.length);
        const numbers = await whileFrozen(
          localShell,
          live.map(freezerOf),
          async () =>
            await until('a moment when no packet arrives', 30, async () => {
              const all = await bracketed(steady);
              return all.every(({ low, high }) => low === high) && all;
            }),
        );
        const different = numbers.filter(({ value, low }) => value !== low);
        expect(different).toEqual([]);
        // Not by being nothing: the containers have computed, written and read.
        const positive = new Set(numbers.filter(({ value }) => value > 0).map(({ path }) => path));
        expect([...positive]).toEqual(
          expect.arrayContaining([
            ...['cpu.usageSeconds', 'cpuDetails.throttling.throttledSeconds', 'blockIo.readBytes'],
            ...['blockIo.writeBytes', 'network.receiveBytes', 'memory.usageBytes'],
            ...['memoryDetails.cacheBytes', 'memoryDetails.pageFaults', 'pids.current'],
          ]),
        );
      },
      2 * minute,
    );

    test(
      'has the engine’s counters between two readings of the cgroups, while containers work',
      async () => {
        await until('a reading without a packet or an exec in between', 60, async () => {
          const numbers = (await bracketed(targets)).filter(({ path }) => !gauges.test(path));
          expect(numbers.length).toBeGreaterThan(targets.length * 15);
          const outside = numbers.filter(({ value, low, high }) => value < low || value > high);
          // An old engine may have taken its sample just before it was asked.
          if (outside.length > 0) throw new Error(JSON.stringify(outside));
          return true;
        });
      },
      2 * minute,
    );

    test(
      'starts anew when a container is started anew, whether it is the same or has the same name',
      async () => {
        const source = cgroupUsage();
        const work = [
          'sh',
          '-c',
          'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; exec sleep 1000',
        ];
        const first = await run('phoenix', ...work);
        const worked = await until('some work', 30, async () => {
          const reading = await readOne(source, first);
          return (reading?.cpu?.usageSeconds ?? 0) > 0.2 && reading;
        });
        await engine.docker('restart', '--time', '0', 'phoenix');
        const restarted = await readOne(source, first);
        expect(restarted?.cpu?.usageSeconds).toBeLessThan(worked.cpu!.usageSeconds);
        await engine.docker('rm', '--force', 'phoenix');
        expect(await readOne(source, first)).toBeUndefined();

        const second = await run('phoenix', 'sleep', '1000');
        const { readings, unread } = await source.read({
          containers: [first, second],
          engine: about,
        });
        expect([[...readings.keys()], unread.size]).toEqual([[second.id], 0]);
        expect(readings.get(second.id)?.cpu?.usageSeconds).toBeLessThan(
          worked.cpu!.usageSeconds / 2,
        );
        await engine.docker('rm', '--force', 'phoenix');
        source.close();
      },
      minute,
    );

    test(
      'is taken from the cgroups once they were proven, also of who is on the engine’s network',
      async () => {
        const cgroup = cgroupUsage();
        const usage = createChosenUsage({
          ...{ cgroup, engine: engineUsage(engine), proof: engineUsage(engine) },
          steadyMs: systemClock.steadyMs,
        });
        // Without the mode: that a network is the engine's own is then learnt by comparing.
        const containers = targets
          .filter(({ name }) => name !== 'flapping')
          .map(({ id, name }) => ({ id, name }));
        const request = { containers, engine: about };
        const first = await usage.read(request);
        expect(first.readings.size).toBe(containers.length);
        await usage.idle();
        const choices = containers.map(({ id, name }) => [name, usage.choices().get(id)?.state]);
        expect(choices).toEqual(containers.map(({ name }) => [name, 'equal']));
        const { readings, sources } = await usage.read(request);
        expect([usage.name, new Set(sources?.values())]).toEqual(['cgroup', new Set(['cgroup'])]);
        const host = containers.find(({ name }) => name === 'hostnet')!;
        expect(readings.get(host.id)).not.toHaveProperty('network');
        cgroup.close();
      },
      minute,
    );

    test(
      'can be read by a user without rights, who has other process numbers and the files elsewhere',
      async () => {
        const folder = stage.directory('stranger');
        const script = join(folder, 'stranger.mjs');
        await build({
          stdin: stranger,
          bundle: true,
          platform: 'node',
          format: 'esm',
          outfile: script,
        });
        chmodSync(folder, 0o755);
        const [proc, cgroups] = [join(folder, 'proc'), join(folder, 'cgroup')];
        for (const place of [proc, cgroups]) mkdirSync(place);
        const nobody = 'setpriv --reuid 65534 --regid 65534 --clear-groups';
        const wanted = targets.filter(({ name }) => name !== 'flapping');
        const printed = await runIn(
          localShell,
          `unshare --mount --propagation private sh -c '
            mount --rbind /proc ${proc} && mount --rbind /sys/fs/cgroup ${cgroups} &&
            unshare --pid --fork --mount-proc ${nobody} ${process.execPath} ${script} ${cgroups} ${proc} "$0"
          ' '${JSON.stringify(wanted)}'`,
        );
        // Safe: the script below prints just this.
        const seen = new Map(JSON.parse(printed) as [string, UsageReading][]);
        const own = cgroupUsage();
        const { readings } = await own.read({ containers: wanted, engine: about });
        own.close();
        const parts = (from: ReadonlyMap<string, UsageReading>): unknown[] =>
          wanted.map(({ id, name }) => [name, Object.keys(from.get(id) ?? {})]);
        expect(parts(seen)).toEqual(parts(readings));
        const [one] = wanted.filter(({ name }) => still.includes(name));
        expect(seen.get(one!.id)?.memory).toEqual(readings.get(one!.id)?.memory);
      },
      minute,
    );

    test(
      'of the cgroups goes on while a hanging container holds up the engine’s stats',
      async () => {
        const containers = targets.filter(({ name }) => still.includes(name));
        const stuck = containers.find(({ name }) => name === 'still-1')!;
        const cgroup = cgroupUsage();
        const usage = createChosenUsage({
          ...{ cgroup, engine: engineUsage(engine, 1500), proof: engineUsage(engine, 1500) },
          steadyMs: systemClock.steadyMs,
        });
        const request = { containers, engine: about };
        await usage.read(request);
        await usage.idle();
        // The shim names the container in its command line.
        const [shim = -1] = engineProcessesOf(stuck.id);
        signal(shim, 'SIGSTOP');
        try {
          const byEngine = await engineUsage(engine, 1500).read(request);
          expect(byEngine.unread.has(stuck.id)).toBe(true);
          for (let scrape = 0; scrape < 3; scrape += 1) {
            const { readings, unread, problem } = await usage.read(request);
            expect([readings.size, unread.size, problem]).toEqual([
              containers.length,
              0,
              undefined,
            ]);
          }
        } finally {
          signal(shim, 'SIGCONT');
        }
        cgroup.close();
      },
      minute,
    );
  });
}
