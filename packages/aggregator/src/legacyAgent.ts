import {
  type ContainerSnapshot,
  type DockerFacts,
  SCHEMA_VERSION,
  type Snapshot,
} from '@docker-data-exporter/shared/snapshot';

/** What the earlier project’s agent answered, as a snapshot; or why it is none. */
export type ParsedLegacy =
  { ok: true; snapshot: Snapshot; droppedContainers: number } | { ok: false; detail: string };

/** In place of a version: these agents do not tell theirs. */
export const LEGACY_AGENT_VERSION = 'get-data';

/**
 * Maps the answer of `GET /get-data` to a snapshot. What is missing or makes no sense becomes absent;
 * a container without id, name and state, or with the name of an earlier one, is left out and counted.
 *
 * @param takenAt when it was asked: these agents do not tell the time. ISO 8601, UTC.
 */
export function parseLegacy(value: unknown, takenAt: string): ParsedLegacy {
  const hostname = textOf(value, 'hostname');
  const running = fieldOf(value, 'docker-running');
  if (hostname === undefined || hostname === '') {
    return { ok: false, detail: '/hostname must be text' };
  }
  if (typeof running !== 'boolean') {
    return { ok: false, detail: '/docker-running must be true or false' };
  }
  const listed = running ? fieldOf(value, 'containers') : [];
  if (!Array.isArray(listed)) return { ok: false, detail: '/containers must be a list' };
  const containers = new Map<string, ContainerSnapshot>();
  for (const candidate of listed) {
    const container = containerOf(candidate);
    if (container !== undefined && !containers.has(container.name)) {
      containers.set(container.name, container);
    }
  }
  return {
    ok: true,
    snapshot: {
      schemaVersion: SCHEMA_VERSION,
      takenAt,
      // No id: two of these agents are told apart by their address only.
      agent: { id: '', version: LEGACY_AGENT_VERSION },
      host: { hostname },
      docker: running ? dockerOf(value) : { running },
      collectors: [],
      containers: [...containers.values()],
    },
    droppedContainers: listed.length - containers.size,
  };
}

function dockerOf(value: unknown): DockerFacts {
  const version = textOf(value, 'docker-version');
  // "24.0.4 (build 3713ee1)"
  const parts = /^(?<number>\S+) \(build (?<build>[^)]*)\)$/.exec(version ?? '')?.groups;
  const swarmActive = fieldOf(value, 'swarm-mode');
  return present({
    running: true,
    version: parts?.number ?? version,
    gitCommit: parts?.build,
    swarmActive: typeof swarmActive === 'boolean' ? swarmActive : undefined,
    images: countOf(value, 'image-count'),
    containers: countOf(value, 'total-container-count'),
    containersRunning: countOf(value, 'running-container-count'),
  });
}

function containerOf(value: unknown): ContainerSnapshot | undefined {
  const id = textOf(value, 'id') ?? '';
  const name = textOf(value, 'name') ?? '';
  const state = textOf(value, 'state');
  if (id.length < 12 || id.length > 64 || name === '' || name.length > 1024) return undefined;
  if (state === undefined) return undefined;
  // These agents report 0 where a container has no usage because it does not run.
  const usage = state === 'running' || state === 'paused' ? usageOf(value) : {};
  return present({
    id,
    name,
    image: textOf(value, 'image') ?? '',
    imageTag: textOf(value, 'image-label') ?? '',
    user: textOf(value, 'user'),
    createdAt: timeOf(value, 'created-at'),
    state,
    status: textOf(value, 'status') ?? '',
    ...usage,
  });
}

type Usage = Pick<ContainerSnapshot, 'cpu' | 'memory' | 'network' | 'blockIo'>;

function usageOf(value: unknown): Usage {
  const hostPercent = percentOf(value, 'cpu-percent');
  const percent = percentOf(value, 'mem-percent');
  const receiveBytes = countOf(value, 'network-bytes-in');
  const transmitBytes = countOf(value, 'network-bytes-out');
  const readBytes = countOf(value, 'block-bytes-in');
  const writeBytes = countOf(value, 'block-bytes-out');
  return {
    ...(hostPercent !== undefined && { cpu: { hostPercent } }),
    ...(percent !== undefined && { memory: { percent } }),
    ...(receiveBytes !== undefined &&
      transmitBytes !== undefined && { network: { receiveBytes, transmitBytes } }),
    ...(readBytes !== undefined &&
      writeBytes !== undefined && { blockIo: { readBytes, writeBytes } }),
  };
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

function textOf(value: unknown, key: string): string | undefined {
  const text = fieldOf(value, key);
  return typeof text === 'string' ? text : undefined;
}

function countOf(value: unknown, key: string): number | undefined {
  const count = fieldOf(value, key);
  return typeof count === 'number' && Number.isFinite(count) && count >= 0 ? count : undefined;
}

/** These agents divided by what they measured a moment before: a little above 100 is rounding. */
function percentOf(value: unknown, key: string): number | undefined {
  const percent = countOf(value, key);
  return percent === undefined || percent > 110 ? undefined : Math.min(percent, 100);
}

/** Unix seconds as ISO 8601; 0 and times nobody writes are absent. */
function timeOf(value: unknown, key: string): string | undefined {
  const seconds = countOf(value, key);
  if (seconds === undefined || seconds < 1 || seconds > 32_503_680_000) return undefined;
  return new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The record without the fields that are undefined. */
function present<T extends object>(record: T): Present<T> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  // Safe: exactly the fields that may be undefined are left out where they are.
  return Object.fromEntries(entries) as Present<T>;
}
