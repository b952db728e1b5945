import type { Family } from '@docker-data-exporter/shared/families';
import { createSelfRegistry } from '@docker-data-exporter/shared/selfMetrics';
import type { Engine } from './engine.ts';
import type { EngineQuestion } from './engineQuestions.ts';

/** What the agent tells about itself on `/metrics`, beside the host's rows. */
export interface AgentMetrics {
  /** The engine, with every call counted by its outcome. */
  readonly counted: <E extends Engine>(engine: E) => E;
  readonly collected: (seconds: number) => void;
  readonly families: () => Promise<Family[]>;
}

export function createAgentMetrics(version: string): AgentMetrics {
  const own = createSelfRegistry({ name: 'agent', version });
  const calls = new Map<string, number>();
  let collections = 0;
  let lastSeconds: number | undefined;
  let load: Engine['load'] = () => ({ openSockets: 0, idleSockets: 0, waitingCalls: 0 });

  return {
    counted: (engine) => {
      load = engine.load;
      const ask = async <T>(question: EngineQuestion<T>, deadlineMs: number) => {
        const answer = await engine.ask(question, deadlineMs);
        const outcome = answer.ok ? 'ok' : answer.problem.code;
        calls.set(outcome, (calls.get(outcome) ?? 0) + 1);
        return answer;
      };
      return { ...engine, ask };
    },
    collected: (seconds) => {
      collections += 1;
      lastSeconds = seconds;
    },
    families: async () => [
      counter('agent_engine_calls', 'Questions to the engine, by outcome: ok or an error code.', [
        ...[...calls].map(([outcome, value]) => ({ labels: { outcome }, value })),
      ]),
      gauge('agent_engine_open_sockets', 'Open connections to the engine.', load().openSockets),
      counter('agent_collections', 'Collections made.', [{ labels: {}, value: collections }]),
      gauge('agent_collection_duration_seconds', 'Of the last collection.', lastSeconds),
      ...(await own.families()),
    ],
  };
}

function gauge(name: string, help: string, value: number | undefined): Family {
  return {
    name,
    type: 'gauge',
    help,
    samples: value === undefined ? [] : [{ name, labels: {}, value }],
  };
}

function counter(
  base: string,
  help: string,
  samples: readonly { labels: Readonly<Record<string, string>>; value: number }[],
): Family {
  const name = `${base}_total`;
  return { name, type: 'counter', help, samples: samples.map((sample) => ({ name, ...sample })) };
}
