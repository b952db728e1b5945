import { join } from 'node:path';
import type { Problem } from '@docker-data-exporter/shared/errors';
import type { Snapshot } from '@docker-data-exporter/shared/snapshot';
import { type FakeEngine, startFakeEngine } from '@docker-data-exporter/testkit/fakeEngine';
import { loadScenario } from '@docker-data-exporter/testkit/scenario';
import { temporaryDirectory } from '@docker-data-exporter/testkit/temporaryDirectory';
import { systemClock } from './clock.ts';
import { type Collection, createCollection } from './collect.ts';
import { createDetailsReader, type DetailsReader } from './collectors/details.ts';
import { createEngine, type Engine } from './engine.ts';
import { endpointOf } from './engineAddress.ts';
import { createInventory } from './inventory.ts';
import { createKeptEngineFacts } from './keptEngineFacts.ts';
import { createLifecycleCounters } from './lifecycle.ts';
import { createCpuPercent } from './usage/cpuPercent.ts';
import { createEngineUsage } from './usage/engine.ts';

const DEADLINE_MS = 400;
const scenario = loadScenario('docker-28.5');
const directory = temporaryDirectory();
let fake: FakeEngine;
let engine: Engine;
let details: DetailsReader;
let collection: Collection;
let reports: Map<string, Problem | undefined>;

beforeAll(async () => {
  fake = await startFakeEngine({ scenario, listen: { socket: join(directory.path, 's') } });
});
beforeEach(() => {
  const clock = systemClock;
  reports = new Map();
  engine = createEngine({
    discover: () =>
      Promise.resolve(endpointOf({ address: fake.dockerHost, namedBy: 'test', tls: undefined })),
  });
  details = createDetailsReader({ engine, clock, deadlineMs: DEADLINE_MS });
  // Without events, as behind a proxy that refuses them: everything is asked every time.
  const isConnected = () => false;
  const inventory = createInventory({ clock, details, relistEveryMs: 300_000, isConnected });
  collection = createCollection({
    ...{ engine, details, inventory, clock, deadlineMs: DEADLINE_MS, version: '1.2.3' },
    engineFacts: createKeptEngineFacts({
      ...{ engine, clock, isConnected, deadlineMs: DEADLINE_MS, maxAgeMs: 60_000 },
      changes: inventory.engineChanges,
    }),
    lifecycle: createLifecycleCounters({ maxNames: 1000, startedUnixMs: clock.unixMs() }),
    events: { problem: () => undefined, gaps: () => 0, retryNow: () => undefined },
    usageSource: createEngineUsage({ engine, deadlineMs: DEADLINE_MS, steadyMs: clock.steadyMs }),
    cpuPercent: createCpuPercent(),
    agentId: () => 'id',
    hostname: (info) => info?.hostname ?? 'remembered',
    report: (subject, problem) => reports.set(subject, problem),
  });
});
afterEach(async () => {
  fake.clearFaults();
  await details.idle();
  engine.close();
  fake.setMoment('first');
  fake.forgetRequests();
});
afterAll(async () => {
  await fake.close();
  directory.remove();
});

const outcomes = ({ collectors }: Snapshot) =>
  Object.fromEntries(collectors.map(({ name, fault }) => [name, fault?.code ?? 'ok']));
const usageOf = (snapshot: Snapshot) =>
  snapshot.containers.filter(({ cpu, memory }) => cpu ?? memory).map(({ name }) => name);
const alive = scenario.list.value
  .filter(({ State }) => State === 'running' || State === 'paused')
  .map(({ Names }) => Names[0]!.slice(1));

test('everything is there, but for percents of the first reading and details', async () => {
  const snapshot = await collection.collect();
  expect(outcomes(snapshot)).toEqual({
    ...{ engine: 'ok', containers: 'ok', usage: 'ok', details: 'ok', events: 'ok' },
  });
  expect(snapshot.containers).toHaveLength(scenario.list.value.length);
  expect(usageOf(snapshot)).toEqual(alive);
  const early = snapshot.containers.filter(({ cpu, user }) => cpu?.hostPercent ?? user);
  expect(early).toEqual([]);
  expect([...reports.values()].filter(Boolean)).toEqual([]);
});

test('percents and users are there the second time', async () => {
  await collection.collect();
  await details.idle();
  fake.setMoment('later');
  const { containers } = await collection.collect();
  const withPercent = containers.filter(({ cpu }) => cpu?.hostPercent !== undefined);
  expect(withPercent.map(({ name }) => name)).toEqual(alive);
  expect(containers.filter(({ user }) => user === undefined)).toEqual([]);
});

test('only what may use something is asked for its usage, and inspect is asked only once', async () => {
  await collection.collect();
  await details.idle();
  await collection.collect();
  const count = (endpoint: string) =>
    fake.requests.filter((request) => request.endpoint === endpoint).length;
  expect(count('stats')).toBe(2 * alive.length);
  expect(count('inspect')).toBe(scenario.list.value.length);
});

test('callers who come meanwhile share the collection that runs', async () => {
  const [first, second] = await Promise.all([collection.collect(), collection.collect()]);
  expect(second).toBe(first);
  expect(fake.requests.filter(({ endpoint }) => endpoint === 'containers')).toHaveLength(1);
  expect(await collection.collect()).not.toBe(first);
});

test('a container that vanished since the list is there without usage, and nobody is to blame', async () => {
  fake.fault({ endpoint: 'stats', container: 'busy' }, { kind: 'status', status: 404 });
  const snapshot = await collection.collect();
  expect(outcomes(snapshot).usage).toBe('ok');
  expect(usageOf(snapshot)).toEqual(alive.filter((name) => name !== 'busy'));
});

test('a container whose stats hang costs no other its usage, and says why it has none', async () => {
  fake.fault({ endpoint: 'stats', container: 'busy' }, { kind: 'silent' });
  const first = await collection.collect();
  expect(usageOf(first)).toEqual(alive.filter((name) => name !== 'busy'));
  expect(first.containers.find(({ name }) => name === 'busy')?.unread).toEqual([
    {
      part: 'usage',
      fault: expect.objectContaining({ code: 'stats-timeout' }) as unknown,
    },
  ]);
  expect(outcomes(first)).toEqual({
    ...{ engine: 'ok', containers: 'ok', usage: 'stats-timeout', details: 'ok', events: 'ok' },
  });
  expect(reports.get('collector usage')?.code).toBe('stats-timeout');
  const second = await collection.collect();
  expect(usageOf(second)).toEqual(usageOf(first));
  expect(outcomes(second).usage).toBe('stats-quarantined');
});

test('stats that all hang are the engine’s fault, and are back with the first answer', async () => {
  const lift = fake.fault({ endpoint: 'stats' }, { kind: 'silent' });
  const hung = await collection.collect();
  expect([usageOf(hung), outcomes(hung).usage]).toEqual([[], 'stats-timeout']);
  expect(hung.docker.running).toBe(true);
  lift();
  expect(usageOf(await collection.collect())).toEqual(alive);
});

test.each([
  [
    'version',
    { engine: 'engine-http-status', containers: 'ok', usage: 'ok', details: 'ok', events: 'ok' },
  ],
  [
    'info',
    { engine: 'engine-http-status', containers: 'ok', usage: 'ok', details: 'ok', events: 'ok' },
  ],
] as const)('without %s the containers are there all the same', async (endpoint, expected) => {
  fake.fault({ endpoint }, { kind: 'status', status: 403 });
  const snapshot = await collection.collect();
  expect(outcomes(snapshot)).toEqual(expected);
  expect(snapshot.docker.running).toBe(true);
  expect(snapshot.docker.containers).toBe(scenario.list.value.length);
  expect(usageOf(snapshot)).toEqual(alive);
});

test('an info that hangs does not keep the usage waiting', async () => {
  fake.fault({ endpoint: 'info' }, { kind: 'silent' });
  const snapshot = await collection.collect();
  expect(outcomes(snapshot).engine).toBe('engine-timeout');
  expect(usageOf(snapshot)).toEqual(alive);
  expect(snapshot.host).toEqual({ hostname: 'remembered' });
});

test('without the list the engine is there all the same', async () => {
  fake.fault({ endpoint: 'containers' }, { kind: 'truncatedJson' });
  const snapshot = await collection.collect();
  expect(outcomes(snapshot)).toEqual({
    engine: 'ok',
    containers: 'engine-bad-answer',
    usage: 'engine-bad-answer',
    details: 'engine-bad-answer',
    events: 'ok',
  });
  expect([snapshot.docker.running, snapshot.docker.images]).toEqual([true, 2]);
  expect(snapshot.containers).toEqual([]);
});

test('entries of the list that make no sense cost the others nothing', async () => {
  const [first, ...rest] = scenario.list.value;
  const body = JSON.stringify([{ ...first, Id: 'nonsense' }, ...rest]);
  fake.fault({ endpoint: 'containers' }, { kind: 'answer', body });
  const snapshot = await collection.collect();
  expect(outcomes(snapshot).containers).toBe('engine-bad-answer');
  expect(snapshot.containers).toHaveLength(rest.length);
});

test('an engine that does not answer is not running, with the reason and nothing old', async () => {
  await collection.collect();
  fake.fault({}, { kind: 'silent' });
  const { docker, containers, host } = await collection.collect();
  expect(docker).toEqual({
    running: false,
    fault: expect.objectContaining({ code: 'engine-timeout' }) as unknown,
  });
  expect([containers, host]).toEqual([[], { hostname: 'remembered' }]);
  expect(reports.get('engine')?.code).toBe('engine-timeout');
});

test('an engine that went and came back is there with the first collection', async () => {
  await collection.collect();
  await fake.vanish();
  expect((await collection.collect()).docker.fault?.code).toBe('socket-missing');
  await fake.accept();
  expect(usageOf(await collection.collect())).toEqual(alive);
  expect(reports.get('engine')).toBeUndefined();
});
