import { createServer } from 'node:net';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { FakeAgent, FakeAgentOptions } from '@docker-data-exporter/testkit/fakeAgent';
import { startFakeAgent } from '@docker-data-exporter/testkit/fakeAgent';
import type { Fault } from '@docker-data-exporter/testkit/faults';
import type { DownReason } from './downReason.ts';
import { exampleSnapshot } from './testing/exampleSnapshot.ts';
import {
  fetchBench,
  type FetchBench,
  type FetchBenchOptions,
  targetAt,
} from './testing/fetchBench.ts';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function agent(options: Partial<FakeAgentOptions> = {}): Promise<FakeAgent> {
  const started = await startFakeAgent({ snapshot: exampleSnapshot('web'), ...options });
  opened.push(started.close);
  return started;
}

function bench(options?: FetchBenchOptions): FetchBench {
  const made = fetchBench(options);
  opened.push(made.close);
  return made;
}

/** Aborts once the agent has the request: a deadline that comes while the agent is at it. */
async function abortOnceAsked(agent: FakeAgent): Promise<AbortSignal> {
  const controller = new AbortController();
  const look = () => {
    if (agent.requests.length > 0) controller.abort();
    else void setImmediate().then(look);
  };
  look();
  return Promise.resolve(controller.signal);
}

describe('an agent that answers', () => {
  test('gives its snapshot', async () => {
    const { address } = await agent();
    expect(await bench().fetch(targetAt(address))).toMatchObject({
      ok: true,
      dialect: 'snapshot',
      droppedContainers: 0,
      snapshot: exampleSnapshot('web'),
    });
  });

  test('is asked over one connection again and again', async () => {
    const web = await agent();
    const { fetch } = bench();
    for (let scrape = 0; scrape < 3; scrape++) {
      await fetch(targetAt(web.address));
      // undici has a connection ready again a turn of the event loop after its answer.
      await setImmediate();
      await setImmediate();
    }
    expect(web.requests).toHaveLength(3);
    expect(web.connections()).toBe(1);
  });

  test('loses only the containers that do not fit the schema', async () => {
    const snapshot = exampleSnapshot('web', 3);
    const broken = { ...snapshot, containers: [...snapshot.containers, { name: 7 }] };
    const web = await agent();
    web.fault({ kind: 'answer', body: JSON.stringify(broken) });
    expect(await bench().fetch(targetAt(web.address))).toMatchObject({
      ok: true,
      droppedContainers: 1,
      snapshot: { containers: [{}, {}, {}] },
    });
  });

  test('gets the token it wants', async () => {
    const web = await agent({ token: 'a-token-for-tests' });
    expect(await bench({ token: 'a-token-for-tests' }).fetch(targetAt(web.address))).toMatchObject({
      ok: true,
    });
    expect(
      await bench({ token: 'another-token-for-tests' }).fetch(targetAt(web.address)),
    ).toMatchObject({
      ok: false,
      reason: 'auth',
      detail: 'GET /snapshot answered 401',
    });
  });

  test('may have closed the kept connection: it is asked again at once', async () => {
    const web = await agent();
    const { fetch } = bench();
    await fetch(targetAt(web.address));
    web.fault({ kind: 'reset' }, {}, 1);
    expect(await fetch(targetAt(web.address))).toMatchObject({ ok: true });
  });

  test('is back at the first question after it was away', async () => {
    const web = await agent();
    const { fetch } = bench();
    await fetch(targetAt(web.address));
    await web.refuse();
    expect(await fetch(targetAt(web.address))).toMatchObject({ ok: false, reason: 'refused' });
    await web.accept();
    expect(await fetch(targetAt(web.address))).toMatchObject({ ok: true });
  });
});

describe('an agent of the earlier project', () => {
  test('is found out by its 404 and then asked in its way', async () => {
    const web = await agent({ legacy: true });
    const { fetch } = bench();
    const target = targetAt(web.address);
    expect(await fetch(target)).toMatchObject({ ok: true, dialect: 'get-data' });
    web.forgetRequests();
    expect(await fetch(target)).toMatchObject({
      ok: true,
      snapshot: { host: { hostname: 'web' }, takenAt: '2026-01-02T03:04:05.000Z' },
    });
    expect(web.requests.map(({ path }) => path)).toEqual(['/get-data']);
  });

  test('is asked in its way at once where its list says so', async () => {
    const web = await agent({ legacy: true });
    await bench().fetch(targetAt(web.address, 'get-data'));
    expect(web.requests.map(({ path }) => path)).toEqual(['/get-data']);
  });

  test('may have been replaced by ours, which is noticed in the same scrape', async () => {
    const web = await agent();
    web.fault({ kind: 'status', status: 404 }, { path: '/get-data' });
    expect(await bench().fetch(targetAt(web.address, 'get-data'))).toMatchObject({
      ok: true,
      dialect: 'snapshot',
    });
  });

  test('may say text/html, as its framework does, and is read all the same', async () => {
    const web = await agent({ legacy: true });
    const body = JSON.stringify({ hostname: 'web', 'docker-running': false });
    web.fault(
      { kind: 'answer', headers: { 'content-type': 'text/html' }, body },
      { path: '/get-data' },
    );
    expect(await bench().fetch(targetAt(web.address))).toMatchObject({
      ok: true,
      snapshot: { docker: { running: false } },
    });
  });

  test('that knows neither path fails by its first answer', async () => {
    const web = await agent({ legacy: true });
    web.fault({ kind: 'status', status: 404 });
    expect(await bench().fetch(targetAt(web.address))).toMatchObject({
      ok: false,
      reason: 'http_status',
      detail: 'GET /snapshot answered 404',
    });
  });
});

describe('an agent that fails at once', () => {
  test.each<[Fault, DownReason]>([
    [{ kind: 'dead' }, 'reset'],
    [{ kind: 'reset' }, 'reset'],
    [{ kind: 'cutBody' }, 'reset'],
    [{ kind: 'badContentLength', declared: 'long' }, 'reset'],
    [{ kind: 'badContentLength', declared: 'short' }, 'parse'],
    [{ kind: 'badContentLength', declared: 'invalid' }, 'parse'],
    [{ kind: 'truncatedJson' }, 'parse'],
    [{ kind: 'http10Cut' }, 'parse'],
    [{ kind: 'garbage' }, 'parse'],
    [{ kind: 'wrongType' }, 'parse'],
    [{ kind: 'wrongShape' }, 'parse'],
    [{ kind: 'wrongShape', json: '{"schemaVersion":1}' }, 'parse'],
    [{ kind: 'wrongShape', json: '{"schemaVersion":99}' }, 'version'],
    [{ kind: 'answer', body: '' }, 'parse'],
    [{ kind: 'answer', body: '[[[[[[' }, 'parse'],
    [{ kind: 'answer', body: 'null' }, 'parse'],
    [{ kind: 'answer', headers: {}, body: '{}' }, 'parse'],
    [{ kind: 'gzipBomb', bytes: 4_000_000 }, 'parse'],
    [{ kind: 'status', status: 401 }, 'auth'],
    [{ kind: 'status', status: 403 }, 'auth'],
    [{ kind: 'status', status: 204 }, 'http_status'],
    [{ kind: 'status', status: 500 }, 'http_status'],
    [{ kind: 'status', status: 503 }, 'http_status'],
    [{ kind: 'redirect', location: '/elsewhere' }, 'http_status'],
    [{ kind: 'huge', bytes: 2_000_000 }, 'too_large'],
    [{ kind: 'endless' }, 'too_large'],
    [
      {
        kind: 'answer',
        headers: { 'content-type': 'application/json', 'x-long': 'x'.repeat(20_000) },
        body: '{}',
      },
      'too_large',
    ],
  ])('by %j is down: %s', async (fault, reason) => {
    const web = await agent();
    web.fault(fault);
    const { fetch } = bench();
    expect(await fetch(targetAt(web.address))).toMatchObject({ ok: false, reason });
    web.clearFaults();
    expect(await fetch(targetAt(web.address))).toMatchObject({ ok: true });
  });

  test('by a redirect is not followed, and its token goes nowhere else', async () => {
    const [web, elsewhere] = [await agent(), await agent()];
    web.fault({ kind: 'redirect', location: `http://${elsewhere.address}/snapshot` });
    await bench({ token: 'a-token-for-tests' }).fetch(targetAt(web.address));
    expect(elsewhere.requests).toEqual([]);
  });

  test('tells nothing of what it sent', async () => {
    const web = await agent();
    web.fault({ kind: 'answer', body: 'SECRET' });
    expect(JSON.stringify(await bench().fetch(targetAt(web.address)))).not.toContain('SECRET');
  });

  test('by speaking no TLS is down: tls', async () => {
    const { address } = await agent();
    expect(await bench().fetch(targetAt(`https://${address}`))).toMatchObject({
      ok: false,
      reason: 'tls',
    });
  });

  test('by a name nobody can resolve is down: dns', async () => {
    const resolve = () =>
      Promise.reject(
        Object.assign(new Error('no such name'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
      );
    expect(await bench({ resolve }).fetch(targetAt('nowhere:1'))).toMatchObject({
      ok: false,
      reason: 'dns',
      detail: 'getaddrinfo ENOTFOUND',
    });
  });
});

describe('an agent that keeps one waiting until the deadline', () => {
  test.each<[Fault, RegExp]>([
    [{ kind: 'silent' }, /no answer/],
    [{ kind: 'dripHeader', everyMs: 5 }, /no answer/],
    [{ kind: 'halfOpen' }, /not complete|no answer/],
    [{ kind: 'stallBody' }, /not complete|no answer/],
    [{ kind: 'dripBody', everyMs: 5 }, /not complete|no answer/],
    [{ kind: 'slow', delayMs: 60_000 }, /no answer/],
  ])('by %j is down: timeout', async (fault, detail) => {
    const web = await agent();
    web.fault(fault);
    const { fetch } = bench();
    const signal = await abortOnceAsked(web);
    const result = await fetch(targetAt(web.address), { signal });
    expect(result).toMatchObject({ ok: false, reason: 'timeout' });
    expect(!result.ok && result.detail).toMatch(detail);
    web.clearFaults();
    expect(await fetch(targetAt(web.address))).toMatchObject({ ok: true });
  });

  test('by a resolver that never answers is down: dns, by the connect timeout', async () => {
    const resolve = () => new Promise<never>(() => undefined);
    const { fetch } = bench({ resolve, connectTimeoutMs: 20 });
    expect(await fetch(targetAt('nowhere:1'))).toMatchObject({ ok: false, reason: 'dns' });
  });

  test('by a handshake that never ends is down: timeout, by the connect timeout', async () => {
    const mute = createServer((socket) => socket.resume());
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    opened.push(async () => {
      mute.close();
      await once(mute, 'close');
    });
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { fetch } = bench({ connectTimeoutMs: 20 });
    expect(await fetch(targetAt(`https://127.0.0.1:${port}`))).toMatchObject({
      ok: false,
      reason: 'timeout',
      detail: 'handshake ETIMEDOUT',
    });
  });

  test('is down when the deadline comes before a connection stands', async () => {
    const controller = new AbortController();
    const resolve = () => {
      controller.abort();
      return new Promise<never>(() => undefined);
    };
    const { fetch } = bench({ resolve });
    expect(await fetch(targetAt('nowhere:1'), controller)).toMatchObject({
      ok: false,
      reason: 'timeout',
      detail: 'no connection before the deadline',
    });
  });

  test('is down at once when the deadline is over', async () => {
    const web = await agent();
    const result = await bench().fetch(targetAt(web.address), { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ ok: false, reason: 'timeout' });
    expect(web.requests).toEqual([]);
  });
});
