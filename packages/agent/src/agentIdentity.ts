import { createHash, randomUUID } from 'node:crypto';
import { isCodedError, problem } from '@docker-data-exporter/shared/errors';
import type { Logger } from '@docker-data-exporter/shared/log';
import type { StateDir } from '@docker-data-exporter/shared/stateDir';
import { compact, objectOf, textOf } from './shape.ts';

const FILE = 'agent.json';

/** Who the agent is: an id that survives restarts and new addresses, and its host's last name. */
export interface AgentIdentity {
  /** A UUID. Made once and kept; where nothing can be kept, the same again for the same engine. */
  readonly id: () => string;
  /** The host's name as the engine last told it, also if that was before a restart. */
  readonly hostname: () => string | undefined;
  /** Takes in what the engine told. Resolves when it is written; never rejects. */
  readonly learn: (facts: EngineIdentity) => Promise<void>;
}

export interface EngineIdentity {
  readonly engineId?: string;
  readonly hostname: string;
}

interface Kept {
  readonly agentId: string;
  readonly hostname?: string;
}

export async function openAgentIdentity(options: {
  readonly stateDir: StateDir;
  readonly log: Logger;
}): Promise<AgentIdentity> {
  const { stateDir, log } = options;
  const text = await stateDir.read(FILE);
  const found = text === undefined ? undefined : parseKept(text);
  if (text !== undefined && found === undefined) {
    await stateDir.setAside(FILE);
    const message = `${FILE} is not valid; the agent gets a new id.`;
    log.problem(problem('state-file-corrupt', message, { file: stateDir.path }));
  }
  let kept: Kept = found ?? { agentId: randomUUID() };
  let isWritten = found !== undefined;

  const write = async (next: Kept): Promise<void> => {
    kept = next;
    try {
      await stateDir.write(FILE, `${JSON.stringify(next)}\n`);
      isWritten = true;
    } catch (error) {
      // The state directory was reported when it was opened; it may have become unwritable since.
      log.debug('The agent’s state could not be written.', {
        code: isCodedError(error) ? error.code : 'internal',
      });
    }
  };
  if (!isWritten) await write(kept);

  return {
    id: () => kept.agentId,
    hostname: () => kept.hostname,
    learn: async ({ engineId, hostname }) => {
      const agentId =
        isWritten || engineId === undefined ? kept.agentId : derivedId(engineId, hostname);
      if (kept.hostname === hostname && kept.agentId === agentId) return;
      await write({ agentId, hostname });
    },
  };
}

/** A UUID (version 8: made by a rule of our own) that is the same for the same engine and host. */
export function derivedId(engineId: string, hostname: string): string {
  const hex = createHash('sha256').update(`${engineId}\n${hostname}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function parseKept(text: string): Kept | undefined {
  try {
    const value = objectOf(JSON.parse(text));
    const agentId = textOf(value?.agentId);
    if (agentId === undefined || !UUID.test(agentId)) return undefined;
    return compact({ agentId, hostname: textOf(value?.hostname) });
  } catch {
    return undefined;
  }
}
