import type { Clock } from '../clock.ts';

/** For tests: a clock that stands still until it is turned. Both clocks move together. */
export interface HandClock extends Clock {
  readonly forward: (ms: number) => void;
}

export function handClock(startUnixMs = Date.parse('2026-01-02T03:04:05Z')): HandClock {
  let passedMs = 0;
  return {
    unixMs: () => startUnixMs + passedMs,
    steadyMs: () => passedMs,
    forward: (ms) => {
      passedMs += ms;
    },
  };
}
