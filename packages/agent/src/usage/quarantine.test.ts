import { problem } from '@docker-data-exporter/shared/errors';
import { createQuarantine, PROBE_DEADLINE_MS, type StatsAnswer } from './quarantine.ts';

const reading: StatsAnswer = { ok: true, value: { takenAtSeconds: 1 } };
const gone: StatsAnswer = {
  ok: false,
  status: 404,
  problem: problem('engine-http-status', 'Gone.'),
};
const late: StatsAnswer = { ok: false, problem: problem('engine-timeout', 'Late.') };

/** A quarantine whose questions are answered by hand, under a clock that is set by hand. */
function stage() {
  const clock = { nowMs: 0 };
  const asked: string[] = [];
  const answers = new Map<string, (answer: StatsAnswer) => void>();
  const quarantine = createQuarantine({
    steadyMs: () => clock.nowMs,
    ask: (id, deadlineMs) => {
      expect(deadlineMs).toBe(PROBE_DEADLINE_MS);
      asked.push(id);
      return new Promise((resolve) => answers.set(id, resolve));
    },
  });
  const answer = async (id: string, value: StatsAnswer): Promise<void> => {
    answers.get(id)?.(value);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { quarantine, clock, asked, answer };
}

test('a container stays until it answers, and is asked once at a time', async () => {
  const { quarantine, asked, answer } = stage();
  quarantine.add('a');
  quarantine.probe(['a', 'b']);
  quarantine.probe(['a', 'b']);
  expect(asked).toEqual(['a']);
  expect(quarantine.has('a')).toBe(true);
  await answer('a', reading);
  expect(quarantine.has('a')).toBe(false);
});

test('what came while others were waited for is handed over', async () => {
  const { quarantine, answer } = stage();
  quarantine.add('a');
  const arrived = quarantine.probe(['a']);
  expect([...arrived]).toEqual([]);
  await answer('a', reading);
  expect([...arrived]).toEqual([['a', reading]]);
});

test('an answer that it is gone ends the stay as well', async () => {
  const { quarantine, answer } = stage();
  quarantine.add('a');
  quarantine.probe(['a']);
  await answer('a', gone);
  expect(quarantine.has('a')).toBe(false);
});

test('a container that goes on hanging is asked less and less often', async () => {
  const { quarantine, clock, asked, answer } = stage();
  quarantine.add('a');
  const pauses: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    quarantine.probe(['a']);
    await answer('a', late);
    const before = asked.length;
    const startMs = clock.nowMs;
    while (asked.length === before) {
      clock.nowMs += 500;
      quarantine.probe(['a']);
    }
    pauses.push(clock.nowMs - startMs);
    await answer('a', late);
    clock.nowMs += 120_000;
  }
  expect(pauses[0]).toBe(1000);
  expect(pauses.at(-1)).toBe(60_000);
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
});

test('an answer to a question of an earlier stay does not end a later one', async () => {
  const { quarantine, answer } = stage();
  quarantine.add('a');
  quarantine.probe(['a']);
  quarantine.clear();
  expect(quarantine.has('a')).toBe(false);
  quarantine.add('a');
  await answer('a', reading);
  expect(quarantine.has('a')).toBe(true);
});

test('who is gone is forgotten', () => {
  const { quarantine } = stage();
  quarantine.add('a');
  quarantine.add('b');
  quarantine.keepOnly(new Set(['b']));
  expect([quarantine.has('a'), quarantine.has('b')]).toEqual([false, true]);
});

test('however many hang, a bounded number is asked at a time', () => {
  const { quarantine, asked } = stage();
  const ids = Array.from({ length: 500 }, (_, index) => `container-${index}`);
  for (const id of ids) quarantine.add(id);
  quarantine.probe(ids);
  quarantine.probe(ids);
  expect(asked).toHaveLength(64);
});
