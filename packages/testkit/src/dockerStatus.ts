/** The facts `docker ps` makes its STATUS column of. Times in ms since the epoch. */
export interface StatusFacts {
  state: string;
  /** What stands in brackets behind a running container, such as healthy. */
  health?: string;
  exitCode: number;
  startedAt?: number;
  finishedAt?: number;
}

/** The text `docker ps` prints, with the engine’s own rounding. */
export function dockerStatus(facts: StatusFacts, now: number): string {
  const since = (moment = now): string => humanDuration((now - moment) / 1000);
  switch (facts.state) {
    case 'running':
      return `Up ${since(facts.startedAt)}${facts.health === undefined ? '' : ` (${facts.health})`}`;
    case 'paused':
      return `Up ${since(facts.startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${facts.exitCode}) ${since(facts.finishedAt)} ago`;
    case 'exited':
      return `Exited (${facts.exitCode}) ${since(facts.finishedAt)} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    default:
      return 'Created';
  }
}

/** A duration as Docker words it, such as "About a minute". */
export function humanDuration(duration: number): string {
  const seconds = Math.trunc(duration);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(duration / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.trunc(duration / 3600 + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(duration / 3600 / 24 / 365)} years`;
}
