import {
  type ContainerSnapshot,
  parseSnapshot,
  type Snapshot,
} from '@docker-data-exporter/shared/snapshot';
import { ask } from './ask.ts';
import { startFakeFleet } from './fleet.ts';
import { fleetHostname } from './fleetCatalogue.ts';
import { simulateFleet } from './fleetSnapshot.ts';

const start = Date.parse('2030-06-01T12:00:00Z');
const plan = { seed: 1, containersPerServer: 20, start };
const servers = Array.from({ length: 60 }, (_, index) => index);
const everyone = (snapshots: readonly Snapshot[]) => snapshots.flatMap((one) => one.containers);
const usedBy = ({ cpu }: ContainerSnapshot) => cpu!.usageSeconds!;

describe('a simulated fleet', () => {
  const fleet = simulateFleet(plan);
  const at = (seconds: number) =>
    servers.map((index) => fleet.snapshot(index, start + seconds * 1000));
  const fresh = at(0);

  test('is made of snapshots the aggregator takes whole', () => {
    for (const snapshot of fresh) {
      expect(parseSnapshot(JSON.parse(JSON.stringify(snapshot)))).toEqual({
        ok: true,
        snapshot,
        droppedContainers: 0,
      });
    }
  });

  test('marks itself', () => {
    expect(new Set(fresh.map(({ agent }) => agent.version))).toEqual(new Set(['simulated']));
  });

  test('has unique hostnames, agent ids, container ids and names per server', () => {
    const unique = (values: readonly string[]) => new Set(values).size === values.length;
    expect(servers.slice(0, 10).map(fleetHostname)).toEqual([
      ...['web-1', 'db-1', 'api-1', 'cache-1', 'worker-1', 'queue-1', 'ci-1', 'edge-1'],
      ...['web-2', 'db-2'],
    ]);
    expect(unique(fresh.map(({ host }) => host.hostname))).toBe(true);
    expect(unique(fresh.map(({ agent }) => agent.id))).toBe(true);
    expect(unique(everyone(fresh).map(({ id }) => id))).toBe(true);
    for (const { containers } of fresh)
      expect(unique(containers.map(({ name }) => name))).toBe(true);
  });

  test('follows from the seed alone, in any process and in any order', () => {
    const again = simulateFleet(plan);
    const backwards = [...servers].reverse().map((index) => again.snapshot(index, start + 5000));
    expect(backwards.reverse()).toEqual(at(5));
    expect(simulateFleet({ ...plan, seed: 2 }).snapshot(0, start)).not.toEqual(fresh[0]);
  });

  test('is mixed: states, engines, swarms, and two unhealthy containers', () => {
    const states = new Set(everyone(fresh).map(({ state }) => state));
    expect([...states].sort()).toEqual(['created', 'exited', 'paused', 'restarting', 'running']);
    expect(new Set(fresh.map(({ docker }) => docker.version)).size).toBe(5);
    expect(new Set(fresh.map(({ docker }) => docker.swarmActive)).size).toBe(2);
    const unhealthy = everyone(fresh).filter(({ health }) => health === 'unhealthy');
    expect(unhealthy.map(({ status }) => status.endsWith('(unhealthy)'))).toEqual([true, true]);
    const networks = everyone(fresh).filter(({ state }) => state === 'running');
    expect(new Set(networks.map(({ network }) => network === undefined)).size).toBe(2);
  });

  test('counts its containers', () => {
    for (const { docker, containers } of fresh) {
      expect(docker.containers).toBe(20);
      const running = containers.filter(({ state }) => state === 'running');
      expect(docker.containersRunning).toBe(running.length);
    }
  });

  test('uses nothing where nothing runs, and stays within its hosts elsewhere', () => {
    for (const { host, containers } of at(77)) {
      for (const one of containers) {
        const runs = one.state === 'running' || one.state === 'paused';
        expect(one.cpu !== undefined).toBe(runs);
        if (!runs) continue;
        expect(one.memory!.usageBytes).toBeLessThanOrEqual(one.memory!.limitBytes!);
        expect(one.memory!.limitBytes!).toBeLessThanOrEqual(host.memoryBytes!);
      }
    }
  });

  test('moves: counters grow until a restart sets them back, and percents follow', () => {
    const names = (snapshots: readonly Snapshot[]) => everyone(snapshots).map(({ id }) => id);
    const steps = [0, 60, 120, 3600, 7200].map(at);
    let restarts = 0;
    for (const [index, later] of steps.entries()) {
      const earlier = steps[index - 1];
      if (earlier === undefined) continue;
      expect(names(later)).toEqual(names(earlier));
      const before = everyone(earlier);
      for (const [i, one] of everyone(later).entries()) {
        if (one.state !== 'running') continue;
        const seconds = usedBy(before[i]!);
        if (usedBy(one) < seconds) restarts += 1;
        else expect(usedBy(one)).toBeGreaterThan(seconds);
      }
    }
    expect(restarts).toBeGreaterThan(0);
    expect(restarts).toBeLessThan(everyone(fresh).length / 10);
  });

  test('the CPU percent is what the CPU seconds say', () => {
    const [early, late] = [at(100), at(101)];
    const before = everyone(early);
    const cpus = early.flatMap(({ host, containers }) => containers.map(() => host.cpus!));
    for (const [i, one] of everyone(late).entries()) {
      if (one.state !== 'running' || usedBy(before[i]!) > usedBy(one)) continue;
      const used = usedBy(one) - usedBy(before[i]!);
      expect(one.cpu!.hostPercent).toBeCloseTo((100 * used) / cpus[i]!, 2);
    }
  });
});

describe('a fake fleet', () => {
  test('serves each server on an address of its own, the same bytes within a second', async () => {
    let now = start;
    const fleet = await startFakeFleet({ servers: 3, containersPerServer: 2, now: () => now });
    const bodies = () =>
      Promise.all(
        fleet.servers.map(async ({ address }) => (await ask(address, '/snapshot')).body.toString()),
      );
    const first = await bodies();
    const hostnames = first.map((body) => (JSON.parse(body) as Snapshot).host.hostname);
    expect(hostnames).toEqual(fleet.servers.map(({ hostname }) => hostname));
    now += 999;
    expect(await bodies()).toEqual(first);
    now += 1;
    expect(await bodies()).not.toEqual(first);
    await fleet.close();
    await expect(bodies()).rejects.toThrow('ECONNREFUSED');
  });

  test('a port that is taken fails the start and leaves nothing behind', async () => {
    const other = await startFakeFleet({ servers: 1, containersPerServer: 1 });
    const taken = other.servers[0]!.agent.port;
    await expect(
      startFakeFleet({ servers: 2, containersPerServer: 1, portFrom: taken - 1 }),
    ).rejects.toThrow('EADDRINUSE');
    await expect(ask(`127.0.0.1:${taken - 1}`, '/-/healthy')).rejects.toThrow('ECONNREFUSED');
    await other.close();
  });
});
