import { setImmediate } from 'node:timers/promises';
import { createReadingGate } from './readingGate.ts';

/** A reading that ends when it is told to. */
function reading() {
  let begun = false;
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (end = resolve));
  return {
    begin: () => {
      begun = true;
      return done;
    },
    begun: () => begun,
    end: () => end(),
  };
}

/** Lets everything happen that waits for nothing but its turn. */
async function settle() {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}

const NEVER_MS = 1_000_000;

describe('the reading gate', () => {
  test('lets so many read at a time, and the next when one is done', async () => {
    const gate = createReadingGate({ concurrency: 2, leaseMs: NEVER_MS });
    const readings = [reading(), reading(), reading(), reading()];
    for (const { begin } of readings) gate.read(begin);
    const begun = () => readings.map((one) => one.begun());
    await settle();
    expect(begun()).toEqual([true, true, false, false]);
    readings[1]?.end();
    await settle();
    expect(begun()).toEqual([true, true, true, false]);
    for (const { end } of readings) end();
    await settle();
    expect(begun()).toEqual([true, true, true, true]);
  });

  test('does not let one that never ends block the others', async () => {
    const gate = createReadingGate({ concurrency: 1, leaseMs: 1 });
    const stuck = reading();
    gate.read(stuck.begin);
    const reached = await new Promise((resolve) => {
      gate.read(() => {
        resolve('the next one');
        return Promise.resolve();
      });
    });
    expect(reached).toBe('the next one');
    stuck.end();
  });

  test('goes on after one that failed', async () => {
    const gate = createReadingGate({ concurrency: 1, leaseMs: NEVER_MS });
    const next = reading();
    gate.read(() => Promise.resolve('refused at once'));
    gate.read(next.begin);
    await settle();
    expect(next.begun()).toBe(true);
    next.end();
  });

  test('gives turns in order, one in each turn of the event loop', async () => {
    const gate = createReadingGate({ concurrency: 1 });
    let loopTurn = 0;
    let counting = true;
    const count = async () => {
      for (; counting; loopTurn++) await setImmediate();
    };
    const turns = ['a', 'b', 'c', 'd'].map(async (name) => {
      await gate.turn();
      return { name, loopTurn };
    });
    const counted = count();
    const taken = await Promise.all(turns);
    counting = false;
    await counted;
    expect(taken.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(new Set(taken.map((one) => one.loopTurn)).size).toBe(4);
  });
});
