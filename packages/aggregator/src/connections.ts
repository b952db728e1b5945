import { type Dispatcher, Pool } from 'undici';
import { createConnector } from './connector.ts';
import type { DnsCache } from './dnsCache.ts';
import { originOf, type ServerAddress } from './targets/serverAddress.ts';

/** The way to one agent: kept open between scrapes. */
export interface Connection {
  /** Sends a request when a socket is free. */
  readonly dispatch: (
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ) => void;
  /** Nobody waits any more for what is being connected. */
  readonly giveUp: () => void;
}

export interface Connections {
  /** The connection to an address; made when it is first asked for. */
  readonly to: (address: ServerAddress) => Connection;
  /** Closes those to any other address. */
  readonly retain: (addresses: readonly ServerAddress[]) => void;
  readonly close: () => Promise<void>;
}

/** A second one only while two scrapes with different deadlines overlap. */
const SOCKETS_PER_AGENT = 2;

/** Longer than any sensible scrape interval; an agent that says less in its header is believed. */
const KEEP_ALIVE_MS = 600_000;

const MAX_HEADER_BYTES = 16_384;

export function createConnections(parts: {
  readonly dns: DnsCache;
  readonly connectTimeoutMs: () => number;
}): Connections {
  const open = new Map<string, Connection & { readonly pool: Pool }>();

  const make = (origin: string) => {
    const connector = createConnector(parts);
    const pool = new Pool(origin, {
      connect: connector.connect,
      connections: SOCKETS_PER_AGENT,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The caller’s deadline is the only one: undici’s own timers fire half a second late.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return {
      pool,
      dispatch: pool.dispatch.bind(pool),
      giveUp: connector.giveUp,
    };
  };

  return {
    to: (address) => {
      const origin = originOf(address);
      const connection = open.get(origin) ?? make(origin);
      open.set(origin, connection);
      return connection;
    },
    retain: (addresses) => {
      const kept = new Set(addresses.map(originOf));
      for (const [origin, { pool, giveUp }] of open) {
        if (kept.has(origin)) continue;
        open.delete(origin);
        // A scrape that still runs with the old list may finish.
        void pool.close().then(giveUp, giveUp);
      }
    },
    close: async () => {
      const pools = [...open.values()];
      open.clear();
      for (const { giveUp } of pools) giveUp();
      await Promise.all(pools.map(({ pool }) => pool.destroy()));
    },
  };
}
