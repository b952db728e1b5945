import { join } from 'node:path';
import { type FakeEngine, startFakeEngine } from '@docker-data-exporter/testkit/fakeEngine';
import type { Fault } from '@docker-data-exporter/testkit/faults';
import { loadScenario } from '@docker-data-exporter/testkit/scenario';
import { temporaryDirectory } from '@docker-data-exporter/testkit/temporaryDirectory';
import { createEngine, type EngineWithStreams } from './engine.ts';
import { endpointOf } from './engineAddress.ts';
import type { Discovery } from './engineEndpoint.ts';
import {
  askContainers,
  askInfo,
  askInspect,
  askPing,
  askStats,
  askVersion,
  engineEndpoints,
  followEvents,
} from './engineQuestions.ts';

const SOON_MS = 250;
const AMPLE_MS = 10_000;

const scenario = loadScenario('docker-28.5');
const idle = scenario.containers.find(({ name }) => name === 'idle')!;
const at = (address: string): Discovery => endpointOf({ address, namedBy: 'test', tls: undefined });

// An uncaught exception or rejection fails the test it happens in, by jest's own doing.
describe.each(['a unix socket', 'TCP'])('the engine on %s', (kind) => {
  const directory = temporaryDirectory();
  let fake: FakeEngine;
  let engine: EngineWithStreams;

  beforeAll(async () => {
    const socket = join(directory.path, 'docker.sock');
    const listen = kind === 'TCP' ? { port: 0 } : { socket };
    fake = await startFakeEngine({ scenario, listen });
  });
  beforeEach(() => {
    engine = createEngine({ discover: () => Promise.resolve(at(fake.dockerHost)), maxSockets: 8 });
  });
  afterEach(() => {
    engine.close();
    fake.clearFaults();
    fake.forgetRequests();
  });
  afterAll(async () => {
    await fake.close();
    directory.remove();
  });

  const codeOf = async (deadlineMs: number) => {
    const answer = await engine.ask(askContainers, deadlineMs);
    return answer.ok ? 'ok' : answer.problem.code;
  };

  test('answers what was asked, by the fixed list of endpoints and nothing else', async () => {
    const version = await engine.ask(askVersion, AMPLE_MS);
    const info = await engine.ask(askInfo, AMPLE_MS);
    const list = await engine.ask(askContainers, AMPLE_MS);
    const stats = await engine.ask(askStats(idle.id), AMPLE_MS);
    const inspect = await engine.ask(askInspect(idle.id), AMPLE_MS);
    const ping = await engine.ask(askPing, AMPLE_MS);
    await firstLines(1);
    expect([version, info, list, stats, inspect, ping].map(({ ok }) => ok)).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    const asked = fake.requests.map(
      ({ method, path }) =>
        `${method} ${path.replace(idle.id, '{id}').replace(/since=.*/, 'since={since}')}`,
    );
    expect(asked).toEqual(Object.values(engineEndpoints).map((path) => `GET ${path}`));
  });

  /** Listens to all recorded events and ends with that many lines. */
  const firstLines = async (wanted: number, since = '1.0'): Promise<(string | undefined)[]> => {
    const lines: (string | undefined)[] = [];
    const ending = new AbortController();
    await engine.follow(followEvents(since), {
      onOpen: () => undefined,
      onLine: (line) => {
        lines.push(line);
        if (lines.length === wanted) ending.abort();
      },
      signal: ending.signal,
      deadlineMs: AMPLE_MS,
    });
    return lines;
  };

  test('tells its events line by line, until nobody listens any more', async () => {
    expect(await firstLines(scenario.events.length)).toEqual(scenario.events);
    await until(() => fake.eventListeners() === 0 && engine.load().openSockets === 0);
  });

  const follow = async (deadlineMs: number) =>
    await engine.follow(followEvents('1.0'), {
      ...{ onOpen: () => undefined, onLine: () => undefined },
      ...{ signal: new AbortController().signal, deadlineMs },
    });

  test.each<[string, Fault, string]>([
    ['that is refused', { kind: 'status', status: 403 }, 'engine-http-status'],
    ['that is closed', { kind: 'dead' }, 'engine-unreachable'],
    ['that is no HTTP', { kind: 'garbage' }, 'engine-bad-answer'],
  ])('a stream %s ends with a coded problem', async (_name, fault, code) => {
    fake.fault({ endpoint: 'events' }, fault);
    expect((await follow(AMPLE_MS)).code).toBe(code);
  });

  test.each<Fault>([{ kind: 'silent' }, { kind: 'dripHeader' }])(
    'a stream that does not begin ($kind) is given up at the deadline',
    async (fault) => {
      fake.fault({ endpoint: 'events' }, fault);
      expect((await follow(SOON_MS)).code).toBe('engine-timeout');
      fake.clearFaults();
      await until(() => engine.load().openSockets === 0);
    },
  );

  test('a stream ends when the engine goes, silence alone does not end it', async () => {
    let isOpen = false;
    const ended = engine.follow(followEvents('4000000000.0'), {
      ...{ onLine: () => undefined, onOpen: () => void (isOpen = true) },
      ...{ signal: new AbortController().signal, deadlineMs: SOON_MS },
    });
    await until(() => isOpen);
    // Longer than the deadline for its beginning: by many other questions, not by a clock.
    fake.fault({ endpoint: 'info' }, { kind: 'silent' });
    await engine.ask(askInfo, 2 * SOON_MS);
    expect(fake.eventListeners()).toBe(1);
    await fake.refuse();
    expect((await ended).code).toBe('engine-bad-answer');
    await fake.accept();
  });

  test('pins no API version, so that engines that refuse old clients answer too', async () => {
    await engine.ask(askVersion, AMPLE_MS);
    expect(fake.requests.map(({ path }) => path)).toEqual(['/version']);
  });

  const bad: [name: string, fault: Fault, code: string][] = [
    ['is closed without an answer', { kind: 'dead' }, 'engine-unreachable'],
    ['is reset', { kind: 'reset' }, 'engine-unreachable'],
    ['is cut in mid-body', { kind: 'cutBody' }, 'engine-bad-answer'],
    ['is cut in mid-body without a length', { kind: 'http10Cut' }, 'engine-bad-answer'],
    ['brings truncated JSON', { kind: 'truncatedJson' }, 'engine-bad-answer'],
    ['brings HTML', { kind: 'wrongType' }, 'engine-bad-answer'],
    ['brings JSON of another shape', { kind: 'wrongShape' }, 'engine-bad-answer'],
    ['brings no HTTP', { kind: 'garbage' }, 'engine-bad-answer'],
    [
      'announces an impossible length',
      { kind: 'badContentLength', declared: 'invalid' },
      'engine-bad-answer',
    ],
    [
      'announces more than it brings',
      { kind: 'badContentLength', declared: 'long' },
      'engine-bad-answer',
    ],
    ['is an error', { kind: 'status', status: 500, message: 'out of order' }, 'engine-http-status'],
    [
      'redirects to http',
      { kind: 'redirect', location: 'http://127.0.0.1:1/info' },
      'engine-http-status',
    ],
    [
      'redirects to an unknown scheme',
      { kind: 'redirect', location: 'gopher://x/' },
      'engine-http-status',
    ],
    ['redirects to nonsense', { kind: 'redirect', location: '//' }, 'engine-http-status'],
  ];
  test.each(bad)('a connection that %s is a coded problem', async (_name, fault, code) => {
    fake.fault({}, fault);
    expect(await codeOf(AMPLE_MS)).toBe(code);
  });

  const late: Fault[] = [
    { kind: 'silent' },
    { kind: 'halfOpen' },
    { kind: 'stallBody' },
    { kind: 'dripHeader' },
    { kind: 'dripBody' },
  ];
  test.each(late)('an answer that never ends ($kind) is settled by the deadline', async (fault) => {
    fake.fault({}, fault);
    expect(await codeOf(SOON_MS)).toBe('engine-timeout');
  });

  test('a body without end is given up at the limit of its question', async () => {
    fake.fault({}, { kind: 'endless' });
    const small = { ...askVersion, maxBytes: 100_000 };
    const answer = await engine.ask(small, AMPLE_MS);
    expect(answer.ok ? '' : answer.problem.message).toMatch('larger than 100000 bytes');
  });

  test('the reason the engine gives is in the message, on one line', async () => {
    fake.fault({}, { kind: 'status', status: 500, message: 'first\nsecond' });
    const answer = await engine.ask(askInfo, AMPLE_MS);
    expect(answer).toMatchObject({
      ok: false,
      status: 500,
      problem: { message: 'GET /info was answered 500: first second.' },
    });
  });

  test('no abandoned call keeps its connection, however many there are', async () => {
    for (const fault of late) {
      const lift = fake.fault({}, fault);
      const calls = Array.from({ length: 40 }, () => engine.ask(askVersion, SOON_MS));
      expect(engine.load().openSockets).toBeLessThanOrEqual(8);
      const answers = await Promise.all(calls);
      expect(answers.filter(({ ok }) => ok)).toEqual([]);
      lift();
    }
    // Node 24 opens one for a call in the queue before it notices that the call is abandoned.
    await until(() => {
      const { openSockets, idleSockets, waitingCalls } = engine.load();
      return openSockets === idleSockets && waitingCalls === 0;
    });
    expect(engine.load().idleSockets).toBeLessThanOrEqual(1);
    await until(() => fake.connections() === engine.load().openSockets);
    expect(await codeOf(AMPLE_MS)).toBe('ok');
  });

  test('connections are used again', async () => {
    for (let round = 0; round < 20; round += 1) await engine.ask(askVersion, AMPLE_MS);
    expect(fake.connections()).toBe(1);
  });

  test('a connection the engine closed in between costs nothing', async () => {
    expect(await codeOf(AMPLE_MS)).toBe('ok');
    await fake.refuse();
    await fake.accept();
    expect(await codeOf(AMPLE_MS)).toBe('ok');
  });

  test('an engine that goes and comes back is found by the next question', async () => {
    expect(await codeOf(AMPLE_MS)).toBe('ok');
    await fake.refuse();
    expect(await codeOf(AMPLE_MS)).toBe('engine-unreachable');
    await fake.accept();
    expect(await codeOf(AMPLE_MS)).toBe('ok');
  });

  test('an answer of the wrong shape for one question says nothing about the next', async () => {
    fake.fault({ endpoint: 'info' }, { kind: 'wrongShape', json: '[]' });
    expect((await engine.ask(askInfo, AMPLE_MS)).ok).toBe(false);
    expect((await engine.ask(askVersion, AMPLE_MS)).ok).toBe(true);
  });
});

describe('an engine that is not there', () => {
  const directory = temporaryDirectory();
  const socket = join(directory.path, 'docker.sock');
  afterAll(directory.remove);

  test('is a missing socket, and found as soon as there is one', async () => {
    const engine = createEngine({ discover: () => Promise.resolve(at(`unix://${socket}`)) });
    expect(await engine.ask(askVersion, AMPLE_MS)).toMatchObject({
      ok: false,
      problem: { code: 'socket-missing', message: `${socket} does not exist (test).` },
    });
    const fake = await startFakeEngine({ scenario, listen: { socket } });
    expect((await engine.ask(askVersion, AMPLE_MS)).ok).toBe(true);
    await fake.vanish();
    expect(await engine.ask(askVersion, AMPLE_MS)).toMatchObject({
      problem: { code: 'socket-missing' },
    });
    engine.close();
    await fake.close();
  });

  test('is looked for again and again, and may come up elsewhere', async () => {
    const fake = await startFakeEngine({ scenario, listen: { port: 0 } });
    const places = [`unix://${socket}`, fake.dockerHost];
    const engine = createEngine({ discover: () => Promise.resolve(at(places.shift() ?? '')) });
    expect((await engine.ask(askVersion, AMPLE_MS)).ok).toBe(false);
    expect((await engine.ask(askVersion, AMPLE_MS)).ok).toBe(true);
    expect(engine.address()).toBe(fake.dockerHost.replace('tcp:', 'http:'));
    engine.close();
    await fake.close();
  });

  test('is a problem of the search where that finds nothing', async () => {
    const engine = createEngine({ discover: () => Promise.resolve(at('ssh://host')) });
    expect(await engine.ask(askVersion, AMPLE_MS)).toMatchObject({
      problem: { code: 'docker-host-unusable' },
    });
  });

  test('is no reason to wait longer than the deadline for the search itself', async () => {
    const engine = createEngine({ discover: () => new Promise(() => undefined) });
    expect(await engine.ask(askVersion, SOON_MS)).toMatchObject({
      problem: { code: 'engine-timeout' },
    });
  });

  test('is a coded problem where the search itself fails', async () => {
    const engine = createEngine({ discover: () => Promise.reject(new Error('no')) });
    expect(await engine.ask(askVersion, AMPLE_MS)).toMatchObject({ problem: { code: 'internal' } });
  });
});

/** Polls within a turn of the event loop each; the test's own timeout is the deadline. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
