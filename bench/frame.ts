import { performance } from 'node:perf_hooks';

/** One line of a bench’s table. Figures are of one unit, smaller is better. */
export interface BenchRow {
  /** What is measured, with its unit: `scrape of 10 x 20, ms`. */
  readonly measure: string;
  /** What no implementation can go below: the same work without ours. */
  readonly floor: number;
  /** Another product at the same work, where one can run. */
  readonly peer?: number;
  readonly ours: number;
  /** ours / floor */
  readonly ratio: number;
  /** The ratio must not be above this. */
  readonly goal: number;
  readonly held: boolean;
}

export interface Figures {
  readonly measure: string;
  readonly floor: number;
  readonly peer?: number;
  readonly ours: number;
  readonly goal: number;
}

/** Completes a row. Figures are rounded first, so that anyone can check the ratio from the table. */
export function benchRow({ measure, floor, peer, ours, goal }: Figures): BenchRow {
  const rounded = { floor: round(floor), ours: round(ours) };
  const ratio = round(rounded.ours / rounded.floor);
  return {
    measure,
    ...rounded,
    ...(peer !== undefined && { peer: round(peer) }),
    ratio,
    goal,
    held: ratio <= goal,
  };
}

type Work = () => Promise<unknown>;

export interface Contest {
  readonly measure: string;
  readonly goal: number;
  readonly floor: Work;
  readonly ours: Work;
  readonly peer?: Work;
  /** Measured rounds. Default 15. */
  readonly rounds?: number;
  /** Rounds before, not counted. Default 3. */
  readonly warmUpRounds?: number;
}

/**
 * Measures floor, ours and peer in turns within one run, and takes medians of milliseconds: machines
 * are shared and change their pace, so only figures taken side by side can be compared. The order
 * changes from round to round, so that none profits from what another left in a cache.
 */
export async function contest(request: Contest): Promise<BenchRow> {
  const { measure, goal, rounds = 15, warmUpRounds = 3 } = request;
  const works = new Map<'floor' | 'ours' | 'peer', Work>([
    ['floor', request.floor],
    ['ours', request.ours],
  ]);
  if (request.peer !== undefined) works.set('peer', request.peer);
  const taken = { floor: [] as number[], ours: [] as number[], peer: [] as number[] };
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    const order = round % 2 === 0 ? [...works] : [...works].reverse();
    for (const [who, work] of order) {
      const begun = performance.now();
      await work();
      if (round >= warmUpRounds) taken[who].push(performance.now() - begun);
    }
  }
  return benchRow({
    measure,
    goal,
    floor: median(taken.floor),
    ours: median(taken.ours),
    ...(taken.peer.length > 0 && { peer: median(taken.peer) }),
  });
}

/** The middle value; of an even number the mean of the two in the middle. Throws for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  if (low === undefined || high === undefined) throw new Error('no values, no median');
  return (low + high) / 2;
}

/** Three digits that count, at least two behind the point for small figures. */
function round(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
