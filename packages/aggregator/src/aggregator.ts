import { createChangeLog } from '@docker-data-exporter/shared/changeLog';
import type { Problem } from '@docker-data-exporter/shared/errors';
import type { Logger } from '@docker-data-exporter/shared/log';
import { createReloader, type ReloadOutcome } from '@docker-data-exporter/shared/reload';
import { openSecretFile } from '@docker-data-exporter/shared/secretFile';
import type { LoadedSettings, LoadResult } from '@docker-data-exporter/shared/settings';
import type { StateDir } from '@docker-data-exporter/shared/stateDir';
import type { AggregatorApp } from './app.ts';
import type { Clock } from './clock.ts';
import { createConnections } from './connections.ts';
import { createDialects } from './dialects.ts';
import { createDnsCache } from './dnsCache.ts';
import { createFetchSnapshot } from './fetchSnapshot.ts';
import { openKnownServers, STATE_SUBJECT } from './knownServers.ts';
import { createPlan } from './plan.ts';
import { createScraper } from './scrape.ts';
import { scrapeDeadlineMs } from './scrapeDeadline.ts';
import { createAggregatorMetrics } from './selfMetrics.ts';
import { createServerLog } from './serverLog.ts';
import { type AggregatorTable, aggregatorSettings } from './settings.ts';
import type { Target } from './targets/target.ts';

/** The aggregator put together, without a socket of its own. */
export interface Aggregator {
  readonly app: AggregatorApp;
  readonly reload: () => Promise<ReloadOutcome>;
  /** Writes what was learnt and lets go of all agents. */
  readonly close: () => Promise<void>;
}

export interface AggregatorParts {
  readonly loaded: LoadedSettings<AggregatorTable>;
  readonly load: () => LoadResult<AggregatorTable>;
  readonly version: string;
  readonly stateDir: StateDir;
  /** Why the state directory cannot be used, if so. */
  readonly stateProblem?: Problem | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The status page and the JSON beside it ask anew when their data is older. */
const FRESH_MS = 10_000;

/** Rejects with a coded error if it cannot start. */
export async function createAggregator(parts: AggregatorParts): Promise<Aggregator> {
  const { loaded, load, version, stateDir, clock, log } = parts;
  const changes = createChangeLog(log);
  changes.report(STATE_SUBJECT, parts.stateProblem);
  const openToken = (path: string) =>
    openSecretFile(path, { onProblem: (found) => changes.report(`token file ${path}`, found) });

  let plan = await createPlan({ settings: loaded.settings, openToken });
  let targets = targetsNow();

  const known = await openKnownServers({ stateDir, clock, changes });
  const dialects = createDialects(clock);
  const connections = createConnections({
    dns: createDnsCache(),
    connectTimeoutMs: () => plan.settings.connectTimeout,
  });
  const serverLog = createServerLog(changes);
  const scraper = createScraper({
    targets: () => targets,
    limits: () => plan.settings,
    fetchSnapshot: createFetchSnapshot({
      ...{ connections, dialects, clock },
      tokenFor: (target) => plan.tokenFor(target),
      userAgent: `dde-aggregator/${version}`,
    }),
    known,
    clock,
    onFanOut: (fanOut) => {
      metrics.scraped(fanOut);
      serverLog.scraped(fanOut);
    },
  });
  const metrics = createAggregatorMetrics({ version, runningScrapes: scraper.running });
  metrics.reloaded({ ok: true, unixMs: clock.unixMs() });

  const retarget = () => {
    targets = targetsNow();
    known.retain(targets.map(({ address }) => address));
    dialects.retain(targets);
    connections.retain(targets.map(({ endpoint }) => endpoint));
  };
  retarget();

  const reloadSettings = createReloader({
    table: aggregatorSettings,
    ...{ log, loaded, load },
    apply: async ({ settings }) => {
      plan = await createPlan({ settings, openToken });
      retarget();
    },
  });
  const reload = async () => {
    const outcome = await reloadSettings();
    metrics.reloaded({ ok: outcome.ok, unixMs: clock.unixMs() });
    return outcome;
  };

  return {
    app: {
      version,
      log,
      reload,
      scrape: (header) => scraper.scrape(scrapeDeadlineMs(header, plan.settings)),
      recent: () => scraper.recent(FRESH_MS, scrapeDeadlineMs(undefined, plan.settings)),
      exposition: () => plan.exposition,
      ownFamilies: metrics.families,
      maxScrapes: () => plan.settings.maxScrapes,
    },
    reload,
    close: async () => {
      await connections.close();
      await known.close();
    },
  };

  function targetsNow(): readonly Target[] {
    return plan.discoveries.flatMap((discovery) => discovery.targets());
  }
}
