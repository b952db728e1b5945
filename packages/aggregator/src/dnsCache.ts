import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { setTimeout as wait } from 'node:timers/promises';
import pLimit from 'p-limit';

export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface DnsCache {
  /** Rejects as `dns.lookup` does, but only for a name that never could be resolved. */
  readonly resolve: Resolve;
}

export interface DnsCacheOptions {
  readonly resolve?: Resolve;
  /** A name that was resolved before waits this long for a newer answer, then takes the last one. */
  readonly patienceMs?: number;
}

/**
 * Look-ups share Node’s few threads with files and compression, and a dead resolver holds each of
 * them for seconds. More at a time would stop the service for reasons nobody would look for here.
 */
const LOOKUPS_AT_A_TIME = 2;

const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true, order: 'verbatim' });

/**
 * Resolves names to addresses and keeps the last good answer, so that a resolver that is down or slow
 * takes no server away that was reached before. Names are only asked for when a connection is made.
 */
export function createDnsCache({
  resolve = systemResolve,
  patienceMs = 200,
}: DnsCacheOptions = {}): DnsCache {
  const lastGood = new Map<string, readonly LookupAddress[]>();
  const running = new Map<string, Promise<readonly LookupAddress[]>>();
  const limit = pLimit(LOOKUPS_AT_A_TIME);

  const ask = (hostname: string) => {
    const asked = running.get(hostname);
    if (asked !== undefined) return asked;
    const asking = limit(() => resolve(hostname))
      .then((addresses) => {
        lastGood.set(hostname, addresses);
        return addresses;
      })
      .finally(() => running.delete(hostname));
    running.set(hostname, asking);
    return asking;
  };

  return {
    resolve: (hostname) => {
      const asking = ask(hostname);
      const known = lastGood.get(hostname);
      if (known === undefined) return asking;
      return Promise.race([asking.catch(() => known), wait(patienceMs, known, { ref: false })]);
    },
  };
}
