import type { Clock } from './clock.ts';
import type { Dialect, Target } from './targets/target.ts';

/** What is remembered of how agents are asked. In memory only: learning it anew costs one request. */
export interface Dialects {
  /** The dialects to try, best first. */
  readonly orderFor: (target: Target) => readonly [Dialect, Dialect];
  /** What the agent answered in; undefined: it failed, so that it is asked anew next time. */
  readonly learn: (target: Target, dialect: Dialect | undefined) => void;
  /** Forgets all other targets. */
  readonly retain: (targets: readonly Target[]) => void;
}

/**
 * An agent of the earlier project may be replaced by ours at the same address, and ours still answers
 * the old path: so the better dialect is tried again from time to time.
 */
const RECHECK_MS = 600_000;

export function createDialects(clock: Clock): Dialects {
  const known = new Map<string, { readonly dialect: Dialect | undefined; readonly atMs: number }>();
  return {
    orderFor: ({ address, firstDialect }) => {
      const memory = known.get(address);
      if (memory === undefined) return withOther(firstDialect);
      if (memory.dialect === 'get-data' && clock.steadyMs() - memory.atMs < RECHECK_MS) {
        return withOther('get-data');
      }
      return withOther('snapshot');
    },
    learn: ({ address }, dialect) => {
      // The time of the first success counts, or it would never be checked again.
      if (known.get(address)?.dialect === dialect && dialect !== undefined && !isDue(address))
        return;
      known.set(address, { dialect, atMs: clock.steadyMs() });
    },
    retain: (targets) => {
      const kept = new Set(targets.map(({ address }) => address));
      for (const address of known.keys()) if (!kept.has(address)) known.delete(address);
    },
  };

  function isDue(address: string): boolean {
    const memory = known.get(address);
    return memory !== undefined && clock.steadyMs() - memory.atMs >= RECHECK_MS;
  }
}

function withOther(first: Dialect): readonly [Dialect, Dialect] {
  return first === 'snapshot' ? ['snapshot', 'get-data'] : ['get-data', 'snapshot'];
}
