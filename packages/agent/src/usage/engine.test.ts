import { problem } from '@docker-data-exporter/shared/errors';
import type { Engine } from '../engine.ts';
import type { EngineAnswer } from '../engineReply.ts';
import type { EngineQuestion } from '../engineQuestions.ts';
import { createEngineUsage, statsDeadlineMs } from './engine.ts';
import type { UsageSource } from './usageSource.ts';

const stats = {
  read: '2026-11-21T11:21:44Z',
  cpu_stats: { cpu_usage: { total_usage: 5e9 }, system_cpu_usage: 60e9, online_cpus: 2 },
};
const hangs = { ok: false, problem: problem('engine-timeout', 'Late.') } as const;
const status = (code: number) =>
  ({ ok: false, status: code, problem: problem('engine-http-status', `Was ${code}.`) }) as const;

type Behaviour = 'answers' | 'not-running' | EngineAnswer<never> | Promise<EngineAnswer<never>>;

/** An engine that behaves as told, container by container. */
function stage(behaviour: Record<string, Behaviour>) {
  const asked: string[] = [];
  const ask = async <T>({ path, read }: EngineQuestion<T>): Promise<EngineAnswer<T>> => {
    const id = path.split('/')[2] ?? '';
    asked.push(id);
    const how = behaviour[id] ?? 'answers';
    if (typeof how === 'object') return await how;
    const value = read(how === 'answers' ? stats : { read: '0001-01-01T00:00:00Z' });
    return value === undefined ? hangs : { ok: true, value };
  };
  const engine: Engine = {
    ask,
    address: () => undefined,
    load: () => ({ openSockets: 0, idleSockets: 0, waitingCalls: 0 }),
    close: () => undefined,
  };
  const source = createEngineUsage({ engine, deadlineMs: 1500, steadyMs: () => 0 });
  return { source, asked, behaviour };
}

const targets = ['a', 'b', 'c'].map((id) => ({ id, name: `name-${id}` }));
const readAll = (source: UsageSource, product = 'docker') =>
  source.read({ containers: targets, engine: { product, apiVersion: '1.51' } });
const codes = (unread: ReadonlyMap<string, { code: string }>) =>
  Object.fromEntries([...unread].map(([id, { code }]) => [id, code]));

test('all containers are asked, and all are read', async () => {
  const { source, asked } = stage({});
  const { readings, unread, problem } = await readAll(source);
  expect(asked).toEqual(['a', 'b', 'c']);
  expect([...readings.keys()]).toEqual(['a', 'b', 'c']);
  expect([unread.size, problem]).toEqual([0, undefined]);
});

test.each([404, 409])('a container that is gone (%i) is absent and no fault', async (code) => {
  const { source } = stage({ b: status(code), c: 'not-running' });
  const { readings, unread, problem } = await readAll(source);
  expect([...readings.keys()]).toEqual(['a']);
  expect([unread.size, problem]).toEqual([0, undefined]);
});

test('an error of one container is told and costs the others nothing', async () => {
  const { source, asked } = stage({ b: status(500) });
  const { readings, unread, problem } = await readAll(source);
  expect([...readings.keys()]).toEqual(['a', 'c']);
  expect(codes(unread)).toEqual({ b: 'engine-http-status' });
  expect(problem).toEqual({
    code: 'engine-http-status',
    message: 'The usage of 1 of 3 containers is unknown. Was 500.',
  });
  await readAll(source);
  expect(asked.filter((id) => id === 'b')).toHaveLength(2);
});

test('a container that hangs is not waited for again, and is back when it answers', async () => {
  const { source, behaviour, asked } = stage({ b: hangs });
  let answer: ((late: EngineAnswer<never>) => void) | undefined;
  const pending = new Promise<EngineAnswer<never>>((resolve) => (answer = resolve));
  const first = readAll(source);
  behaviour.b = pending;
  expect(codes((await first).unread)).toEqual({ b: 'stats-timeout' });

  const second = await readAll(source);
  expect(codes(second.unread)).toEqual({ b: 'stats-quarantined' });
  expect(second.problem?.code).toBe('stats-quarantined');
  expect([...second.readings.keys()]).toEqual(['a', 'c']);
  expect(asked.filter((id) => id === 'b')).toHaveLength(2);

  behaviour.b = 'answers';
  answer?.(status(404));
  await new Promise((resolve) => setImmediate(resolve));
  const third = await readAll(source);
  expect([third.readings.size, third.problem]).toEqual([3, undefined]);
});

test('where all hang nobody is singled out, and all are asked the next time', async () => {
  const { source, asked, behaviour } = stage({ a: hangs, b: hangs, c: hangs });
  for (let round = 0; round < 2; round += 1) {
    const { readings, unread, problem } = await readAll(source);
    expect(readings.size).toBe(0);
    expect(codes(unread)).toEqual({ a: 'stats-timeout', b: 'stats-timeout', c: 'stats-timeout' });
    expect(problem?.message).toMatch('No container’s stats came');
  }
  expect(asked).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  for (const id of ['a', 'b', 'c']) behaviour[id] = 'answers';
  expect((await readAll(source)).readings.size).toBe(3);
});

test('an engine that stops answering after some were singled out takes them back at once', async () => {
  const { source, behaviour } = stage({ b: hangs });
  await readAll(source);
  Object.assign(behaviour, { a: hangs, c: hangs });
  expect((await readAll(source)).problem?.message).toMatch('No container’s stats came');
  Object.assign(behaviour, { a: 'answers', b: 'answers', c: 'answers' });
  expect((await readAll(source)).readings.size).toBe(3);
});

test('Podman’s count of the host is not believed', async () => {
  const { source } = stage({});
  const { readings } = await readAll(source, 'podman');
  expect(readings.get('a')?.cpu).toEqual({ usageSeconds: 5, onlineCpus: 2 });
});

test('nobody to ask is nothing to tell', async () => {
  const { source } = stage({});
  const { readings, problem } = await source.read({ containers: [], engine: {} });
  expect([readings.size, problem]).toEqual([0, undefined]);
});

test.each([
  ['1.51', 0, 1500],
  ['1.51', 200, 2500],
  ['1.44', 0, 1500],
  ['1.43', 0, 1700],
  ['1.41', 200, 2700],
  ['1.40', 0, 3500],
  ['2.0', 0, 1500],
  [undefined, 0, 1500],
])('API %s with %i containers is given %i ms', (apiVersion, count, deadlineMs) => {
  const containers = Array.from({ length: count }, () => ({ id: 'a', name: 'a' }));
  const engine = apiVersion === undefined ? {} : { apiVersion };
  expect(statsDeadlineMs(1500, { containers, engine })).toBe(deadlineMs);
});
