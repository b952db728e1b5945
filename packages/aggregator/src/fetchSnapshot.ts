import type { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { parseSnapshot, type Snapshot } from '@docker-data-exporter/shared/snapshot';
import { type Clock, isoTime } from './clock.ts';
import type { Connections } from './connections.ts';
import type { Dialects } from './dialects.ts';
import type { Down, DownReason } from './downReason.ts';
import { httpGet } from './httpGet.ts';
import { parseLegacy } from './legacyAgent.ts';
import type { ReadingGate } from './readingGate.ts';
import type { Dialect, Target } from './targets/target.ts';

/** What came of asking one agent once. */
export type FetchResult =
  | {
      readonly ok: true;
      readonly snapshot: Snapshot;
      /** Containers whose data did not fit the schema. */
      readonly droppedContainers: number;
      readonly seconds: number;
      readonly dialect: Dialect;
    }
  | {
      readonly ok: false;
      readonly reason: DownReason;
      /** One phrase for people; holds nothing the agent sent. */
      readonly detail: string;
      readonly seconds: number;
    };

/** What one scrape gives to each of its fetches. */
export interface FetchLimits {
  /** Aborted at the scrape’s deadline. */
  readonly signal: AbortSignal;
  readonly gate: ReadingGate;
  readonly maxBodyBytes: number;
}

/** Asks one agent. Never rejects, and settles when the signal aborts at the latest. */
export type FetchSnapshot = (target: Target, limits: FetchLimits) => Promise<FetchResult>;

export interface FetchParts {
  readonly connections: Connections;
  readonly dialects: Dialects;
  /** The bearer token for an agent, if it gets one. */
  readonly tokenFor: (target: Target) => Promise<string | undefined>;
  /** Told to agents: `dde-aggregator/1.2.3`. */
  readonly userAgent: string;
  readonly clock: Clock;
}

type Decoded =
  | { readonly ok: true; readonly snapshot: Snapshot; readonly droppedContainers: number }
  | { readonly ok: false; readonly down: Down };

/** An answer in a dialect; `status` is there if an answer began but was none. */
type Asked =
  | (Extract<Decoded, { ok: true }> & { readonly dialect: Dialect })
  | { readonly ok: false; readonly down: Down; readonly status?: number };

const paths: Readonly<Record<Dialect, string>> = {
  snapshot: '/snapshot',
  'get-data': '/get-data',
};

export function createFetchSnapshot(parts: FetchParts): FetchSnapshot {
  const { connections, dialects, clock } = parts;

  const ask = async (
    { target, dialect }: { target: Target; dialect: Dialect },
    limits: FetchLimits,
  ): Promise<Asked> => {
    const token = await parts.tokenFor(target);
    const answer = await httpGet<Decoded>(connections.to(target.endpoint), {
      ...limits,
      path: paths[dialect],
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': parts.userAgent,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      refuse: (status, headers) => refuse({ status, headers, dialect }),
      decode: (body) => decode(body, { dialect, takenAt: isoTime(clock.unixMs()) }),
    });
    if (!answer.ok) return answer;
    return answer.value.ok ? { ...answer.value, dialect } : { ...answer.value, status: 200 };
  };

  /** A kept connection may be closed by the agent while the request is on its way: asked again, once. */
  const askAgainIfReset: typeof ask = async (question, limits) => {
    const asked = await ask(question, limits);
    const isStale = !asked.ok && asked.down.reason === 'reset' && asked.status === undefined;
    return isStale ? ask(question, limits) : asked;
  };

  const askInEitherDialect = async (target: Target, limits: FetchLimits): Promise<Asked> => {
    const [first, second] = dialects.orderFor(target);
    const asked = await askAgainIfReset({ target, dialect: first }, limits);
    if (asked.ok || !mayBeOtherDialect(asked, { target, dialect: first })) return asked;
    const other = await askAgainIfReset({ target, dialect: second }, limits);
    return other.ok ? other : asked;
  };

  return async (target, limits) => {
    const startMs = clock.steadyMs();
    const asked = await askInEitherDialect(target, limits);
    const seconds = Math.round((clock.steadyMs() - startMs) * 1000) / 1_000_000;
    dialects.learn(target, asked.ok ? asked.dialect : undefined);
    return asked.ok ? { ...asked, seconds } : { ok: false, ...asked.down, seconds };
  };
}

/**
 * An agent that does not know the path may speak the other dialect. Where the earlier project’s agent
 * is expected, whatever else stands at the address may answer anything at all.
 */
function mayBeOtherDialect(
  asked: Extract<Asked, { ok: false }>,
  { target, dialect }: { target: Target; dialect: Dialect },
): boolean {
  if (asked.status === 404 || asked.status === 405) return true;
  const isExpected = dialect === 'get-data' || target.firstDialect === 'get-data';
  const { reason } = asked.down;
  return (
    isExpected && (reason === 'http_status' || reason === 'parse') && asked.status !== undefined
  );
}

interface AnswerHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly dialect: Dialect;
}

function refuse({ status, headers, dialect }: AnswerHead): Down | undefined {
  if (status === 401 || status === 403) {
    return { reason: 'auth', detail: `GET ${paths[dialect]} answered ${status}` };
  }
  if (status !== 200) {
    return { reason: 'http_status', detail: `GET ${paths[dialect]} answered ${status}` };
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return { reason: 'parse', detail: 'the answer is compressed although that was not asked for' };
  }
  // The earlier project’s web framework names text/html where nobody says otherwise.
  if (
    dialect === 'snapshot' &&
    !/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')
  ) {
    return { reason: 'parse', detail: 'the answer’s content type is not application/json' };
  }
  return undefined;
}

/** Errors of JSON.parse quote the text, which may be anything: they are not passed on. */
function decode(
  body: Buffer,
  { dialect, takenAt }: { dialect: Dialect; takenAt: string },
): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return { ok: false, down: { reason: 'parse', detail: 'the answer is not JSON, or was cut' } };
  }
  if (dialect === 'get-data') {
    const legacy = parseLegacy(value, takenAt);
    return legacy.ok ? legacy : { ok: false, down: { reason: 'parse', detail: legacy.detail } };
  }
  const parsed = parseSnapshot(value);
  if (parsed.ok) return parsed;
  return { ok: false, down: { reason: parsed.reason, detail: parsed.detail } };
}
