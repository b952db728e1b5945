import { type Connections, createConnections } from '../connections.ts';
import { createDialects } from '../dialects.ts';
import { createDnsCache, type Resolve } from '../dnsCache.ts';
import { createFetchSnapshot, type FetchResult } from '../fetchSnapshot.ts';
import { createReadingGate } from '../readingGate.ts';
import { parseServerAddress } from '../targets/serverAddress.ts';
import type { Target } from '../targets/target.ts';
import { type HandClock, handClock } from './handClock.ts';

/** For tests: everything that is needed to ask agents, over real sockets. */
export interface FetchBench {
  readonly clock: HandClock;
  readonly connections: Connections;
  readonly fetch: (target: Target, options?: AskOptions) => Promise<FetchResult>;
  readonly close: () => Promise<void>;
}

export interface AskOptions {
  /** None by default: a test of something else should not end by accident. */
  readonly signal?: AbortSignal;
  readonly maxBodyBytes?: number;
}

export interface FetchBenchOptions {
  readonly connectTimeoutMs?: number;
  readonly resolve?: Resolve;
  readonly token?: string;
}

export function fetchBench(options: FetchBenchOptions = {}): FetchBench {
  const { connectTimeoutMs = 10_000, resolve, token } = options;
  const clock = handClock();
  const connections = createConnections({
    dns: createDnsCache({ patienceMs: 0, ...(resolve && { resolve }) }),
    connectTimeoutMs: () => connectTimeoutMs,
  });
  const fetchSnapshot = createFetchSnapshot({
    connections,
    clock,
    dialects: createDialects(clock),
    tokenFor: () => Promise.resolve(token),
    userAgent: 'dde-aggregator/test',
  });
  const gate = createReadingGate({ concurrency: 4 });
  return {
    clock,
    connections,
    fetch: (target, { signal = new AbortController().signal, maxBodyBytes = 1_000_000 } = {}) =>
      fetchSnapshot(target, { signal, gate, maxBodyBytes }),
    close: connections.close,
  };
}

export function targetAt(
  address: string,
  firstDialect: Target['firstDialect'] = 'snapshot',
): Target {
  const endpoint = parseServerAddress(address);
  if (endpoint === undefined) throw new Error(`no address: ${address}`);
  return { address, endpoint, labels: {}, firstDialect };
}
