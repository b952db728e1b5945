import type { ContainerLife } from './statusText.ts';
import { amountOf, compact, listOf, objectOf, stringOf, textOf } from './shape.ts';

/**
 * The parts of the engine's answers the agent uses, and pure checks that turn whatever arrived into
 * them. A check returns undefined for an answer that is not what was asked for; single fields that
 * are missing or of another type are absent.
 */
export interface VersionAnswer {
  readonly product: 'docker' | 'podman';
  readonly version: string;
  readonly gitCommit?: string;
  readonly apiVersion?: string;
}

export interface InfoAnswer {
  readonly id?: string;
  readonly hostname?: string;
  readonly operatingSystem?: string;
  readonly kernelVersion?: string;
  readonly architecture?: string;
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly images?: number;
  readonly containers?: number;
  readonly containersRunning?: number;
  readonly swarmActive?: boolean;
  readonly cgroupVersion?: string;
  readonly cgroupDriver?: string;
  readonly storageDriver?: string;
}

export interface ListAnswer {
  readonly containers: readonly ListedContainer[];
  /** Entries that are no containers, left out. */
  readonly unusable: number;
}

export interface ListedContainer {
  readonly id: string;
  readonly names: readonly string[];
  readonly image: string;
  readonly imageId?: string;
  /** Unix time. */
  readonly createdSeconds?: number;
  readonly state: string;
  readonly status: string;
}

export interface InspectAnswer {
  /** "" if none was configured. */
  readonly user: string;
  /** Absent if the engine tells no state. */
  readonly life?: ContainerLife;
}

export function readVersion(value: unknown): VersionAnswer | undefined {
  const answer = objectOf(value);
  const version = textOf(answer?.Version);
  if (answer === undefined || version === undefined) return undefined;
  const components = (listOf(answer.Components) ?? []).map((one) => textOf(objectOf(one)?.Name));
  return compact({
    product: components.includes('Podman Engine') ? ('podman' as const) : ('docker' as const),
    version,
    gitCommit: textOf(answer.GitCommit),
    apiVersion: textOf(answer.ApiVersion),
  });
}

export function readInfo(value: unknown): InfoAnswer | undefined {
  const info = objectOf(value);
  // Every engine says one of these; an answer without them is of something else.
  if (info === undefined || (textOf(info.Name) ?? textOf(info.ID)) === undefined) return undefined;
  const swarmState = textOf(objectOf(info.Swarm)?.LocalNodeState);
  return compact({
    id: textOf(info.ID),
    hostname: textOf(info.Name),
    operatingSystem: textOf(info.OperatingSystem),
    kernelVersion: textOf(info.KernelVersion),
    architecture: textOf(info.Architecture),
    cpus: positive(info.NCPU),
    memoryBytes: positive(info.MemTotal),
    images: amountOf(info.Images),
    containers: amountOf(info.Containers),
    containersRunning: amountOf(info.ContainersRunning),
    swarmActive: swarmState === undefined ? undefined : swarmState === 'active',
    cgroupVersion: textOf(info.CgroupVersion),
    cgroupDriver: textOf(info.CgroupDriver),
    storageDriver: textOf(info.Driver),
  });
}

/** The engine writes 0 CPUs or bytes where it could not find out. */
const positive = (value: unknown) => (value === 0 ? undefined : amountOf(value));

export function readContainerList(value: unknown): ListAnswer | undefined {
  const entries = listOf(value);
  if (entries === undefined) return undefined;
  const containers = entries.map(readListed).filter((entry) => entry !== undefined);
  return { containers, unusable: entries.length - containers.length };
}

/** Also keeps anything but an id out of the path of further questions. */
const CONTAINER_ID = /^[0-9a-f]{12,64}$/;

function readListed(value: unknown): ListedContainer | undefined {
  const entry = objectOf(value);
  const id = textOf(entry?.Id);
  const state = textOf(entry?.State);
  if (entry === undefined || id === undefined || state === undefined) return undefined;
  if (!CONTAINER_ID.test(id)) return undefined;
  return compact({
    id,
    names: (listOf(entry.Names) ?? []).map(textOf).filter((name) => name !== undefined),
    image: stringOf(entry.Image) ?? '',
    imageId: textOf(entry.ImageID),
    createdSeconds: positive(entry.Created),
    state,
    status: stringOf(entry.Status) ?? '',
  });
}

export function readInspect(value: unknown): InspectAnswer | undefined {
  const answer = objectOf(value);
  const config = objectOf(answer?.Config);
  if (answer === undefined || config === undefined) return undefined;
  return compact({ user: stringOf(config.User) ?? '', life: readLife(answer) });
}

function readLife(answer: Readonly<Record<string, unknown>>): ContainerLife | undefined {
  const state = objectOf(answer.State);
  const { ExitCode: exitCode, Running: running } = state ?? {};
  if (state === undefined || typeof running !== 'boolean') return undefined;
  if (typeof exitCode !== 'number' || !Number.isSafeInteger(exitCode)) return undefined;
  // Podman writes an empty `Health` (or `Healthcheck`) where there is no check.
  const health = textOf(objectOf(state.Health)?.Status);
  return compact({
    running,
    paused: state.Paused === true,
    restarting: state.Restarting === true,
    dead: state.Dead === true,
    health,
    exitCode,
    oomKilled: state.OOMKilled === true,
    startedMs: momentOf(state.StartedAt),
    finishedMs: momentOf(state.FinishedAt),
    restartCount: amountOf(answer.RestartCount),
  });
}

/** The engine writes the year 1 for what has not happened. */
function momentOf(value: unknown): number | undefined {
  const ms = Date.parse(stringOf(value) ?? '');
  return Number.isNaN(ms) || ms <= 0 ? undefined : ms;
}
