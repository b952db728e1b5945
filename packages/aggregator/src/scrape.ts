import { setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from './clock.ts';
import type { FetchSnapshot } from './fetchSnapshot.ts';
import type { KnownServers } from './knownServers.ts';
import { createReadingGate } from './readingGate.ts';
import { type Asked, type ServerState, serverStates } from './serverState.ts';
import type { Target } from './targets/target.ts';

/** All servers asked once. */
export interface FanOut {
  /** In configuration order; exactly one for every known server. */
  readonly servers: readonly ServerState[];
  /** On the steady clock. */
  readonly endedMs: number;
  /** From the first question to the last answer or the deadline. */
  readonly seconds: number;
  /** Containers whose data did not fit the schema. */
  readonly droppedContainers: number;
}

export interface ScrapeLimits {
  /** Answers read and parsed at a time. */
  readonly concurrency: number;
  readonly maxBodyBytes: number;
}

export interface ScraperParts {
  /** Those to ask now. */
  readonly targets: () => readonly Target[];
  readonly limits: () => ScrapeLimits;
  readonly fetchSnapshot: FetchSnapshot;
  readonly known: KnownServers;
  readonly clock: Clock;
  /** Told of every fan-out when it has ended. */
  readonly onFanOut?: (fanOut: FanOut) => void;
}

export interface Scraper {
  /**
   * Asks all servers and answers within the deadline. It joins a fan-out that runs already if that
   * one asks the same servers and ends by its own deadline; else it starts one. Never rejects.
   */
  readonly scrape: (deadlineMs: number) => Promise<FanOut>;
  /** The last fan-out if it is not older than that, else a new one. */
  readonly recent: (maxAgeMs: number, deadlineMs: number) => Promise<FanOut>;
  readonly running: () => number;
}

interface Run {
  readonly targets: readonly Target[];
  /** On the steady clock. */
  readonly endsMs: number;
  readonly fanOut: Promise<FanOut>;
}

/** Making a connection costs a tenth of a millisecond; a thousand at once would block everything. */
const STARTS_PER_TURN = 50;

export function createScraper(parts: ScraperParts): Scraper {
  const { fetchSnapshot, known, clock, onFanOut } = parts;
  const running = new Set<Run>();
  let latest: FanOut | undefined;

  const askAll = async (targets: readonly Target[], deadlineMs: number): Promise<FanOut> => {
    const startMs = clock.steadyMs();
    const { concurrency, maxBodyBytes } = parts.limits();
    const deadline = new AbortController();
    // One listener for each server is no leak.
    setMaxListeners(0, deadline.signal);
    const timer = setTimeout(() => deadline.abort(), deadlineMs);
    const gate = createReadingGate({ concurrency });
    const ask = async (target: Target): Promise<Asked> => {
      const result = await fetchSnapshot(target, { signal: deadline.signal, gate, maxBodyBytes });
      known.learn(target.address, result);
      return { target, result, memory: known.get(target.address) ?? {} };
    };
    const questions: Promise<Asked>[] = [];
    for (const target of targets) {
      questions.push(ask(target));
      if (questions.length % STARTS_PER_TURN === 0) await setImmediate();
    }
    const asked = await Promise.all(questions);
    clearTimeout(timer);
    const endedMs = clock.steadyMs();
    latest = {
      servers: serverStates(asked),
      endedMs,
      seconds: (endedMs - startMs) / 1000,
      droppedContainers: asked.reduce(
        (sum, { result }) => sum + (result.ok ? result.droppedContainers : 0),
        0,
      ),
    };
    // A reload may have dropped some while they were asked.
    known.retain(parts.targets().map(({ address }) => address));
    // Not waited for: a slow disk is no reason to answer late.
    void known.save();
    onFanOut?.(latest);
    return latest;
  };

  const scrape = (deadlineMs: number): Promise<FanOut> => {
    const targets = parts.targets();
    const endsMs = clock.steadyMs() + deadlineMs;
    for (const other of running) {
      if (other.targets === targets && other.endsMs <= endsMs) return other.fanOut;
    }
    const run: Run = { targets, endsMs, fanOut: askAll(targets, deadlineMs) };
    running.add(run);
    const done = () => running.delete(run);
    run.fanOut.then(done, done);
    return run.fanOut;
  };

  return {
    scrape,
    recent: async (maxAgeMs, deadlineMs) =>
      latest !== undefined && clock.steadyMs() - latest.endedMs <= maxAgeMs
        ? latest
        : scrape(deadlineMs),
    running: () => running.size,
  };
}
