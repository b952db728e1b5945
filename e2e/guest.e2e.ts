import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { agentSettings } from '@docker-data-exporter/agent/settings';
import { type CpuUsage, parseSnapshot, type Snapshot } from '@docker-data-exporter/shared/snapshot';
import { type ComparedContainer, readUsage } from './guest/cgroupFiles.ts';
import { cgroupRoot, freezerOf } from './guest/cgroupPaths.ts';
import { allMoving, allWrong, compareAll, type Comparison } from './guest/compare.ts';
import { whileFrozen } from './guest/freeze.ts';
import { type Guest, startGuest } from './guest/guest.ts';
import { liveContainers, startGuestContainers } from './guest/guestContainers.ts';
import { describeWithGuest } from './guest/guestParts.ts';
import { fileReader, type ReadFiles, runIn } from './guest/shell.ts';
import {
  type Answer,
  type CliStats,
  type EngineStats,
  usageOfCliStats,
  usageOfSnapshot,
  usageOfStats,
} from './guest/usage.ts';
import { until } from './lab/poll.ts';
import { builtMain } from './product/builds.ts';

type AskSource = () => Promise<ReadonlyMap<string, Answer>>;

const minute = 60_000;

/** The engine goes on starting checks in these, frozen or not. */
const checked = ['sick', 'moody'];
/** What has processes all the time the tests run. */
const steady = [
  ...['idle', 'busy', 'writer', 'reader', 'cached', 'paused', 'hostnet', 'nonet', 'user1000'],
  ...['nightly', 'web', 'client', ...checked],
];

const hasUsageSource = 'usageSource' in agentSettings;
const usageSources = hasUsageSource ? ['engine', 'cgroup'] : ['engine'];

describeWithGuest('a cgroup v2 host', () => {
  let guest: Guest;
  let live: ComparedContainer[];
  let readFiles: ReadFiles;

  /** Asks a source between two reads of the kernel's files. */
  const bracketed = async (
    containers: readonly ComparedContainer[],
    askSource: AskSource,
  ): Promise<Map<string, Comparison>> => {
    const before = await readUsage(readFiles, containers);
    const answers = await askSource();
    return compareAll(before, answers, await readUsage(readFiles, containers));
  };

  /** The same while nothing in the containers moves. A packet on the bridge still may: it is asked again. */
  const wrongWhileFrozen = async (askSource: AskSource): Promise<string[]> => {
    const containers = live.filter(({ name }) => !checked.includes(name));
    return await whileFrozen(guest.exec, containers.map(freezerOf), async () =>
      until('a moment when no value moves', 120, async () => {
        const comparisons = await bracketed(containers, askSource);
        return allMoving(comparisons).length === 0 && allWrong(comparisons);
      }),
    );
  };

  const engineStats = async (): Promise<Map<string, Answer>> =>
    new Map(
      await Promise.all(
        live.map(async ({ name, id }): Promise<[string, Answer]> => {
          const path = `/containers/${id}/stats?stream=false&one-shot=true`;
          // Safe: every engine's stats of a running container have these parts.
          return [name, usageOfStats((await guest.get(path)) as EngineStats)];
        }),
      ),
    );

  const cliStats = async (): Promise<Map<string, Answer>> => {
    const ids = live.map(({ id }) => id);
    const printed = await guest.docker('stats', '--no-stream', '--format', '{{json .}}', ...ids);
    const answers = printed
      .trim()
      .split('\n')
      .map((line): [string, Answer] => {
        const stats = JSON.parse(line) as CliStats; // Safe: the fields of the format asked for.
        const container = live.find(({ name }) => name === stats.Name);
        return [stats.Name, usageOfCliStats(stats, container?.hasOwnNetwork ?? false)];
      });
    return new Map(answers);
  };

  const snapshot = async (): Promise<Snapshot> => {
    const answer = await fetch(`${guest.agentUrl}/snapshot`, {
      signal: AbortSignal.timeout(30_000),
    });
    const parsed = parseSnapshot(await answer.json());
    if (!parsed.ok) throw new Error(parsed.detail);
    return parsed.snapshot;
  };

  const agentUsage = async (): Promise<Map<string, Answer>> =>
    new Map(
      (await snapshot()).containers.map((container) => [
        container.name,
        usageOfSnapshot(container),
      ]),
    );

  /** Time of all processors together, idle or not, since the guest started. */
  const hostSeconds = async (): Promise<number> => {
    const [total = ''] = (await runIn(guest.exec, 'cat /proc/stat')).split('\n');
    const ticks = total.trim().split(/\s+/).slice(1, 9).map(Number);
    return ticks.reduce((sum, one) => sum + one, 0) / 100;
  };

  beforeAll(async () => {
    guest = await startGuest();
    readFiles = fileReader(guest.exec);
    const ids = await startGuestContainers(guest);
    live = (await liveContainers(guest, Object.keys(ids))).filter(({ name }) =>
      steady.includes(name),
    );
  }, 4 * minute);

  afterAll(async () => {
    await guest.stop();
  }, minute);

  test('has a new engine, cgroup v2 only and the cgroupfs driver', async () => {
    expect(await guest.get('/info')).toMatchObject({
      CgroupVersion: '2',
      CgroupDriver: 'cgroupfs',
    });
    expect(Number(guest.version.split('.')[0])).toBeGreaterThanOrEqual(28);
    const controllers = await runIn(guest.exec, 'cat /sys/fs/cgroup/cgroup.controllers');
    for (const controller of ['cpu', 'memory', 'io', 'pids']) {
      expect(controllers.split(/\s/)).toContain(controller);
    }
  });

  test('cannot reach this machine', async () => {
    const server = createServer((_, response) => response.end('reached'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // Safe: it listens on a port.
    // The emulator's address for the machine it runs on.
    const { code } = await guest.exec(`wget -T 3 -q -O - http://10.0.2.2:${port}/`);
    expect(code).not.toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });

  test('holds a container of every kind', async () => {
    const lines = await guest.docker('ps', '-a', '--format', '{{.Names}} {{.State}}');
    const states = new Map(
      lines
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]), // Safe: the format has two words.
    );
    expect(live.map(({ name }) => name).toSorted()).toEqual(steady.toSorted());
    for (const name of steady) {
      expect([name, states.get(name)]).toEqual([name, name === 'paused' ? 'paused' : 'running']);
    }
    expect(states.get('created')).toBe('created');
    expect(states.get('exit3')).toBe('exited');
    expect(states.get('oomed')).toBe('exited');
    expect(['restarting', 'running']).toContain(states.get('flapping'));
    const nightly = live.find(({ name }) => name === 'nightly')!;
    expect(freezerOf(nightly)).toBe(`${cgroupRoot}/batch/night/${nightly.id}`);
  });

  test(
    'lets containers compute, write, read and talk',
    async () => {
      await until('all four', 60, async () => {
        const usage = await readUsage(readFiles, live);
        const value = (name: string, measure: keyof Answer['usage']): number =>
          usage.get(name)?.[measure]?.[0] ?? NaN;
        return (
          value('busy', 'throttledPeriods') > 10 &&
          value('writer', 'blockWriteBytes') > 2 ** 21 &&
          value('reader', 'blockReadBytes') > 2 ** 21 &&
          value('client', 'networkReceiveBytes') > 50_000
        );
      });
    },
    2 * minute,
  );

  describe.each([
    ['the engine’s one-shot stats', engineStats],
    ['docker stats', cliStats],
  ])('%s', (_, askSource) => {
    test(
      'lie between two reads of the files while containers work',
      async () => {
        expect(allWrong(await bracketed(live, askSource))).toEqual([]);
      },
      minute,
    );

    test(
      'equal the files, every value, while containers stand still',
      async () => {
        expect(await wrongWhileFrozen(askSource)).toEqual([]);
      },
      3 * minute,
    );
  });

  describe.each(usageSources)('the agent, usage from the %s', (source) => {
    beforeAll(async () => {
      // An emulated engine takes longer than any real one.
      const args = [
        '--engine-timeout',
        '30s',
        ...(hasUsageSource ? ['--usage-source', source] : []),
      ];
      await guest.startAgent({ bundle: await builtMain('agent'), args });
    }, 2 * minute);

    test(
      'tells usage that lies between two reads of the files while containers work',
      async () => {
        expect(allWrong(await bracketed(live, agentUsage))).toEqual([]);
      },
      minute,
    );

    test(
      'tells usage that equals the files, every value, while containers stand still',
      async () => {
        expect(await wrongWhileFrozen(agentUsage)).toEqual([]);
      },
      2 * minute,
    );

    test('tells usage of containers with processes only', async () => {
      const { containers } = await snapshot();
      const used = containers.filter(({ cpu }) => cpu !== undefined).map(({ name }) => name);
      expect(used.filter((name) => name !== 'flapping').toSorted()).toEqual(steady.toSorted());
    });

    test('tells the host and its cgroups', async () => {
      expect(await snapshot()).toMatchObject({
        host: { hostname: 'cgroup2-guest', cpus: 2 },
        docker: { running: true, cgroupVersion: '2', cgroupDriver: 'cgroupfs' },
      });
    });

    test(
      'tells the share of the CPUs that a container used between two snapshots',
      async () => {
        const earliest = await hostSeconds();
        const first = cpuOfBusy(await snapshot());
        const afterFirst = await hostSeconds();
        // Two processors for two seconds: the agent's window is at least one second.
        const beforeSecond = await until('time to pass', 30, async () => {
          const now = await hostSeconds();
          return now > afterFirst + 4 && now;
        });
        const second = cpuOfBusy(await snapshot());
        const latest = await hostSeconds();
        const used = second.usageSeconds! - first.usageSeconds!;
        const rounding = 0.0001;
        expect(used).toBeGreaterThan(0.1);
        expect(second.hostPercent).toBeGreaterThan((used / (latest - earliest)) * 100 - rounding);
        expect(second.hostPercent).toBeLessThan(
          (used / (beforeSecond - afterFirst)) * 100 + rounding,
        );
      },
      minute,
    );
  });
});

function cpuOfBusy({ containers }: Snapshot): CpuUsage {
  return containers.find(({ name }) => name === 'busy')!.cpu!;
}
