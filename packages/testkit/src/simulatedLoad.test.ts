import fc from 'fast-check';
import { chance, pick } from './chance.ts';
import { simulatedLoad } from './simulatedLoad.ts';
import { type Wave, waveAt, waveSum } from './wave.ts';

describe('chance', () => {
  test('is the same for the same names, and spread over 0 to 1', () => {
    const rolls = Array.from({ length: 2000 }, (_, i) => chance(7, 'web', i));
    expect(rolls).toEqual(rolls.map((_, i) => chance(7, 'web', i)));
    expect(rolls.every((roll) => roll >= 0 && roll < 1)).toBe(true);
    const mean = rolls.reduce((sum, roll) => sum + roll, 0) / rolls.length;
    expect(mean).toBeGreaterThan(0.45);
    expect(mean).toBeLessThan(0.55);
    expect(new Set(rolls).size).toBeGreaterThan(1990);
    expect(chance(8, 'web', 0)).not.toBe(chance(7, 'web', 0));
  });

  test('picks from the whole of a list and never beyond', () => {
    const list = ['a', 'b', 'c'] as const;
    expect([0, 0.34, 0.67, 0.999].map((at) => pick(list, at))).toEqual(['a', 'b', 'c', 'c']);
  });
});

describe('waves', () => {
  const wave = fc.record<Wave>({
    mean: fc.double({ min: 0, max: 1e6, noNaN: true }),
    swing: fc.double({ min: 0, max: 1, noNaN: true }),
    periodSeconds: fc.double({ min: 1, max: 1000, noNaN: true }),
    phase: fc.double({ min: 0, max: 7, noNaN: true }),
  });
  const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });

  test('stay between 0 and twice their mean', () => {
    fc.assert(
      fc.property(wave, seconds, (one, at) => {
        expect(waveAt(one, at)).toBeGreaterThanOrEqual(0);
        expect(waveAt(one, at)).toBeLessThanOrEqual(one.mean * 2);
      }),
    );
  });

  test('add up to 0 at first, never fall, and follow their mean', () => {
    fc.assert(
      fc.property(wave, seconds, seconds, (one, a, b) => {
        const [early, late] = [Math.round(Math.min(a, b)), Math.round(Math.max(a, b))];
        expect(waveSum(one, 0)).toBe(0);
        // Rounding may take a hair off sums that stand still.
        const slack = 1e-6 * (1 + one.mean);
        expect(waveSum(one, late) - waveSum(one, early)).toBeGreaterThanOrEqual(-slack);
        const whole = one.periodSeconds * 10;
        expect(waveSum(one, whole)).toBeCloseTo(one.mean * whole, -2);
      }),
    );
  });
});

describe('a simulated load', () => {
  test('follows from seed and name alone', () => {
    expect(simulatedLoad(1, 'web')).toEqual(simulatedLoad(1, 'web'));
    expect(simulatedLoad(2, 'web')).not.toEqual(simulatedLoad(1, 'web'));
  });

  test('never takes more cores than it may, nor more memory than there is', () => {
    for (let i = 0; i < 500; i++) {
      const { cores, memoryShare } = simulatedLoad(1, `c${i}`, 0.3);
      expect(cores.mean * (1 + cores.swing)).toBeLessThanOrEqual(0.3);
      expect(memoryShare.mean * (1 + memoryShare.swing)).toBeLessThan(1);
    }
  });

  test('is what the name says, where it says so', () => {
    expect(simulatedLoad(1, 'idle').cores.mean).toBeLessThan(0.02);
    expect(simulatedLoad(1, 'busy').cores.mean).toBeGreaterThan(0.2);
  });
});
