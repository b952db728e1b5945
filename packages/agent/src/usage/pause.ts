import { setImmediate as nextTurn } from 'node:timers/promises';

/** Resolves at once; after a while of work without a break, when all that waits has had its turn. */
export type Pause = () => Promise<void> | undefined;

/** How long one piece of work may hold everything else up. */
const LONGEST_TURN_MS = 5;

/** To be made where work begins. Undefined is no break, and costs no turn. */
export function createPause(steadyMs: () => number): Pause {
  let begunMs = steadyMs();
  return () => {
    if (steadyMs() - begunMs < LONGEST_TURN_MS) return undefined;
    return nextTurn().then(() => {
      begunMs = steadyMs();
    });
  };
}
