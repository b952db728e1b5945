/** The two clocks: what time it is, and how long something took. */
export interface Clock {
  readonly unixMs: () => number;
  /** Never goes back. */
  readonly steadyMs: () => number;
}

export const systemClock: Clock = {
  unixMs: () => Date.now(),
  steadyMs: () => performance.now(),
};
