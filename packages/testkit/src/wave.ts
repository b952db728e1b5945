/** A rate or a level that goes up and down for ever: the stuff simulated numbers are made of. */
export interface Wave {
  mean: number;
  /** 0: constant; 1: between 0 and twice the mean. */
  swing: number;
  periodSeconds: number;
  /** Where in the period it starts, in radians. */
  phase: number;
}

/** The level at that time, in seconds from any origin. Never negative. */
export function waveAt({ mean, swing, periodSeconds, phase }: Wave, seconds: number): number {
  return mean * (1 + swing * Math.sin((2 * Math.PI * seconds) / periodSeconds + phase));
}

/** What a rate has added up to since second 0. Never falls while the time does not. */
export function waveSum({ mean, swing, periodSeconds, phase }: Wave, seconds: number): number {
  const speed = (2 * Math.PI) / periodSeconds;
  const turned = (Math.cos(phase) - Math.cos(speed * seconds + phase)) / speed;
  return Math.max(0, mean * (seconds + swing * turned));
}
