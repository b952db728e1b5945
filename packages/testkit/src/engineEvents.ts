import type { ServerResponse } from 'node:http';
import { filtersOf } from './engineAnswer.ts';

/** The clients that listen to the fake engine’s events. */
export interface EventHub {
  /** How many listen now. */
  listeners: () => number;
  /** Sends a line to everyone whose filters let it pass. */
  send: (line: string) => void;
  /** Answers `GET /events`: what lies between since and until first, then what is sent. */
  open: (query: URLSearchParams, response: ServerResponse) => void;
}

/**
 * `since` and `until` are read as the engine does: unix seconds with a fraction, or a time. Without
 * `since` nothing of the past is sent; with an `until` that has passed the answer ends.
 */
export function createEventHub(past: () => readonly string[], now: () => number): EventHub {
  const open = new Map<ServerResponse, URLSearchParams>();
  return {
    listeners: () => open.size,
    send: (line) => {
      for (const [response, query] of open) {
        if (passes(line, query)) response.write(`${line}\n`);
      }
    },
    open: (query, response) => {
      response.flushHeaders();
      const since = secondsOf(query.get('since'));
      const until = secondsOf(query.get('until'));
      for (const line of past()) {
        const at = parse(line).timeNano / 1e9;
        if (since === undefined || at < since || at > (until ?? Infinity)) continue;
        if (passes(line, query)) response.write(`${line}\n`);
      }
      if (until !== undefined && until * 1000 <= now()) {
        response.end();
        return;
      }
      open.set(response, query);
      const end = until === undefined ? undefined : endAt(response, until * 1000 - now());
      response.on('close', () => {
        clearTimeout(end);
        open.delete(response);
      });
    },
  };
}

// A longer wait than a timer can hold is no different from none to a test.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function endAt(response: ServerResponse, inMs: number): NodeJS.Timeout | undefined {
  if (inMs > LONGEST_TIMER_MS) return undefined;
  return setTimeout(() => response.end(), inMs).unref();
}

interface EventFacts {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes?: { name?: string } };
  timeNano: number;
}

function passes(line: string, query: URLSearchParams): boolean {
  const event = parse(line);
  const tests = new Map<string, (value: string) => boolean>([
    ['type', (value) => event.Type === value],
    // `health_status` stands for `health_status: healthy` and so on.
    ['event', (value) => event.Action === value || event.Action.startsWith(`${value}:`)],
    [
      'container',
      (value) => event.Actor.ID.startsWith(value) || event.Actor.Attributes?.name === value,
    ],
  ]);
  return Object.entries(filtersOf(query.get('filters')) ?? {}).every(
    ([key, values]) => values.length === 0 || values.some((value) => tests.get(key)?.(value)),
  );
}

function secondsOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  const number = Number(text);
  return Number.isNaN(number) ? Date.parse(text) / 1000 : number;
}

function parse(line: string): EventFacts {
  // Safe: lines come from a recording, or from a test that knows what an event is.
  return JSON.parse(line) as EventFacts;
}
