import type { Clock } from './clock.ts';
import type { Engine } from './engine.ts';
import type { InfoAnswer, VersionAnswer } from './engineAnswers.ts';
import { askInfo, askPing, askVersion } from './engineQuestions.ts';
import type { Found } from './runCollector.ts';
import { compact } from './shape.ts';

/** What the engine says about itself. */
export interface EngineFound {
  readonly version: VersionAnswer | undefined;
  readonly info: InfoAnswer | undefined;
}

/**
 * The engine's version and info, kept for a while: each costs the engine more than a list, because it
 * runs other programs to answer. Both are asked again after an event that tells of a change, after
 * the stream of events was cut, and in every collection as long as there is none.
 */
export interface KeptEngineFacts {
  /**
   * What is kept counts only while the engine is there: unless the caller has just heard from it, it
   * is asked that.
   */
  readonly ask: (caller: { readonly hasHeard: boolean }) => AskedEngineFacts;
}

export interface AskedEngineFacts {
  readonly version: Promise<VersionAnswer | undefined>;
  /** Never rejects. */
  readonly all: Promise<Found<EngineFound>>;
}

export function createKeptEngineFacts(options: {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** How old info may be. */
  readonly maxAgeMs: number;
  /** Whether events are heard; the number of those that may have changed something. */
  readonly isConnected: () => boolean;
  readonly changes: () => number;
}): KeptEngineFacts {
  const { engine, clock, deadlineMs, maxAgeMs, isConnected, changes } = options;
  let kept: { found: EngineFound; changes: number; steadyMs: number } | undefined;

  const askBoth = (): AskedEngineFacts => {
    const now = { changes: changes(), steadyMs: clock.steadyMs() };
    kept = undefined;
    const asked = engine.ask(askVersion, deadlineMs);
    const all = async (): Promise<Found<EngineFound>> => {
      const [version, info] = await Promise.all([asked, engine.ask(askInfo, deadlineMs)]);
      const problem = version.ok ? (info.ok ? undefined : info.problem) : version.problem;
      if (!version.ok && !info.ok) return compact({ problem });
      const found = {
        version: version.ok ? version.value : undefined,
        info: info.ok ? info.value : undefined,
      };
      if (version.ok && info.ok) kept = { found, ...now };
      return compact({ value: found, problem });
    };
    const version = asked.then((answer) => (answer.ok ? answer.value : undefined));
    return { version, all: all() };
  };

  const ifThere = async (found: EngineFound): Promise<Found<EngineFound>> => {
    const alive = await engine.ask(askPing, deadlineMs);
    if (alive.ok) return { value: found };
    // A proxy may refuse this question and take the others.
    return alive.status === undefined ? { problem: alive.problem } : await askBoth().all;
  };

  return {
    ask: ({ hasHeard }) => {
      const holds =
        kept !== undefined &&
        isConnected() &&
        kept.changes === changes() &&
        clock.steadyMs() - kept.steadyMs < maxAgeMs;
      if (!holds || kept === undefined) return askBoth();
      const { found } = kept;
      return {
        version: Promise.resolve(found.version),
        all: hasHeard ? Promise.resolve({ value: found }) : ifThere(found),
      };
    },
  };
}
