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
import { createAgentMetrics } from './selfMetrics.ts';
import type { AgentSettings } from './settings.ts';
import { compact } from './shape.ts';
import { createCpuPercent } from './usage/cpuPercent.ts';
import { createEngineUsage } from './usage/engine.ts';
import { parseUserPattern } from './userPattern.ts';

/** The agent put together, without a socket of its own. */
export interface Agent {
  readonly app: AgentApp;
  /** Asks the engine who it is, so that the log tells at once if there is none. Never rejects. */
  readonly lookAround: () => Promise<void>;
  /** Resolves when nothing is read in the background; for tests. */
  readonly idle: () => Promise<void>;
  readonly close: () => void;
}

export interface AgentParts {
  readonly settings: Pick<
    AgentSettings,
    'engineTimeout' | 'hostname' | 'userFromName' | 'cpuPercentOf' | 'disableMetrics'
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
  const usageSource = createEngineUsage({ engine, deadlineMs, steadyMs: clock.steadyMs });
  const details = createDetailsReader({ engine, clock, deadlineMs });
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
    ...{ engine, usageSource, details, clock, version, deadlineMs, hostname, report },
    cpuPercent: createCpuPercent(),
    agentId: identity.id,
    userOf: pattern?.ok === true ? pattern.userOf : undefined,
  });

  let last: Snapshot | undefined;
  const collect = async (): Promise<Snapshot> => {
    const startedMs = clock.steadyMs();
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
      report('engine', answer.ok ? undefined : answer.problem);
      if (answer.ok) {
        log.info('The engine answers.', { engine: engine.address(), host: hostname(answer.value) });
      }
    },
    idle: details.idle,
    close: engine.close,
  };
}
