import type { Problem } from '@docker-data-exporter/shared/errors';
import type { Clock } from './clock.ts';
import type { EngineWithStreams } from './engine.ts';
import { type EngineEvent, eventTimeNano, isNoise, readEventLine } from './eventLine.ts';
import { followEvents } from './engineQuestions.ts';

/** The engine's events, listened to for as long as the agent runs. */
export interface EventFeed {
  /** Whether everything that happens is heard: a list taken since then holds until something is. */
  readonly isConnected: () => boolean;
  /** Why not, where it has been tried. */
  readonly problem: () => Problem | undefined;
  /** How often events may have been missed. */
  readonly gaps: () => number;
  /** The engine has answered something: whoever waits to try again need not any longer. */
  readonly retryNow: () => void;
  /** Begins to listen, unless it has begun. */
  readonly begin: () => void;
  readonly close: () => void;
}

export interface EventListener {
  readonly onEvent: (event: EngineEvent) => void;
  /** Something may have happened unheard: the stream was (re)opened, or a line made no sense. */
  readonly onUnsure: (reason: 'connected' | 'line') => void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A refusal (a proxy's, say) does not go away because the engine answers other questions. */
const REFUSED_PAUSE_MS = 60_000;
/** How long an engine may take to repeat what it remembers. */
const REPLAY_MS = 1000;
/** Events are not quite in the order of their times. */
const OVERLAP_NS = 1_000_000_000n;
/** Events remembered to tell a repeated one; Docker repeats 256 at most. */
const REMEMBERED = 1024;

/** Listens from the first `begin` on until it is closed; what happened since it was made is told too. */
export function followEngineEvents(
  options: {
    readonly engine: EngineWithStreams;
    readonly clock: Clock;
    readonly deadlineMs: number;
  },
  listener: EventListener,
): EventFeed {
  const { engine, clock, deadlineMs } = options;
  const seen = new Set<string>();
  let since = BigInt(Math.trunc(clock.unixMs())) * 1_000_000n;
  /** The last event heard: it comes again when the stream is resumed, unless the engine forgot it. */
  let anchor: string | undefined;
  let gaps = 0;
  let hasBegun = false;
  let isFirst = true;
  let isClosed = false;
  let openedMs: number | undefined;
  /** Set while it is open whether the engine remembers the anchor. */
  let isProvingResume = false;
  let problem: Problem | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  let wake: (() => void) | undefined;
  let ending = new AbortController();

  const settleResume = (isWhole: boolean): void => {
    if (!isProvingResume) return;
    isProvingResume = false;
    if (!isWhole) gaps += 1;
  };

  const onOpen = (): void => {
    openedMs = clock.steadyMs();
    problem = undefined;
    pauseMs = FIRST_PAUSE_MS;
    if (isFirst) isFirst = false;
    // Without a last event there is nothing to know the engine's memory by.
    else if (anchor === undefined) gaps += 1;
    else isProvingResume = true;
    listener.onUnsure('connected');
  };

  const onLine = (line: string | undefined): void => {
    const nano = line === undefined ? undefined : eventTimeNano(line);
    if (line === undefined || nano === undefined) {
      gaps += 1;
      listener.onUnsure('line');
      return;
    }
    if (nano === anchor) settleResume(true);
    else if (anchor !== undefined && BigInt(nano) > BigInt(anchor)) settleResume(false);
    const isNew = anchor === undefined || BigInt(nano) > BigInt(anchor);
    if (isNew) anchor = nano;
    if (isNoise(line)) return;
    const event = readEventLine(line);
    if (event === undefined) {
      gaps += 1;
      listener.onUnsure('line');
      return;
    }
    const key = `${nano} ${event.type} ${event.action} ${event.id}`;
    if (seen.has(key)) return;
    seen.add(key);
    if (seen.size > REMEMBERED) for (const oldest of seen) if (seen.delete(oldest)) break;
    listener.onEvent(event);
  };

  const pause = async (ms: number): Promise<void> => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wake = undefined;
  };

  const listen = async (): Promise<void> => {
    while (!isClosed) {
      ending = new AbortController();
      if (anchor !== undefined) since = BigInt(anchor) - OVERLAP_NS;
      const stream = followEvents(`${since / 1_000_000_000n}.${padded(since % 1_000_000_000n)}`);
      problem = await engine.follow(stream, { onOpen, onLine, signal: ending.signal, deadlineMs });
      if (openedMs !== undefined && clock.steadyMs() - openedMs >= REPLAY_MS) settleResume(false);
      // Cut again before the engine had repeated anything: still to be proven with the next one.
      isProvingResume = false;
      openedMs = undefined;
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- `close` sets it meanwhile
      if (isClosed) return;
      await pause(problem.code === 'engine-http-status' ? REFUSED_PAUSE_MS : pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  };

  return {
    begin: () => {
      if (!hasBegun) void listen();
      hasBegun = true;
    },
    isConnected: () => openedMs !== undefined,
    problem: () => (openedMs === undefined ? problem : undefined),
    gaps: () => {
      if (openedMs !== undefined && clock.steadyMs() - openedMs >= REPLAY_MS) settleResume(false);
      return gaps;
    },
    retryNow: () => {
      if (problem?.code !== 'engine-http-status') wake?.();
    },
    close: () => {
      isClosed = true;
      ending.abort();
      wake?.();
    },
  };
}

function padded(nanoseconds: bigint): string {
  return String(nanoseconds).padStart(9, '0');
}
