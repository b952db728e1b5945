import { createChangeLog } from '@docker-data-exporter/shared/changeLog';
import { createExposition } from '@docker-data-exporter/shared/exposition';
import type { Logger } from '@docker-data-exporter/shared/log';
import { rowsWithout } from '@docker-data-exporter/shared/metrics';
import type { Snapshot } from '@docker-data-exporter/shared/snapshot';
import type { AgentIdentity } from './agentIdentity.ts';
import type { AgentApp } from './app.ts';
import type { Clock } from './clock.ts';
import { createCollection } from './collect.ts';
import { createDetailsReader } from './collectors/details.ts';
import { createEngine } from './engine.ts';
import type { InfoAnswer } from './engineAnswers.ts';
import type { Discovery } from './engineEndpoint.ts';
import { askInfo } from './engineQuestions.ts';
import { type EventFeed, followEngineEvents } from './events.ts';
import { createInventory } from './inventory.ts';
import { createKeptEngineFacts } from './keptEngineFacts.ts';
import { createLifecycleCounters } from './lifecycle.ts';
import { createAgentMetrics } from './selfMetrics.ts';
import type { AgentSettings } from './settings.ts';
import { compact } from './shape.ts';
import { createCpuPercent } from './usage/cpuPercent.ts';
import { createConfiguredUsage } from './usage/configuredUsage.ts';
import { parseUserPattern } from './userPattern.ts';

/** The agent put together, without a socket of its own. */
export interface Agent {
  readonly app: AgentApp;
  /**
   * Asks the engine who it is, so that the log tells at once if there is none, and begins to listen
   * to its events. Never rejects.
   */
  readonly lookAround: () => Promise<void>;
  /** Resolves when nothing is read in the background; for tests. */
  readonly idle: () => Promise<void>;
  readonly close: () => void;
}

export interface AgentParts {
  readonly settings: Pick<
    AgentSettings,
    | 'engineTimeout'
    | 'hostname'
    | 'userFromName'
    | 'cpuPercentOf'
    | 'disableMetrics'
    | 'relistEvery'
    | 'engineFactsAge'
    | 'lifecycleNames'
    | 'usageSource'
    | 'cgroupRoot'
    | 'procRoot'
  >;
  readonly version: string;
  readonly discover: () => Promise<Discovery>;
  readonly identity: AgentIdentity;
  /** The name of the machine, or of the container, the agent runs in: better than none. */
  readonly ownHostname: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createAgent(parts: AgentParts): Agent {
  const { settings, version, discover, identity, clock, log } = parts;
  const deadlineMs = settings.engineTimeout;
  const metrics = createAgentMetrics(version);
  const engine = metrics.counted(createEngine({ discover }));
  const usage = createConfiguredUsage({
    ...{ setting: settings.usageSource, engine, deadlineMs, clock },
    ...{ cgroupRoot: settings.cgroupRoot, procRoot: settings.procRoot },
  });
  const usageSource = usage.source;
  const details = createDetailsReader({ engine, clock, deadlineMs });
  const lifecycle = createLifecycleCounters({
    maxNames: settings.lifecycleNames,
    startedUnixMs: clock.unixMs(),
  });
  const isConnected = (): boolean => events.isConnected();
  const relistEveryMs = settings.relistEvery;
  const inventory = createInventory({ clock, details, relistEveryMs, isConnected });
  const engineFacts = createKeptEngineFacts({
    ...{ engine, clock, deadlineMs, maxAgeMs: settings.engineFactsAge, isConnected },
    changes: inventory.engineChanges,
  });
  const events: EventFeed = followEngineEvents(
    { engine, clock, deadlineMs },
    {
      onEvent: (event) => {
        lifecycle.heed(event);
        inventory.heed(event);
      },
      onUnsure: () => {
        inventory.distrust();
        usage.reprove();
      },
    },
  );
  const pattern =
    settings.userFromName === undefined ? undefined : parseUserPattern(settings.userFromName);
  const { report } = createChangeLog(log);

  const hostname = (info: InfoAnswer | undefined): string => {
    if (info?.hostname !== undefined) {
      void identity.learn(compact({ engineId: info.id, hostname: info.hostname }));
    }
    return settings.hostname ?? info?.hostname ?? identity.hostname() ?? parts.ownHostname;
  };

  const collection = createCollection({
    ...{ engine, usageSource, details, events, inventory, engineFacts, lifecycle },
    ...{ clock, version, deadlineMs, hostname, report },
    cpuPercent: createCpuPercent(),
    agentId: identity.id,
    userOf: pattern?.ok === true ? pattern.userOf : undefined,
  });

  let last: Snapshot | undefined;
  const collect = async (): Promise<Snapshot> => {
    const startedMs = clock.steadyMs();
    events.begin();
    const snapshot = await collection.collect();
    // Of those who share a collection, the first is here first.
    if (snapshot !== last) metrics.collected((clock.steadyMs() - startedMs) / 1000);
    last = snapshot;
    return snapshot;
  };

  return {
    app: {
      collect,
      landing: () => ({
        version,
        hostname: hostname(undefined),
        usageSource: usageSource.name,
        docker: last?.docker,
      }),
      exposition: createExposition(rowsWithout(settings.disableMetrics), {
        metrics: { cpuPercentOf: settings.cpuPercentOf },
      }),
      ownFamilies: metrics.families,
    },
    lookAround: async () => {
      const answer = await engine.ask(askInfo, deadlineMs);
      events.begin();
      report('engine', answer.ok ? undefined : answer.problem);
      if (answer.ok) {
        log.info('The engine answers.', { engine: engine.address(), host: hostname(answer.value) });
      }
    },
    idle: details.idle,
    close: () => {
      events.close();
      details.close();
      usage.close();
      engine.close();
    },
  };
}
