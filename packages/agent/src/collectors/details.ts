import type { Problem } from '@docker-data-exporter/shared/errors';
import type { Clock } from '../clock.ts';
import type { Engine } from '../engine.ts';
import { askInspect } from '../engineQuestions.ts';
import type { ContainerLife } from '../statusText.ts';

/** What only `inspect` tells. */
export interface ContainerDetails {
  /** As configured; root if it was not. Fixed when a container is made. */
  readonly user: string;
  /** Absent while it may have changed since it was read. */
  readonly life?: ContainerLife;
}

/**
 * Reads details in the background, a few at a time: `inspect` waits for a stuck container for ever,
 * so no collection may wait for it.
 */
export interface DetailsReader {
  of: (id: string) => ContainerDetails | undefined;
  /** Starts reading what is new or changed among these containers, and forgets all others. */
  refresh: (ids: readonly string[]) => void;
  /** Something happened to a container: it is read again in a moment, with all others of the moment. */
  changed: (id: string) => void;
  /** Anything may have happened: all are read again, and hold until then. */
  doubtAll: () => void;
  /** A container is gone for good. */
  forget: (id: string) => void;
  /** Of the last round: how long it took, and what kept a container's details from being read. */
  report: () => { readonly seconds: number; readonly problem: Problem | undefined };
  /** Resolves when nothing is being read. */
  idle: () => Promise<void>;
  /** Nothing is begun any more. */
  close: () => void;
}

const AT_ONCE = 4;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;
/** Between two rounds that nobody asked for: however often containers change, each costs no more. */
const ROUND_PAUSE_MS = 500;
/** Containers that events told of before a list did. */
const MOST_UNLISTED = 1000;

interface Failure {
  readonly problem: Problem;
  readonly pauseMs: number;
  /** Steady clock. */
  readonly dueMs: number;
}

export function createDetailsReader(options: {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly deadlineMs: number;
}): DetailsReader {
  const { engine, clock, deadlineMs } = options;
  const known = new Map<string, ContainerDetails>();
  const failed = new Map<string, Failure>();
  /** Known, but wrong by now. */
  const stale = new Set<string>();
  /** Known, and to be read again all the same. */
  const doubted = new Set<string>();
  const unlisted = new Set<string>();
  let listed: ReadonlySet<string> = new Set();
  let round: Promise<void> | undefined;
  let next: NodeJS.Timeout | undefined;
  let isClosed = false;
  let seconds = 0;

  const isWanted = (id: string): boolean => listed.has(id) || unlisted.has(id);
  const isDue = (id: string): boolean =>
    (!known.has(id) || stale.has(id) || doubted.has(id)) &&
    (failed.get(id)?.dueMs ?? 0) <= clock.steadyMs();

  const readOne = async (id: string): Promise<void> => {
    // Before the question: what happens from now on may not be in the answer.
    stale.delete(id);
    doubted.delete(id);
    const answer = await engine.ask(askInspect(id), deadlineMs);
    // Removed meanwhile: nothing is to be kept, and its absence is no fault.
    if (!isWanted(id) || (!answer.ok && answer.status === 404)) return;
    if (answer.ok) {
      const { user, life } = answer.value;
      known.set(id, { user: user === '' ? 'root' : user, ...(life && { life }) });
      failed.delete(id);
      return;
    }
    stale.add(id);
    const pauseMs = Math.min((failed.get(id)?.pauseMs ?? FIRST_PAUSE_MS / 2) * 2, LONGEST_PAUSE_MS);
    failed.set(id, { problem: answer.problem, pauseMs, dueMs: clock.steadyMs() + pauseMs });
  };

  const readAll = async (ids: readonly string[]): Promise<void> => {
    const startedMs = clock.steadyMs();
    const queue = ids.values();
    const worker = async (): Promise<void> => {
      for (const id of queue) if (isWanted(id) && !isClosed) await readOne(id);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    seconds = (clock.steadyMs() - startedMs) / 1000;
  };

  const begin = (ids: Iterable<string>): void => {
    if (round !== undefined || isClosed) return;
    const due = [...ids].filter(isDue);
    if (due.length === 0) return;
    round = readAll(due).finally(() => {
      round = undefined;
      // What changed while it was read; what failed waits for the next collection.
      if ([...stale, ...doubted].some(isDue)) soon();
    });
  };

  const soon = (): void => {
    if (isClosed) return;
    next ??= setTimeout(() => {
      next = undefined;
      begin(new Set([...stale, ...doubted, ...unlisted]));
    }, ROUND_PAUSE_MS).unref();
  };

  return {
    of: (id) => {
      const details = known.get(id);
      return details === undefined || !stale.has(id) ? details : { user: details.user };
    },
    refresh: (ids) => {
      listed = new Set(ids);
      unlisted.clear();
      for (const kept of [known, failed, stale, doubted]) {
        for (const id of kept.keys()) if (!listed.has(id)) kept.delete(id);
      }
      begin(ids);
    },
    changed: (id) => {
      if (!listed.has(id)) {
        if (unlisted.size >= MOST_UNLISTED) return;
        unlisted.add(id);
      }
      stale.add(id);
      soon();
    },
    doubtAll: () => {
      for (const id of known.keys()) doubted.add(id);
      if (doubted.size > 0) soon();
    },
    forget: (id) => {
      for (const kept of [known, failed, stale, doubted, unlisted]) kept.delete(id);
    },
    report: () => {
      const [first] = failed.values();
      return { seconds, problem: first?.problem };
    },
    idle: async () => {
      while (round !== undefined) await round;
    },
    close: () => {
      isClosed = true;
      clearTimeout(next);
    },
  };
}
