import { type Answer, type Measure, measures, type Range, type Usage } from './usage.ts';

/** One container, as one source told it and as the kernel's files were before and after. */
export interface Bracketed {
  readonly before: Usage;
  readonly answer: Answer;
  readonly after: Usage;
}

export interface Comparison {
  /** Sentences about values that cannot be true. */
  readonly wrong: readonly string[];
  /** Told rightly while the files stood still: as exact as a comparison can be. */
  readonly equal: readonly Measure[];
  /** Told rightly as far as can be known: counters between the two reads, gauges that moved. */
  readonly moving: readonly Measure[];
}

/** Both sides are made from the same integers by one division each. */
const floatSlack = 1e-9;

/**
 * Judges what a source told about a container. A counter must lie between the two reads: equal to both if
 * it stood still. A gauge can be anything while the container computes, and must be equal if it used no
 * CPU between the two reads. What the container does not have must be absent, and what it has be there.
 */
export function compareUsage({ before, answer, after }: Bracketed): Comparison {
  const wrong: string[] = [];
  const equal: Measure[] = [];
  const moving: Measure[] = [];
  const rested = before.cpuUsageSeconds?.[0] === after.cpuUsageSeconds?.[0];
  for (const measure of answer.told) {
    const [first, told, last] = [before[measure], answer.usage[measure], after[measure]];
    if (first === undefined || last === undefined || told === undefined) {
      if (first !== undefined || last !== undefined || told !== undefined) {
        wrong.push(
          `${measure}: ${shown(told)}, but the files said ${shown(first)} and ${shown(last)}`,
        );
      }
      continue;
    }
    const stoodStill = first[0] === last[0];
    if (measures[measure] === 'gauge' && !(rested && stoodStill)) {
      moving.push(measure);
    } else if (!overlap(told, [first[0], last[1]])) {
      wrong.push(
        `${measure}: ${shown(told)}, but the files said ${shown(first)} to ${shown(last)}`,
      );
    } else {
      (stoodStill ? equal : moving).push(measure);
    }
  }
  return { wrong, equal, moving };
}

/** {@link compareUsage} for many containers. A container that the source does not name is wrong. */
export function compareAll(
  before: ReadonlyMap<string, Usage>,
  answers: ReadonlyMap<string, Answer>,
  after: ReadonlyMap<string, Usage>,
): Map<string, Comparison> {
  return new Map(
    [...before].map(([name, first]) => {
      const answer = answers.get(name);
      const last = after.get(name);
      return [
        name,
        answer === undefined || last === undefined
          ? { wrong: ['the source does not name it'], equal: [], moving: [] }
          : compareUsage({ before: first, answer, after: last }),
      ];
    }),
  );
}

/** All that is wrong, one line each, for a test to expect none. */
export function allWrong(comparisons: ReadonlyMap<string, Comparison>): string[] {
  return [...comparisons].flatMap(([name, { wrong }]) => wrong.map((line) => `${name} ${line}`));
}

/** All that moved, one line each: empty when every value was proved equal. */
export function allMoving(comparisons: ReadonlyMap<string, Comparison>): string[] {
  return [...comparisons].flatMap(([name, { moving }]) => moving.map((line) => `${name} ${line}`));
}

function overlap(one: Range, other: Range): boolean {
  const slack = floatSlack * Math.max(1, Math.abs(other[1]));
  return one[0] <= other[1] + slack && other[0] <= one[1] + slack;
}

function shown(range: Range | undefined): string {
  if (range === undefined) return 'nothing';
  return range[0] === range[1] ? String(range[0]) : `${range[0]} to ${range[1]}`;
}
