import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';

/**
 * Bounds how many answers are taken in at a time. Waiting for a connection or for an answer to begin
 * costs nothing and is not bounded: else dead servers would queue in front of live ones.
 */
export interface ReadingGate {
  /** Calls `begin` when a place is free; the place is given back when its promise settles. */
  readonly read: (begin: () => Promise<unknown>) => void;
  /** Resolves when it is one’s turn to do work that blocks, such as parsing: one a loop turn. */
  readonly turn: () => Promise<void>;
}

export interface ReadingGateOptions {
  readonly concurrency: number;
  /** Who is not done by then goes on, but no longer counts: an answer that drips must not block. */
  readonly leaseMs?: number;
}

const LEASE_MS = 250;

export function createReadingGate({
  concurrency,
  leaseMs = LEASE_MS,
}: ReadingGateOptions): ReadingGate {
  const limit = pLimit(concurrency);
  let last: Promise<void> = Promise.resolve();

  return {
    read: (begin) => {
      void limit(() => {
        let timer: NodeJS.Timeout | undefined;
        const lease = new Promise<void>((resolve) => (timer = setTimeout(resolve, leaseMs)));
        return Promise.race([begin(), lease]).finally(() => clearTimeout(timer));
      });
    },
    turn: () => {
      const mine = last;
      last = mine.then(() => setImmediate());
      return mine;
    },
  };
}
