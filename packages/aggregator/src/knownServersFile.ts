import { type DownReason, downReasons } from './downReason.ts';

/** What is remembered of one target. */
export interface Memory {
  /** The host name its agent last reported. */
  readonly hostname?: string;
  /** The agent’s own id. */
  readonly agentId?: string;
  /** When it last answered. ISO 8601, UTC. */
  readonly lastSeenAt?: string;
  /** How asking it ended the last time. */
  readonly outcome?: Outcome;
}

/** How asking an agent ended. */
export type Outcome = 'up' | DownReason;

export const outcomes: readonly Outcome[] = ['up', ...downReasons];

const FILE_VERSION = 1;

/** The file’s text. Addresses are values and not keys, so that none can be taken for a property. */
export function formatKnownServers(memories: ReadonlyMap<string, Memory>): string {
  const servers = [...memories].map(([address, memory]) => ({ address, ...memory }));
  return `${JSON.stringify({ version: FILE_VERSION, servers }, null, 1)}\n`;
}

/** The memories in a file’s text; undefined if it is not such a file, whole and valid. */
export function parseKnownServers(text: string): ReadonlyMap<string, Memory> | undefined {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(file) || file.version !== FILE_VERSION || !Array.isArray(file.servers)) {
    return undefined;
  }
  const memories = new Map<string, Memory>();
  for (const server of file.servers) {
    const entry = parseEntry(server);
    if (entry === undefined) return undefined;
    memories.set(...entry);
  }
  return memories;
}

function parseEntry(entry: unknown): [string, Memory] | undefined {
  if (!isRecord(entry)) return undefined;
  const { address, hostname, agentId, lastSeenAt, outcome } = entry;
  if (typeof address !== 'string') return undefined;
  if (!isTextOrAbsent(hostname) || !isTextOrAbsent(agentId) || !isTextOrAbsent(lastSeenAt)) {
    return undefined;
  }
  if (lastSeenAt !== undefined && Number.isNaN(Date.parse(lastSeenAt))) return undefined;
  const known = outcomes.find((one) => one === outcome);
  if (outcome !== undefined && known === undefined) return undefined;
  return [
    address,
    {
      ...(hostname !== undefined && { hostname }),
      ...(agentId !== undefined && { agentId }),
      ...(lastSeenAt !== undefined && { lastSeenAt }),
      ...(known !== undefined && { outcome: known }),
    },
  ];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
