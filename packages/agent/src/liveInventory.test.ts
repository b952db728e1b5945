import { join } from 'node:path';
import { silentLog } from '@docker-data-exporter/shared/log';
import type { Snapshot } from '@docker-data-exporter/shared/snapshot';
import { type FakeEngine, startFakeEngine } from '@docker-data-exporter/testkit/fakeEngine';
import { loadScenario, type Scenario } from '@docker-data-exporter/testkit/scenario';
import { temporaryDirectory } from '@docker-data-exporter/testkit/temporaryDirectory';
import { type Agent, createAgent } from './agent.ts';
import { endpointOf } from './engineAddress.ts';

/**
 * The agent beside a fake engine whose containers live, both under a clock set by hand. What a scrape
 * asks, and what it tells.
 */
const recorded = loadScenario('docker-28.5');
const directory = temporaryDirectory();
const CONTAINERS = recorded.containers.filter(
  ({ summary }) => summary.State !== 'restarting',
).length;
const START = Date.parse('2026-11-21T12:00:00Z');
let nowMs: number;
let past: string[];
let fake: FakeEngine;
let agent: Agent;

beforeEach(() => start({ live: { seed: 1, restartEverySeconds: 1e9 } }));

async function start(kind: {
  live?: { seed: number; restartEverySeconds: number };
}): Promise<void> {
  nowMs = START;
  past = [];
  // A container on its way between two states is not of one moment in the recording.
  const containers = recorded.containers.filter(({ summary }) => summary.State !== 'restarting');
  const scenario: Scenario = { ...recorded, containers, events: past };
  fake = await startFakeEngine({
    ...{ scenario, listen: { socket: join(directory.path, 's') }, now: () => nowMs },
    ...kind,
  });
  agent = createAgent({
    settings: {
      ...{ usageSource: 'engine', cgroupRoot: '/sys/fs/cgroup', procRoot: '/proc' },
      ...{ engineTimeout: 1000, hostname: undefined, userFromName: undefined },
      ...{
        cpuPercentOf: 'host',
        disableMetrics: [],
        relistEvery: 300_000,
        engineFactsAge: 60_000,
        lifecycleNames: 5,
      },
    },
    ...{ version: '1', ownHostname: 'own', log: silentLog() },
    discover: () =>
      Promise.resolve(endpointOf({ address: fake.dockerHost, namedBy: 'test', tls: undefined })),
    identity: { id: () => 'id', hostname: () => undefined, learn: () => Promise.resolve() },
    clock: { unixMs: () => nowMs, steadyMs: () => nowMs },
  });
}
async function end(): Promise<void> {
  agent.close();
  await fake.close();
}
afterEach(end);

/** An engine that does not live remembers what it told. */
async function withMemory(): Promise<void> {
  await end();
  await start({});
  await scrape();
  await until(() => fake.eventListeners() === 1);
}
afterAll(directory.remove);

/** What one collection asks; usage, and what is read in the background, left aside. */
async function scrape(): Promise<{ asked: string[]; snapshot: Snapshot }> {
  fake.forgetRequests();
  const snapshot = await agent.app.collect();
  const asked = fake.requests.map(({ endpoint }) => endpoint ?? 'unknown');
  await agent.idle();
  const aside = ['stats', 'inspect', 'events'];
  return { asked: asked.filter((endpoint) => !aside.includes(endpoint)).sort(), snapshot };
}

/** Scrapes, a while apart, until one asks no more than whether the engine is there. */
async function untilQuiet(): Promise<Snapshot> {
  for (;;) {
    const { asked, snapshot } = await scrape();
    if (asked.join() === 'ping') return snapshot;
    nowMs += 2000;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

let nano = 0;
function send(
  action: string,
  { id = 'f'.repeat(64), name = 'job', type = 'container' } = {},
): void {
  nano += 1;
  const attributes = { name, ...(action === 'die' && { exitCode: '3' }) };
  const event = { Type: type, Action: action, Actor: { ID: id, Attributes: attributes } };
  const time = `${nowMs}${String(nano).padStart(6, '0')}`;
  const line = JSON.stringify(event).replace(/}$/, `,"timeNano":${time}}`);
  past.push(line);
  fake.sendEvent(line);
}

const counters = async (name: string) =>
  (await scrape()).snapshot.lifecycle?.containers.find((one) => one.name === name);
const web = recorded.containers.find(({ name }) => name === 'web')!;

test('a quiet scrape asks whether the engine is there, and nothing else', async () => {
  await untilQuiet();
  for (let round = 0; round < 5; round += 1) {
    nowMs += 5000;
    expect((await scrape()).asked).toEqual(['ping']);
  }
});

test('the texts of a kept list age as docker ps words it', async () => {
  await untilQuiet();
  for (const step of [1000, 7000, 45_000, 120_000, 60_000]) {
    nowMs += step;
    const { snapshot } = await scrape();
    const listed = await fetchList();
    expect(snapshot.containers.map(({ name, status }) => [name, status])).toEqual(listed);
  }
});

/** What the engine itself says now. */
async function fetchList(): Promise<(readonly [string, string])[]> {
  const { request } = await import('node:http');
  const body = await new Promise<string>((resolve, reject) => {
    const path = '/containers/json?all=1';
    request({ socketPath: fake.address, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
  // Safe: the fake's own list.
  const list = JSON.parse(body) as { Names: string[]; Status: string }[];
  return list.map(({ Names, Status }) => [(Names[0] ?? '').slice(1), Status] as const);
}

test('after an event the list is asked, until nothing has happened for a while', async () => {
  await untilQuiet();
  send('start', { id: web.id, name: 'web' });
  let asked: string[] = [];
  while (!asked.includes('containers')) ({ asked } = await scrape());
  expect((await scrape()).asked).toContain('containers');
  nowMs += 2000;
  expect((await untilQuiet()).containers).toHaveLength(CONTAINERS);
});

test('commands in containers and networks ask for nothing', async () => {
  await untilQuiet();
  send('exec_start: true', { id: web.id });
  send('connect', { type: 'network' });
  send('start', { id: 'e'.repeat(64), name: 'last' });
  // The last one is heard, and so were the others before.
  let asked: string[] = [];
  while (!asked.includes('containers')) ({ asked } = await scrape());
  expect(await counters('last')).toMatchObject({ starts: 1 });
  expect(await counters('job')).toBeUndefined();
});

test('an image that comes or goes makes info old, and not the list', async () => {
  await untilQuiet();
  send('pull', { type: 'image' });
  let asked: string[] = ['ping'];
  while (asked.join() === 'ping') ({ asked } = await scrape());
  expect(asked).toEqual(['info', 'ping', 'version']);
  expect((await scrape()).asked).toEqual(['ping']);
});

test('list and info are asked again after a while all the same', async () => {
  await untilQuiet();
  nowMs += 61_000;
  expect((await scrape()).asked).toEqual(['info', 'ping', 'version']);
  nowMs += 300_000;
  expect((await scrape()).asked).toContain('containers');
});

test('a container that lived between two scrapes is counted after it is gone', async () => {
  await untilQuiet();
  for (const action of ['create', 'start', 'die', 'destroy']) send(action);
  let job = await counters('job');
  while (job?.exits.length !== 1) job = await counters('job');
  expect(job).toMatchObject({ starts: 1, restarts: 0, exits: [{ exitCode: 3, count: 1 }] });
});

test('a stream that is cut is taken up where it was, and nothing is counted twice', async () => {
  await withMemory();
  send('start');
  while ((await counters('job'))?.starts !== 1) continue;
  await fake.refuse();
  await until(() => fake.eventListeners() === 0);
  // Nobody hears it, but the engine remembers.
  send('die');
  await fake.accept();
  while ((await counters('job'))?.exits.length !== 1) continue;
  nowMs += 2000;
  const { lifecycle } = (await scrape()).snapshot;
  expect(lifecycle?.gaps).toBe(0);
  expect(await counters('job')).toMatchObject({ starts: 1 });
});

test('an engine that has forgotten what it told is a gap', async () => {
  await withMemory();
  send('start');
  while ((await counters('job'))?.starts !== 1) continue;
  past.length = 0;
  await fake.refuse();
  await until(() => fake.eventListeners() === 0);
  await fake.accept();
  await scrape();
  await until(() => fake.eventListeners() === 1);
  nowMs += 2000;
  let { snapshot } = await scrape();
  while (snapshot.lifecycle?.gaps !== 1) {
    nowMs += 2000;
    ({ snapshot } = await scrape());
  }
  expect(snapshot.lifecycle.gaps).toBe(1);
});

test('an engine that freezes or goes is seen in that scrape, quiet as it was, and so is its return', async () => {
  await untilQuiet();
  fake.fault({}, { kind: 'silent' });
  const frozen = (await scrape()).snapshot;
  expect(frozen.docker).toMatchObject({ running: false, fault: { code: 'engine-timeout' } });
  expect(frozen.containers).toEqual([]);
  fake.clearFaults();
  expect((await scrape()).snapshot.docker.running).toBe(true);
  await untilQuiet();
  await fake.vanish();
  const gone = (await scrape()).snapshot;
  expect([gone.docker.running, gone.containers]).toEqual([false, []]);
  await fake.accept();
  const { snapshot } = await scrape();
  expect([snapshot.docker.running, snapshot.containers.length]).toEqual([true, CONTAINERS]);
  await untilQuiet();
});

test('an engine that freezes while the list has to be asked is not running either', async () => {
  await untilQuiet();
  send('start', { id: web.id, name: 'web' });
  let asked: string[] = [];
  while (!asked.includes('containers')) ({ asked } = await scrape());
  fake.fault({}, { kind: 'silent' });
  expect((await scrape()).snapshot.docker.running).toBe(false);
});

test('a refused stream is told, and everything is asked every time', async () => {
  fake.fault({ endpoint: 'events' }, { kind: 'status', status: 403 });
  await scrape();
  let { snapshot, asked } = await scrape();
  const eventsOf = ({ collectors }: Snapshot) => collectors.find(({ name }) => name === 'events');
  while (eventsOf(snapshot)?.success !== false) ({ snapshot, asked } = await scrape());
  expect(eventsOf(snapshot)?.fault?.code).toBe('engine-http-status');
  expect(asked).toEqual(['containers', 'info', 'version']);
  expect(snapshot.docker.running).toBe(true);
});

test('a refused ping costs the quiet, and nothing else', async () => {
  fake.fault({ endpoint: 'ping' }, { kind: 'status', status: 403 });
  for (let round = 0; round < 5; round += 1) {
    nowMs += 2000;
    const { snapshot } = await scrape();
    expect(snapshot.docker.running).toBe(true);
    expect(snapshot.containers).toHaveLength(CONTAINERS);
  }
});

test('a flood of events leaves bounded counters, and asks for each container once in a while', async () => {
  await untilQuiet();
  fake.forgetRequests();
  for (let n = 0; n < 2000; n += 1) {
    for (const action of ['create', 'start', 'die', 'destroy']) {
      send(action, { id: n.toString(16).padStart(64, '0'), name: `job-${n}` });
    }
    send('die', { id: web.id, name: 'web' });
  }
  while ((await counters('job-1999'))?.exits.length !== 1) continue;
  const { lifecycle } = (await scrape()).snapshot;
  expect(lifecycle?.containers).toHaveLength(5);
  expect(lifecycle?.dropped).toBeGreaterThan(1900);
});
