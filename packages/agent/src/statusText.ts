import { humanDuration } from './humanDuration.ts';

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

/** Where a container is in its life, as `inspect` tells it. Times in ms since the epoch. */
export interface ContainerLife {
  readonly running: boolean;
  readonly paused: boolean;
  readonly restarting: boolean;
  readonly dead: boolean;
  /** starting, healthy, unhealthy, none; absent without a health check. */
  readonly health?: string;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Absent if it never started. */
  readonly startedMs?: number;
  /** Absent if it never ended. */
  readonly finishedMs?: number;
  readonly restartCount?: number;
}

/**
 * The text `docker ps` prints at that time, by the engine's own rules (moby: container/state.go,
 * State.String; container/health.go, Health.String). Undefined where `inspect` does not tell enough.
 */
export function statusText(life: ContainerLife, nowMs: number): string | undefined {
  const { running, startedMs, finishedMs, exitCode, health } = life;
  const since = (ms: number) => humanDuration(nowMs - ms);
  if (running) {
    if (life.restarting && !life.paused) {
      return finishedMs === undefined
        ? undefined
        : `Restarting (${exitCode}) ${since(finishedMs)} ago`;
    }
    if (startedMs === undefined) return undefined;
    if (life.paused) return `Up ${since(startedMs)} (Paused)`;
    if (health === undefined) return `Up ${since(startedMs)}`;
    return `Up ${since(startedMs)} (${health === 'starting' ? 'health: starting' : health})`;
  }
  // `inspect` does not tell a removal that is going on.
  if (life.dead) return undefined;
  if (startedMs === undefined) return 'Created';
  return finishedMs === undefined ? undefined : `Exited (${exitCode}) ${since(finishedMs)} ago`;
}

/** Whether a text is another one a while later, though nothing happens. */
export function ages(status: string): boolean {
  return !AGELESS.has(status);
}

const AGELESS: ReadonlySet<string> = new Set(['Created', 'Dead', 'Removal In Progress']);
