import { problem } from '@docker-data-exporter/shared/errors';
import type { Engine } from '../engine.ts';
import type { EngineAnswer } from '../engineReply.ts';
import type { EngineQuestion } from '../engineQuestions.ts';
import { createDetailsReader } from './details.ts';

const failure: EngineAnswer<never> = {
  ok: false,
  problem: problem('engine-timeout', 'Late.'),
};
const gone: EngineAnswer<never> = { ...failure, status: 404 };

/** A reader whose engine answers by a table of users, under a clock set by hand. */
function stage(users: Record<string, string | EngineAnswer<never>>) {
  const clock = { nowMs: 0 };
  const asked: string[] = [];
  let running = 0;
  let mostRunning = 0;
  const ask = async <T>({ path, read }: EngineQuestion<T>): Promise<EngineAnswer<T>> => {
    const id = path.split('/')[2] ?? '';
    asked.push(id);
    running += 1;
    mostRunning = Math.max(mostRunning, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    const user = users[id] ?? '';
    if (typeof user !== 'string') return user;
    const value = read({ Config: { User: user } });
    return value === undefined ? failure : { ok: true, value };
  };
  const engine: Engine = {
    ask,
    address: () => undefined,
    load: () => ({ openSockets: 0, idleSockets: 0, waitingCalls: 0 }),
    close: () => undefined,
  };
  const reader = createDetailsReader({
    engine,
    clock: { unixMs: () => 0, steadyMs: () => clock.nowMs },
    deadlineMs: 1000,
  });
  const round = async (...ids: readonly string[]): Promise<void> => {
    reader.refresh(ids);
    await reader.idle();
  };
  return { reader, round, asked, clock, users, mostRunning: () => mostRunning };
}

test('a user is what was configured, root where nothing was', async () => {
  const { reader, round } = stage({ a: '1000:1000' });
  expect(reader.of('a')).toBeUndefined();
  await round('a', 'b');
  expect([reader.of('a'), reader.of('b')]).toEqual([{ user: '1000:1000' }, { user: 'root' }]);
});

test('a container is asked once, and forgotten when it is gone', async () => {
  const { reader, round, asked } = stage({});
  await round('a', 'b');
  await round('a', 'b');
  expect(asked).toEqual(['a', 'b']);
  await round('b');
  expect(reader.of('a')).toBeUndefined();
  await round('a', 'b');
  expect(asked).toEqual(['a', 'b', 'a']);
});

test('a few are asked at a time, however many there are', async () => {
  const { round, asked, mostRunning } = stage({});
  await round(...Array.from({ length: 100 }, (_, index) => `c${index}`));
  expect(new Set(asked).size).toBe(100);
  expect(mostRunning()).toBe(4);
});

test('a failure is told, tried again after a while, and over with the first answer', async () => {
  const { reader, round, asked, clock, users } = stage({ a: failure });
  await round('a');
  expect(reader.report().problem?.code).toBe('engine-timeout');
  await round('a');
  expect(asked).toEqual(['a']);
  clock.nowMs += 10_000;
  await round('a');
  clock.nowMs += 10_000;
  await round('a');
  expect(asked).toEqual(['a', 'a']);
  clock.nowMs += 10_000;
  users.a = 'alice';
  await round('a');
  expect([reader.of('a'), reader.report().problem]).toEqual([{ user: 'alice' }, undefined]);
});

test('a container that is gone is no failure', async () => {
  const { reader, round } = stage({ a: gone });
  await round('a');
  expect(reader.report().problem).toBeUndefined();
});

test('what is removed while it is asked leaves nothing behind', async () => {
  const { reader, round } = stage({});
  reader.refresh(['a']);
  reader.refresh([]);
  await round();
  expect(reader.of('a')).toBeUndefined();
});
