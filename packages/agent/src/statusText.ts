/** What the text of `docker ps` tells beyond the state. */
export interface StatusFacts {
  readonly health?: 'starting' | 'healthy' | 'unhealthy';
  /** Of the last run. */
  readonly exitCode?: number;
}

const healthOfSuffix = new Map([
  ['(health: starting)', 'starting'],
  ['(healthy)', 'healthy'],
  ['(unhealthy)', 'unhealthy'],
] as const);

/**
 * Reads health and exit code from a status such as "Up 3 minutes (healthy)", "Exited (137) 2 hours
 * ago" or "Restarting (1) 5 seconds ago" (moby: container/state.go, State.String): the list is
 * asked in every collection, `inspect` never is.
 */
export function readStatusText(status: string): StatusFacts {
  for (const [suffix, health] of healthOfSuffix) {
    if (status.startsWith('Up ') && status.endsWith(suffix)) return { health };
  }
  const ended = /^(?:Exited|Restarting) \((-?\d{1,10})\)/.exec(status);
  return ended === null ? {} : { exitCode: Number(ended[1]) };
}
