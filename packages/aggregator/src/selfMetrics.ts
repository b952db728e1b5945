import type { Family, FamilySample } from '@docker-data-exporter/shared/families';
import { createSelfRegistry } from '@docker-data-exporter/shared/selfMetrics';
import { Counter, Gauge, Histogram } from 'prom-client';
import { outcomes } from './knownServersFile.ts';
import type { FanOut } from './scrape.ts';
import type { ServerState } from './serverState.ts';

/** What the aggregator says about itself. */
export interface AggregatorMetrics {
  readonly scraped: (fanOut: FanOut) => void;
  /** `unixMs` is when the configuration now in force was read. */
  readonly reloaded: (result: { readonly ok: boolean; readonly unixMs: number }) => void;
  /** All of it, with what the fan-out of this very page says about each server. */
  readonly families: (fanOut: FanOut) => Promise<readonly Family[]>;
}

export interface AggregatorMetricsParts {
  readonly version: string;
  /** Fan-outs that run now. */
  readonly runningScrapes: () => number;
}

export function createAggregatorMetrics(parts: AggregatorMetricsParts): AggregatorMetrics {
  const self = createSelfRegistry({ name: 'aggregator', version: parts.version });
  const registers = [self.registry];

  // A histogram, for a fan-out may be shared by several scrapers and none of them sees them all.
  const duration = new Histogram({
    name: 'aggregator_scrape_duration_seconds',
    help: 'From the first question to the last answer or the deadline, sending the reply left out.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const dropped = new Counter({
    name: 'aggregator_dropped_containers_total',
    help: 'Containers left out because their data did not fit the schema.',
    registers,
  });
  const reloadOk = new Gauge({
    name: 'aggregator_config_last_reload_successful',
    help: 'Whether the last attempt to load the configuration succeeded.',
    registers,
  });
  const reloadTime = new Gauge({
    name: 'aggregator_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration in force was loaded. Unix time.',
    registers,
  });
  new Gauge({
    name: 'aggregator_scrapes_in_flight',
    help: 'Rounds of asking all servers that run now.',
    registers,
    collect() {
      this.set(parts.runningScrapes());
    },
  });

  return {
    scraped: ({ seconds, droppedContainers }) => {
      duration.observe(seconds);
      dropped.inc(droppedContainers);
    },
    reloaded: ({ ok, unixMs }) => {
      reloadOk.set(ok ? 1 : 0);
      if (ok) reloadTime.set(unixMs / 1000);
    },
    families: async (fanOut) => [...serverFamilies(fanOut.servers), ...(await self.families())],
  };
}

/**
 * Built from the servers of one page and not kept in gauges, which lose series when two pages are
 * made at a time, and keep those of servers that are gone.
 */
function serverFamilies(servers: readonly ServerState[]): readonly Family[] {
  const perServer = (facts: Omit<Family, 'samples' | 'type'>, value: ServerValue): Family => ({
    ...facts,
    type: 'gauge',
    samples: servers.flatMap((server): FamilySample[] => {
      const { name } = facts;
      const labels = { server_hostname: server.view.hostname };
      const found = value(server);
      return found === undefined ? [] : [{ name, labels, value: found }];
    }),
  });

  return [
    outcomeFamily(servers),
    perServer(
      {
        name: 'aggregator_server_scrape_duration_seconds',
        help: 'How long the agent of this server took to answer, or to fail.',
      },
      ({ result }) => result.seconds,
    ),
    perServer(
      {
        name: 'aggregator_server_last_seen_timestamp_seconds',
        help: 'When the agent of this server last answered; remembered over restarts. Unix time.',
      },
      ({ memory }) =>
        memory.lastSeenAt === undefined ? undefined : Date.parse(memory.lastSeenAt) / 1000,
    ),
    conflictFamily(servers),
  ];
}

type ServerValue = (server: ServerState) => number | undefined;

function outcomeFamily(servers: readonly ServerState[]): Family {
  const name = 'aggregator_agents';
  const counts = new Map(outcomes.map((outcome) => [outcome, 0]));
  for (const { result } of servers) {
    const outcome = result.ok ? 'up' : result.reason;
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return {
    name,
    type: 'gauge',
    help: 'Agents by how asking them ended: up, or the reason why there is no data.',
    samples: [...counts].map(([outcome, value]) => ({ name, labels: { outcome }, value })),
  };
}

function conflictFamily(servers: readonly ServerState[]): Family {
  const name = 'aggregator_server_identity_conflict';
  return {
    name,
    type: 'gauge',
    help: 'Always 1; there if two servers would have one name (hostname_conflict), or if one agent answers under several addresses (listed_twice).',
    samples: servers.flatMap(({ view, flags }) =>
      flags.map((kind) => ({ name, labels: { server_hostname: view.hostname, kind }, value: 1 })),
    ),
  };
}
