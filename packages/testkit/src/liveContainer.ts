import { parseExact } from './exactJson.ts';
import type { ScenarioContainer } from './scenario.ts';

/** Where a live container is in its life. Times in ms since the epoch. */
export interface LiveState {
  state: string;
  health?: string;
  exitCode: number;
  startedAt?: number;
  finishedAt?: number;
  restartCount: number;
  /** How often it was restarted since the simulation began. */
  restarts: number;
}

/** What a recording says about a container’s life, moved to the simulation’s time. */
export interface LiveFacts {
  recorded: Omit<LiveState, 'restarts'>;
  /** Cores it may take; absent without a limit. */
  cpuLimit?: number;
}

interface InspectFacts {
  State?: {
    StartedAt?: string;
    FinishedAt?: string;
    ExitCode?: number;
  };
  RestartCount?: number;
  HostConfig?: { NanoCpus?: number };
}

const RESTART_TAKES_MS = 2000;
const FLAP_EVERY_MS = 60_000;

/** Reads the facts of a recorded container; its times are moved by that many ms. */
export function liveFacts({ summary, inspect }: ScenarioContainer, shiftMs: number): LiveFacts {
  // Safe: a recorded inspect, read only by fields that may all be missing.
  const facts = parseExact(inspect?.toString('utf8') ?? '{}') as InspectFacts;
  const [, health] = /^Up .*\((health: starting|(?:un)?healthy)\)$/.exec(summary.Status) ?? [];
  const startedAt = moved(facts.State?.StartedAt, shiftMs);
  const finishedAt = moved(facts.State?.FinishedAt, shiftMs);
  const nanoCpus = facts.HostConfig?.NanoCpus ?? 0;
  return {
    recorded: {
      state: summary.State,
      ...(health !== undefined && { health }),
      exitCode: facts.State?.ExitCode ?? 0,
      ...(startedAt !== undefined && { startedAt }),
      ...(finishedAt !== undefined && { finishedAt }),
      restartCount: facts.RestartCount ?? 0,
    },
    ...(nanoCpus > 0 && { cpuLimit: nanoCpus / 1e9 }),
  };
}

/**
 * The state at that time. With `restartEveryMs` a running container is restarted that often since
 * the simulation’s start, and spends two seconds of each time restarting.
 */
export function liveState(
  { recorded }: LiveFacts,
  at: { start: number; now: number },
  restartEveryMs: number | undefined,
): LiveState {
  const elapsed = Math.max(0, at.now - at.start);
  if (recorded.state === 'restarting') {
    // It keeps failing: the last failure is never long ago.
    const flaps = Math.floor(elapsed / FLAP_EVERY_MS);
    const finishedAt = at.start + flaps * FLAP_EVERY_MS;
    const restartCount = recorded.restartCount + flaps;
    return { ...recorded, finishedAt, restartCount, restarts: flaps };
  }
  const restarts = restartEveryMs === undefined ? 0 : Math.floor(elapsed / restartEveryMs);
  if (restartEveryMs === undefined || restarts === 0) return { ...recorded, restarts: 0 };

  const finishedAt = at.start + restarts * restartEveryMs;
  const startedAt = finishedAt + RESTART_TAKES_MS;
  const restartCount = recorded.restartCount + restarts;
  const common = { exitCode: 1, finishedAt, restartCount, restarts };
  if (at.now < startedAt) {
    const before = restarts === 1 ? recorded.startedAt : startedAt - restartEveryMs;
    return { ...common, state: 'restarting', ...(before !== undefined && { startedAt: before }) };
  }
  const { state, health } = recorded;
  return { ...common, exitCode: 0, state, ...(health !== undefined && { health }), startedAt };
}

/** The moments between two times at which such a container dies or starts again. */
export function restartEvents(
  start: number,
  between: { after: number; upTo: number },
  restartEveryMs: number,
): { action: 'die' | 'start'; at: number }[] {
  const events: { action: 'die' | 'start'; at: number }[] = [];
  const first = Math.max(1, Math.floor((between.after - start) / restartEveryMs));
  for (let k = first; start + k * restartEveryMs <= between.upTo; k++) {
    const died = start + k * restartEveryMs;
    events.push({ action: 'die', at: died }, { action: 'start', at: died + RESTART_TAKES_MS });
  }
  return events.filter(({ at }) => at > between.after && at <= between.upTo);
}

/** A recorded time moved; undefined for the zero time, which means never. */
function moved(time: string | undefined, shiftMs: number): number | undefined {
  return time === undefined || time.startsWith('0001-') ? undefined : Date.parse(time) + shiftMs;
}
