import type { Problem } from '@docker-data-exporter/shared/errors';
import type { Clock } from '../clock.ts';
import type { Engine } from '../engine.ts';
import { askInspect } from '../engineQuestions.ts';

/** What only `inspect` tells. All of it is fixed when a container is made, so once is enough. */
export interface ContainerDetails {
  /** As configured; root if it was not. */
  readonly user: string;
}

/**
 * Reads details in the background, a few at a time: `inspect` waits for a stuck container for ever,
 * so no collection may wait for it.
 */
export interface DetailsReader {
  of: (id: string) => ContainerDetails | undefined;
  /** Starts reading what is new among these containers, and forgets all others. */
  refresh: (ids: readonly string[]) => void;
  /** Of the last round: how long it took, and what kept a container's details from being read. */
  report: () => { readonly seconds: number; readonly problem: Problem | undefined };
  /** Resolves when nothing is being read. */
  idle: () => Promise<void>;
}

const AT_ONCE = 4;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;

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
  let wanted: ReadonlySet<string> = new Set();
  let round: Promise<void> | undefined;
  let seconds = 0;

  const isDue = (id: string): boolean =>
    !known.has(id) && (failed.get(id)?.dueMs ?? 0) <= clock.steadyMs();

  const readOne = async (id: string): Promise<void> => {
    const answer = await engine.ask(askInspect(id), deadlineMs);
    // Removed meanwhile: nothing is to be kept, and its absence is no fault.
    if (!wanted.has(id) || (!answer.ok && answer.status === 404)) return;
    if (answer.ok) {
      known.set(id, { user: answer.value.user === '' ? 'root' : answer.value.user });
      failed.delete(id);
      return;
    }
    const pauseMs = Math.min((failed.get(id)?.pauseMs ?? FIRST_PAUSE_MS / 2) * 2, LONGEST_PAUSE_MS);
    failed.set(id, { problem: answer.problem, pauseMs, dueMs: clock.steadyMs() + pauseMs });
  };

  const readAll = async (ids: readonly string[]): Promise<void> => {
    const startedMs = clock.steadyMs();
    const queue = ids.values();
    const worker = async (): Promise<void> => {
      for (const id of queue) if (wanted.has(id)) await readOne(id);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    seconds = (clock.steadyMs() - startedMs) / 1000;
  };

  return {
    of: (id) => known.get(id),
    refresh: (ids) => {
      wanted = new Set(ids);
      for (const map of [known, failed]) {
        for (const id of map.keys()) if (!wanted.has(id)) map.delete(id);
      }
      const due = ids.filter(isDue);
      if (round !== undefined || due.length === 0) return;
      round = readAll(due).finally(() => (round = undefined));
    },
    report: () => {
      const [first] = failed.values();
      return { seconds, problem: first?.problem };
    },
    idle: async () => await round,
  };
}
