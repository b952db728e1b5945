import { formatPlace } from './targets/serverAddress.ts';
import type { FanOut } from './scrape.ts';
import type { IdentityFlag, ServerState } from './serverState.ts';

/** One entry of `GET /api/servers`. Nothing in it is secret. */
export interface ListedServer {
  readonly hostname: string;
  /** `HOST:PORT` its data came from, or would have come from. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly online: boolean;
  /** Why it is not online, from a closed set. */
  readonly reason?: string;
  /** The same for people. */
  readonly detail?: string;
  /** When it last answered. ISO 8601, UTC. */
  readonly lastSeen?: string;
  /** How long asking it took. */
  readonly scrapeSeconds: number;
  readonly agentVersion?: string;
  readonly operatingSystem?: string;
  readonly docker?: { readonly running: boolean; readonly version?: string };
  readonly containers?: number;
  readonly containersRunning?: number;
  readonly images?: number;
  /** What makes its identity doubtful. */
  readonly flags: readonly IdentityFlag[];
  /** All addresses under which its agent answers, if there are several. */
  readonly addresses?: readonly string[];
}

export function listServers({ servers }: FanOut): readonly ListedServer[] {
  return servers.map(listServer);
}

function listServer({ view, target, addresses, result, memory, flags }: ServerState): ListedServer {
  const { hostname, labels, snapshot } = view;
  const { lastSeenAt } = memory;
  return {
    hostname,
    address: target.address,
    labels,
    online: result.ok,
    ...(!result.ok && { reason: result.reason, detail: result.detail }),
    ...(lastSeenAt !== undefined && { lastSeen: lastSeenAt }),
    scrapeSeconds: Math.round(result.seconds * 1000) / 1000,
    ...(snapshot !== undefined && factsOf(snapshot)),
    flags,
    ...(addresses.length > 1 && { addresses }),
  };
}

type Facts = Pick<
  ListedServer,
  'agentVersion' | 'operatingSystem' | 'docker' | 'containers' | 'containersRunning' | 'images'
>;

function factsOf({ agent, host, docker }: NonNullable<ServerState['view']['snapshot']>): Facts {
  const { operatingSystem } = host;
  const { running, version, containers, containersRunning, images } = docker;
  return {
    agentVersion: agent.version,
    ...(operatingSystem !== undefined && { operatingSystem }),
    docker: { running, ...(version !== undefined && { version }) },
    ...(containers !== undefined && { containers }),
    ...(containersRunning !== undefined && { containersRunning }),
    ...(images !== undefined && { images }),
  };
}

/** One group of Prometheus’ HTTP service discovery. */
export interface SdGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * All agents as Prometheus’ `http_sd_configs` wants them, one group each, so that they can be scraped
 * directly under the names they have here. Agents of the earlier project have no metrics to scrape.
 */
export function sdGroups({ servers }: FanOut): readonly SdGroup[] {
  return servers.filter(hasMetrics).map(({ view, target }) => ({
    targets: [formatPlace(target.endpoint)],
    labels: {
      ...view.labels,
      server_hostname: view.hostname,
      instance: view.hostname,
      ...(target.endpoint.protocol === 'https:' && { __scheme__: 'https' }),
    },
  }));
}

function hasMetrics({ result, target }: ServerState): boolean {
  return (result.ok ? result.dialect : target.firstDialect) === 'snapshot';
}
