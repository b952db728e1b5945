import type { Engine } from '../lab/engine.ts';
import { cgroupUsage, interfaceBytes } from './kernelTruth.ts';
import type { Usage } from './usage.ts';

/** One container, by the engine's CLI and API and by the kernel's own files. */
export interface ContainerTruth {
  readonly name: string;
  readonly id: string;
  /** These three as `docker ps --no-trunc` prints them. */
  readonly image: string;
  readonly state: string;
  readonly status: string;
  /** By inspect: as configured, "" if not. */
  readonly user: string;
  /** By inspect. Unix seconds, whole ones. */
  readonly createdSeconds: number;
  /** By inspect. Tells whether a state that is the same twice was another one in between. */
  readonly restarts: number;
  /** By inspect. Unix seconds; absent if it never happened. */
  readonly startedSeconds?: number;
  readonly finishedSeconds?: number;
  /** By inspect. */
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** By inspect. Absent without a health check. */
  readonly health?: string;
  /** By inspect: neither on the host's network nor on none. */
  readonly hasOwnNetwork: boolean;
  /** By the stats API. Absent where the container has no process. */
  readonly usage?: Usage;
  /** The same by cgroup v1 files and the container's /proc/PID/net/dev. Absent on cgroup v2. */
  readonly kernelUsage?: Usage;
}

export interface Truth {
  readonly info: InfoAnswer;
  readonly containers: ReadonlyMap<string, ContainerTruth>;
}

export interface InfoAnswer {
  readonly Images: number;
  readonly Containers: number;
  readonly ContainersRunning: number;
  readonly MemTotal: number;
  readonly NCPU: number;
  readonly ServerVersion: string;
}

interface PsLine {
  readonly ID: string;
  readonly Names: string;
  readonly Image: string;
  readonly State: string;
  readonly Status: string;
}

interface InspectAnswer {
  readonly Created: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Pid: number;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly User: string };
  readonly HostConfig: { readonly NetworkMode: string };
}

/** One line of `docker stats --format '{{json .}}'`. */
export interface StatsLine {
  readonly Name: string;
  readonly CPUPerc: string;
  readonly MemPerc: string;
  readonly NetIO: string;
  readonly BlockIO: string;
}

/** All the engine, its CLI and the kernel say about every container, within about a second. */
export async function readTruth(engine: Engine): Promise<Truth> {
  const lines = parseLines<PsLine>(
    await engine.docker('ps', '-a', '--no-trunc', '--format', '{{json .}}'),
  );
  // Safe: `docker info --format` prints the API's own answer.
  const info = JSON.parse(await engine.docker('info', '--format', '{{json .}}')) as InfoAnswer;
  const containers = await Promise.all(lines.map((line) => readContainer(engine, line, info)));
  return { info, containers: new Map(containers.map((one) => [one.name, one])) };
}

/** What `docker stats --no-stream` prints, by container name. Takes two seconds. */
export async function readStatsLines(engine: Engine): Promise<ReadonlyMap<string, StatsLine>> {
  const format = ['--format', '{{json .}}'];
  const text = await engine.docker('stats', '--no-stream', '--all', '--no-trunc', ...format);
  return new Map(parseLines<StatsLine>(text).map((line) => [line.Name, line]));
}

async function readContainer(
  engine: Engine,
  line: PsLine,
  info: InfoAnswer,
): Promise<ContainerTruth> {
  const path = `/containers/${line.ID}`;
  // Safe: these parts are there on every engine.
  const inspect = (await engine.get(`${path}/json`)) as InspectAnswer;
  const stats = (await engine.get(`${path}/stats?stream=false&one-shot=true`)) as StatsAnswer;
  const hasOwnNetwork = !['host', 'none'].includes(inspect.HostConfig.NetworkMode);
  const usage = usageOf(stats);
  const cgroup = usage === undefined ? undefined : cgroupUsage(line.ID, info.MemTotal);
  return {
    name: line.Names,
    id: line.ID,
    image: line.Image,
    state: line.State,
    status: line.Status,
    user: inspect.Config.User,
    createdSeconds: Math.floor(Date.parse(inspect.Created) / 1000),
    restarts: inspect.RestartCount,
    ...lifeOf(inspect.State),
    hasOwnNetwork,
    ...(usage === undefined ? {} : { usage }),
    ...(cgroup === undefined
      ? {}
      : {
          kernelUsage: {
            ...cgroup,
            ...(hasOwnNetwork ? interfaceBytes(inspect.State.Pid) : {}),
          },
        }),
  };
}

type Life = Pick<
  ContainerTruth,
  'startedSeconds' | 'finishedSeconds' | 'exitCode' | 'oomKilled' | 'health'
>;

function lifeOf(state: InspectAnswer['State']): Life {
  const [started, finished] = [state.StartedAt, state.FinishedAt].map(unixSeconds);
  return {
    exitCode: state.ExitCode,
    oomKilled: state.OOMKilled,
    ...(started !== undefined && { startedSeconds: started }),
    ...(finished !== undefined && { finishedSeconds: finished }),
    ...(state.Health !== undefined && { health: state.Health.Status }),
  };
}

/** Engines write the year 1 for what never happened. */
function unixSeconds(time: string): number | undefined {
  return time.startsWith('0001-') ? undefined : Date.parse(time) / 1000;
}

interface StatsAnswer {
  readonly read: string;
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
  readonly memory_stats: {
    readonly usage: number;
    readonly limit: number;
    readonly stats: Readonly<Record<string, number>>;
  };
  readonly networks?: Readonly<Record<string, { rx_bytes: number; tx_bytes: number }>>;
  readonly blkio_stats: {
    readonly io_service_bytes_recursive:
      readonly { readonly op: string; readonly value: number }[] | null;
  };
}

/** Computed as the CLI does, from the answer the CLI gets. */
function usageOf(stats: StatsAnswer): Usage | undefined {
  if (stats.read.startsWith('0001-')) return undefined;
  const memory = stats.memory_stats;
  const inactive = memory.stats.total_inactive_file ?? memory.stats.inactive_file ?? 0;
  const used = inactive < memory.usage ? memory.usage - inactive : memory.usage;
  const blocks = stats.blkio_stats.io_service_bytes_recursive ?? [];
  const blockSum = (name: string): number =>
    sum(blocks.filter(({ op }) => op.toLowerCase() === name).map(({ value }) => value));
  const networks = stats.networks === undefined ? undefined : Object.values(stats.networks);
  return {
    cpuSeconds: stats.cpu_stats.cpu_usage.total_usage / 1e9,
    memoryPercent: (used / memory.limit) * 100,
    ...(networks === undefined
      ? {}
      : {
          networkIn: sum(networks.map((one) => one.rx_bytes)),
          networkOut: sum(networks.map((one) => one.tx_bytes)),
        }),
    blockIn: blockSum('read'),
    blockOut: blockSum('write'),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function parseLines<T>(text: string): T[] {
  // Safe: the caller names the fields it asked the CLI for.
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
