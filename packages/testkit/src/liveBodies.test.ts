import { exactNumber, parseExact } from './exactJson.ts';
import { type LiveBodies, liveBodies } from './liveBodies.ts';
import { type Scenario, type ScenarioContainer, listScenarios, loadScenario } from './scenario.ts';

interface Reading {
  read: string;
  preread: string;
  cpu_stats: { cpu_usage: { total_usage: unknown }; system_cpu_usage?: unknown };
  precpu_stats: { cpu_usage: { total_usage: unknown }; system_cpu_usage?: unknown };
  memory_stats: { usage?: unknown; limit?: unknown };
  networks?: Record<string, Record<string, unknown>>;
  blkio_stats: { io_service_bytes_recursive: { op: string; value: unknown }[] | null };
}

const START = Date.parse('2030-06-01T12:00:00Z');

function simulation(scenario: Scenario, seed = 1) {
  let now = START;
  const live = liveBodies(scenario, { seed, now: () => now, restartEverySeconds: 300 });
  return {
    live,
    at: (seconds: number) => {
      now = START + seconds * 1000;
      return live;
    },
  };
}

function read(
  live: LiveBodies,
  one: ScenarioContainer,
  kind: 'oneShot' | 'twoSamples' = 'oneShot',
) {
  return parseExact(live.stats(one, kind)!.toString()) as Reading;
}

/** All counters of a reading. */
function counters({ cpu_stats, networks, blkio_stats }: Reading): number[] {
  const network = Object.values(networks ?? {}).flatMap((one) => Object.values(one));
  const blocks = blkio_stats.io_service_bytes_recursive?.map(({ value }) => value) ?? [];
  return [cpu_stats.cpu_usage.total_usage, ...network, ...blocks].map(exactNumber);
}

describe.each(listScenarios())('the live engine of %s', (name) => {
  const scenario = loadScenario(name);
  const running = scenario.containers.filter(({ summary }) => summary.State === 'running');

  test('is the same for the same seed at the same time, and another for another seed', () => {
    const bodies = (seed: number) => {
      const live = simulation(scenario, seed).at(100);
      return [
        live.list().body.toString(),
        ...running.map((one) => live.stats(one, 'oneShot')?.toString()),
      ];
    };
    expect(bodies(1)).toEqual(bodies(1));
    expect(bodies(2)).not.toEqual(bodies(1));
  });

  test('goes on from what was recorded', () => {
    const { live } = simulation(scenario);
    for (const one of running) {
      const recorded = parseExact(one.oneShot!.toString()) as Reading;
      const first = read(live, one);
      expect(first.cpu_stats.cpu_usage.total_usage).toBe(recorded.cpu_stats.cpu_usage.total_usage);
      expect(first.read).toBe(new Date(START).toISOString());
    }
  });

  test('counters never fall while a container runs, and are used as its limits allow', () => {
    const { at } = simulation(scenario);
    for (const one of running) {
      const readings = [0, 1, 30, 100, 299].map((seconds) => read(at(seconds), one));
      for (const [index, later] of readings.entries()) {
        expect(exactNumber(later.memory_stats.usage)).toBeLessThanOrEqual(
          exactNumber(later.memory_stats.limit),
        );
        const earlier = readings[index - 1];
        if (earlier === undefined) continue;
        const before = counters(earlier);
        const after = counters(later);
        expect(after).toHaveLength(before.length);
        expect(after.every((value, i) => value >= before[i]!)).toBe(true);
        const share = cpuShare(earlier, later);
        expect(share).toBeGreaterThan(0);
        expect(share).toBeLessThan(1);
      }
    }
  });

  test('two-sample stats hold the reading of a second before', () => {
    const live = simulation(scenario).at(100);
    for (const one of running) {
      const { cpu_stats, precpu_stats, read: now, preread } = read(live, one, 'twoSamples');
      expect(Date.parse(now) - Date.parse(preread)).toBe(1000);
      const cpus = scenario.info.value.NCPU;
      expect(
        exactNumber(cpu_stats.system_cpu_usage) - exactNumber(precpu_stats.system_cpu_usage),
      ).toBe(cpus * 1e9);
      const used =
        exactNumber(cpu_stats.cpu_usage.total_usage) -
        exactNumber(precpu_stats.cpu_usage.total_usage);
      expect(used).toBeGreaterThanOrEqual(0);
      expect(used).toBeLessThan(cpus * 1e9);
    }
  });

  test('numbers no float holds come out as recorded', () => {
    const live = simulation(scenario).at(10);
    for (const one of running) {
      const huge = (text: string) => text.match(/\b9223\d{15}\b|\b1844\d{16}\b/g);
      expect(huge(live.stats(one, 'oneShot')!.toString())).toEqual(huge(one.oneShot!.toString()));
    }
  });

  test('the status text is the engine’s own at first, and follows the clock', () => {
    const { at } = simulation(scenario);
    const withoutNumbers = (text: string) => text.replace(/\d+/g, 'N');
    const steady = ({ State }: { State: string }) => State !== 'restarting';
    expect(
      at(0)
        .list()
        .summaries.filter(steady)
        .map(({ Status }) => withoutNumbers(Status)),
    ).toEqual(scenario.list.value.filter(steady).map(({ Status }) => withoutNumbers(Status)));
    const restless = restlessOne(scenario);
    const later = at(7200).list().summaries.filter(steady);
    const ups = later.filter(({ State, Id }) => State === 'running' && Id !== restless.id);
    expect(ups.map(({ Status }) => Status.replace(/ \(.*/, ''))).toEqual(
      ups.map(() => 'Up 2 hours'),
    );
  });

  test('inspect and info move with the clock too', () => {
    const { at } = simulation(scenario);
    const [one] = running;
    const live = at(60);
    const inspect = JSON.parse(live.inspect(one!)!.toString()) as { State: { StartedAt: string } };
    const age = START - Date.parse(inspect.State.StartedAt);
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(3600_000);
    const info = JSON.parse(live.info().toString()) as { SystemTime: string };
    expect(Date.parse(info.SystemTime)).toBe(START + 60_000);
  });

  test('one container restarts every five minutes: its counters begin anew, events tell', () => {
    const { at } = simulation(scenario);
    const restless = restlessOne(scenario);
    const facts = (seconds: number) => {
      const live = at(seconds);
      const { State, Status } = live.list().summaries.find(({ Id }) => Id === restless.id)!;
      const inspect = JSON.parse(live.inspect(restless)!.toString()) as { RestartCount: number };
      return { State, Status, restarts: inspect.RestartCount };
    };
    const { restarts } = facts(299);
    expect(facts(301)).toEqual({
      State: 'restarting',
      Status: 'Restarting (1) 1 second ago',
      restarts: restarts + 1,
    });
    expect(read(at(301), restless).read).toBe('0001-01-01T00:00:00Z');
    expect(facts(302 + 180)).toMatchObject({ State: 'running', restarts: restarts + 1 });
    expect(facts(302 + 180).Status).toContain('Up 3 minutes');
    const early = counters(read(at(303), restless));
    const later = counters(read(at(400), restless));
    expect(early[0]).toBeLessThan(later[0]!);
    expect(facts(700).restarts).toBe(restarts + 2);

    const lines = at(700).events(START, START + 700_000);
    const events = lines.map((line) => JSON.parse(line) as { Action: string; time: number });
    expect(events.map(({ Action, time }) => [Action, time - START / 1000])).toEqual([
      ['die', 300],
      ['start', 302],
      ['die', 600],
      ['start', 602],
    ]);
    expect(lines[0]).toContain(`"timeNano":${START + 300_000}000000`);
    expect(at(700).events(START + 300_000, START + 302_000)).toEqual([lines[1]]);
  });

  test('what does not run keeps its empty reading', () => {
    const live = simulation(scenario).at(1000);
    const created = scenario.containers.find(({ summary }) => summary.State === 'created')!;
    expect(live.stats(created, 'oneShot')).toBe(created.oneShot);
  });
});

function restlessOne(scenario: Scenario): ScenarioContainer {
  const live = simulation(scenario).at(301);
  const before = scenario.list.value.filter(({ State }) => State === 'running');
  const states = new Map(live.list().summaries.map(({ Id, State }) => [Id, State]));
  const [restless] = before.filter(({ Id }) => states.get(Id) !== 'running');
  return scenario.containers.find(({ id }) => id === restless?.Id)!;
}

function cpuShare(earlier: Reading, later: Reading): number {
  const used =
    exactNumber(later.cpu_stats.cpu_usage.total_usage) -
    exactNumber(earlier.cpu_stats.cpu_usage.total_usage);
  const all =
    exactNumber(later.cpu_stats.system_cpu_usage) - exactNumber(earlier.cpu_stats.system_cpu_usage);
  return used / all;
}
