import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';

/**
 * The JSON an agent answers on `GET /snapshot`: everything it knows about one host at one moment.
 *
 * The schema is versioned and additive: fields are only ever added, unknown fields are ignored, and
 * a reader refuses only a `schemaVersion` it does not know. What could not be read is absent, never 0.
 */
export const SCHEMA_VERSION = 1;

const bytes = (description: string) => Type.Number({ minimum: 0, description });
const count = (description: string) => Type.Number({ minimum: 0, description });
const seconds = (description: string) => Type.Number({ minimum: 0, description });
const text = (description: string) => Type.String({ description });
const time = (description: string) =>
  Type.String({ description: `${description} ISO 8601, UTC.`, maxLength: 40 });
const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);

const Fault = Type.Object(
  {
    code: text('A stable code of docs/ERRORS.md.'),
    message: text('One sentence for people.'),
  },
  { description: 'Why something is missing.' },
);

const Agent = Type.Object({
  id: text('The agent’s own id: made once, kept in its state directory. Survives a new address.'),
  version: text('Version of the agent.'),
  usageSource: optional(text('Where usage numbers come from: engine, cgroup or mixed.')),
});

const Host = Type.Object({
  hostname: text('The host’s name (the engine’s, so that an agent in a container tells it too).'),
  operatingSystem: optional(text('For people, such as "Debian GNU/Linux 12 (bookworm)".')),
  kernelVersion: optional(text('Kernel release.')),
  architecture: optional(text('Machine architecture, such as x86_64.')),
  cpus: optional(count('Logical CPUs the engine sees.')),
  memoryBytes: optional(bytes('Physical memory.')),
});

const Docker = Type.Object({
  running: Type.Boolean({ description: 'Whether the engine answered.' }),
  fault: optional(Fault),
  product: optional(text('docker or podman.')),
  version: optional(text('Engine version.')),
  gitCommit: optional(text('Commit the engine was built from.')),
  apiVersion: optional(text('Highest API version the engine speaks.')),
  engineId: optional(text('The engine’s own id; cloned machines may share it.')),
  swarmActive: optional(Type.Boolean({ description: 'The engine is part of a swarm.' })),
  images: optional(count('Images, as `docker info` counts them.')),
  containers: optional(count('Containers in any state.')),
  containersRunning: optional(count('Running containers.')),
  cgroupVersion: optional(text('1 or 2.')),
  cgroupDriver: optional(text('cgroupfs, systemd or none.')),
  storageDriver: optional(text('Storage driver.')),
});

const Cpu = Type.Object({
  usageSeconds: optional(seconds('CPU time used since the container started. A counter.')),
  hostPercent: optional(
    Type.Number({
      minimum: 0,
      maximum: 100,
      description:
        'Share of all CPUs of the host between two readings of the agent, at least 1 s apart.',
    }),
  ),
});

const Memory = Type.Object({
  usageBytes: optional(
    bytes('Memory in use by the rule of `docker stats`: without inactive page cache.'),
  ),
  limitBytes: optional(bytes('The container’s limit, or the host’s memory if it has none.')),
  percent: optional(
    Type.Number({ minimum: 0, maximum: 100, description: 'usageBytes of limitBytes.' }),
  ),
});

const Network = Type.Object({
  receiveBytes: bytes('Received over all interfaces. A counter.'),
  transmitBytes: bytes('Sent over all interfaces. A counter.'),
});

const BlockIo = Type.Object({
  readBytes: bytes('Read from block devices. A counter.'),
  writeBytes: bytes('Written to block devices. A counter.'),
});

const Pids = Type.Object({
  current: count('Processes and threads.'),
  limit: optional(count('Allowed at most; absent if unlimited.')),
});

export const CONTAINER_STATES = [
  'created',
  'restarting',
  'running',
  'removing',
  'paused',
  'exited',
  'dead',
] as const;

const Container = Type.Object({
  id: Type.String({ minLength: 12, maxLength: 64, description: 'Full id, 64 hex digits.' }),
  name: Type.String({ minLength: 1, maxLength: 1024, description: 'Name without a slash.' }),
  image: text('Image reference without tag and digest.'),
  imageTag: text('The tag; "" means none was named (latest).'),
  imageId: optional(text('Image id.')),
  user: optional(text('Configured user, root if none; absent until it was read once.')),
  createdAt: optional(time('When it was created.')),
  state: text(`One of ${CONTAINER_STATES.join(', ')}; podman has further ones.`),
  status: text('As `docker ps` prints it.'),
  health: optional(text('starting, healthy or unhealthy; absent without a health check.')),
  exitCode: optional(Type.Integer({ description: 'Of the last run, if it ended.' })),
  startedAt: optional(time('When it was last started.')),
  finishedAt: optional(time('When it last ended.')),
  restartCount: optional(count('How often its restart policy has started it again.')),
  oomKilled: optional(Type.Boolean({ description: 'Its last run was ended for want of memory.' })),
  cpu: optional(Cpu),
  memory: optional(Memory),
  network: optional(Network),
  blockIo: optional(BlockIo),
  pids: optional(Pids),
  unread: optional(
    Type.Array(Type.Object({ part: text('What is missing, such as usage.'), fault: Fault }), {
      description: 'What could not be read, and why.',
    }),
  ),
});

const ContainerLifecycle = Type.Object({
  // No control characters, which label values lose: two names must not become one.
  name: Type.String({
    minLength: 1,
    maxLength: 1024,
    pattern: '^[^\\u0000-\\u001f\\u007f]+$',
    description: 'Name of the containers this is about, without a slash.',
  }),
  starts: count('Starts. A counter.'),
  restarts: count('Starts of a container that had ended before. A counter.'),
  ooms: count('Times memory ran out. A counter.'),
  exits: Type.Array(
    Type.Object({
      exitCode: optional(Type.Integer({ description: 'Absent: any of the codes not kept apart.' })),
      count: count('A counter.'),
    }),
    { description: 'Ends, by exit code.' },
  ),
  healthChanges: Type.Array(
    Type.Object({
      health: Type.String({ pattern: '^[a-z]{1,32}$', description: 'The new state.' }),
      count: count('A counter.'),
    }),
    { description: 'Changes of health, by the state it changed to.' },
  ),
});

const LIFECYCLE_NAMES = 'By container name; names stay after the container is removed.';
const lifecycleHeader = {
  since: time('When counting began.'),
  gaps: count('Times the engine’s events may have been missed. A counter.'),
  dropped: count('Names no longer counted, for there were too many. A counter.'),
};
const Lifecycle = Type.Object(
  {
    ...lifecycleHeader,
    containers: Type.Array(ContainerLifecycle, { description: LIFECYCLE_NAMES }),
  },
  { description: 'What happened to containers, counted from the engine’s events.' },
);

const Collector = Type.Object({
  name: text('One subject of collection.'),
  success: Type.Boolean({ description: 'All of it could be read.' }),
  seconds: seconds('How long it took.'),
  fault: optional(Fault),
});

const header = {
  schemaVersion: Type.Integer({ minimum: 1, description: 'Version of this schema.' }),
  takenAt: time('When the collection ended.'),
  agent: Agent,
  host: Host,
  docker: Docker,
  collectors: Type.Array(Collector, { description: 'How the collection itself went.' }),
};

export const SnapshotSchema = Type.Object(
  {
    ...header,
    lifecycle: optional(Lifecycle),
    containers: Type.Array(Container, { description: 'Every container.' }),
  },
  { $id: 'snapshot', title: 'Snapshot', description: 'One host at one moment.' },
);

export type Snapshot = Static<typeof SnapshotSchema>;
export type ContainerSnapshot = Static<typeof Container>;
export type Lifecycle = Static<typeof Lifecycle>;
export type ContainerLifecycle = Static<typeof ContainerLifecycle>;
export type CollectorReport = Static<typeof Collector>;
export type HostFacts = Static<typeof Host>;
export type DockerFacts = Static<typeof Docker>;
export type SnapshotFault = Static<typeof Fault>;
export type CpuUsage = Static<typeof Cpu>;
export type MemoryUsage = Static<typeof Memory>;
export type NetworkUsage = Static<typeof Network>;
export type BlockIoUsage = Static<typeof BlockIo>;
export type PidsUsage = Static<typeof Pids>;

export type ParsedSnapshot =
  | { ok: true; snapshot: Snapshot; droppedContainers: number }
  | { ok: false; reason: 'version' | 'parse'; detail: string };

const checkHeader = Compile(
  Type.Object({
    ...header,
    lifecycle: optional(
      Type.Object({ ...lifecycleHeader, containers: Type.Array(Type.Unknown()) }),
    ),
    containers: Type.Array(Type.Unknown()),
  }),
);
const checkContainer = Compile(Container);
const checkContainerLifecycle = Compile(ContainerLifecycle);

/**
 * Takes whatever an agent sent and gives back a snapshot that can be trusted.
 *
 * A container that does not fit the schema, or whose name an earlier one already has, is left out
 * and counted, so that one bad container costs no other its data.
 */
export function parseSnapshot(value: unknown): ParsedSnapshot {
  const version = schemaVersionOf(value);
  if (version !== undefined && version > SCHEMA_VERSION) {
    return {
      ok: false,
      reason: 'version',
      detail: `the agent speaks snapshot version ${version}, this aggregator up to ${SCHEMA_VERSION}`,
    };
  }
  if (!checkHeader.Check(value)) {
    const [first] = checkHeader.Errors(value);
    const where = first === undefined || first.instancePath === '' ? '/' : first.instancePath;
    return { ok: false, reason: 'parse', detail: `${where} ${first?.message ?? 'is not valid'}` };
  }
  const names = new Set<string>();
  const containers: ContainerSnapshot[] = [];
  for (const candidate of value.containers) {
    if (!checkContainer.Check(candidate) || names.has(candidate.name)) continue;
    names.add(candidate.name);
    containers.push(candidate);
  }
  const { lifecycle, ...rest } = value;
  return {
    ok: true,
    snapshot: {
      ...rest,
      ...(lifecycle && {
        lifecycle: { ...lifecycle, containers: namedOnce(lifecycle.containers) },
      }),
      containers,
    },
    droppedContainers: value.containers.length - containers.length,
  };
}

/** Two of one name, or one with two counters for one thing, would cost Prometheus the whole page. */
function namedOnce(candidates: readonly unknown[]): ContainerLifecycle[] {
  const names = new Set<string>();
  return candidates.filter((candidate): candidate is ContainerLifecycle => {
    if (!checkContainerLifecycle.Check(candidate) || names.has(candidate.name)) return false;
    const { name, exits, healthChanges } = candidate;
    if (new Set(exits.map(({ exitCode }) => exitCode)).size < exits.length) return false;
    if (new Set(healthChanges.map(({ health }) => health)).size < healthChanges.length)
      return false;
    names.add(name);
    return true;
  });
}

function schemaVersionOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('schemaVersion' in value)) return undefined;
  return typeof value.schemaVersion === 'number' ? value.schemaVersion : undefined;
}
