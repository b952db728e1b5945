import type { ChangeLog } from '@docker-data-exporter/shared/changeLog';
import { problem, problemsOf } from '@docker-data-exporter/shared/errors';
import type { StateDir } from '@docker-data-exporter/shared/stateDir';
import { type Clock, isoTime } from './clock.ts';
import type { FetchResult } from './fetchSnapshot.ts';
import { formatKnownServers, type Memory, parseKnownServers } from './knownServersFile.ts';

/**
 * What was learnt about servers, kept over restarts: a server that is down when the aggregator starts
 * still has its name.
 */
export interface KnownServers {
  readonly get: (address: string) => Memory | undefined;
  readonly learn: (address: string, result: FetchResult) => void;
  /** Forgets all other addresses. */
  readonly retain: (addresses: readonly string[]) => void;
  /**
   * Writes what is due: at once if a server was told apart anew, else once a minute at most. Never
   * rejects: where it cannot write it warns and goes on.
   */
  readonly save: () => Promise<void>;
  /** Writes whatever is not written yet. */
  readonly close: () => Promise<void>;
}

export interface KnownServersParts {
  readonly stateDir: StateDir;
  readonly clock: Clock;
  readonly changes: ChangeLog;
}

/** Under this the change log knows whether state can be written. */
export const STATE_SUBJECT = 'state directory';

const FILE_NAME = 'known-servers.json';
const WRITE_INTERVAL_MS = 60_000;

/** Reads the memory from the state directory. A file that makes no sense is set aside. */
export async function openKnownServers(parts: KnownServersParts): Promise<KnownServers> {
  const { stateDir, clock, changes } = parts;
  const memories = new Map<string, Memory>(await readMemories(parts));
  let change: 'none' | 'seen' | 'identity' = 'none';
  let lastWriteMs = -Infinity;

  const write = async () => {
    change = 'none';
    lastWriteMs = clock.steadyMs();
    try {
      await stateDir.write(FILE_NAME, formatKnownServers(memories));
      changes.report(STATE_SUBJECT, undefined);
    } catch (error) {
      // What was to be written waits for the next minute: a full disk may have room again.
      change = 'seen';
      changes.report(STATE_SUBJECT, problemsOf(error)[0]);
    }
  };

  return {
    get: (address) => memories.get(address),
    learn: (address, result) => {
      const before = memories.get(address) ?? {};
      const after = afterResult(before, result, clock);
      memories.set(address, after);
      const isRenamed = before.hostname !== after.hostname || before.agentId !== after.agentId;
      if (isRenamed) change = 'identity';
      else if (change === 'none') change = 'seen';
    },
    retain: (addresses) => {
      const kept = new Set(addresses);
      for (const address of [...memories.keys()]) {
        if (kept.has(address)) continue;
        memories.delete(address);
        if (change === 'none') change = 'seen';
      }
    },
    save: async () => {
      const isDue = clock.steadyMs() - lastWriteMs >= WRITE_INTERVAL_MS;
      if (change === 'identity' || (change === 'seen' && isDue)) await write();
    },
    close: async () => {
      if (change !== 'none') await write();
    },
  };
}

async function readMemories({ stateDir, changes }: KnownServersParts) {
  const text = await stateDir.read(FILE_NAME);
  if (text === undefined) return undefined;
  const memories = parseKnownServers(text);
  if (memories === undefined) {
    await stateDir.setAside(FILE_NAME);
    const message = `${FILE_NAME} makes no sense; it is now ${FILE_NAME}.corrupt.`;
    changes.report('state file', problem('state-file-corrupt', message, { file: stateDir.path }));
  }
  return memories;
}

function afterResult(before: Memory, result: FetchResult, clock: Clock): Memory {
  if (!result.ok) return { ...before, outcome: result.reason };
  const { agent, host } = result.snapshot;
  return {
    hostname: host.hostname,
    ...(agent.id !== '' && { agentId: agent.id }),
    lastSeenAt: isoTime(clock.unixMs()),
    outcome: 'up',
  };
}
