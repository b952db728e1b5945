/** Both clocks in one, so that tests can turn them. */
export interface Clock {
  /** Unix time in milliseconds. May jump. */
  readonly unixMs: () => number;
  /** Milliseconds since some moment. Never jumps. */
  readonly steadyMs: () => number;
}

export const systemClock: Clock = { unixMs: () => Date.now(), steadyMs: () => performance.now() };

export function isoTime(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
