import type { ContainerSnapshot, CpuUsage, Snapshot } from '@docker-data-exporter/shared/snapshot';
import { chance, pick } from './chance.ts';
import { dockerStatus } from './dockerStatus.ts';
import {
  ENGINES,
  type FleetState,
  MEMORY_LIMITS,
  PROJECTS,
  SERVICES,
  STATES,
  SYSTEMS,
  fleetHostname,
  roleOf,
} from './fleetCatalogue.ts';
import { type SimulatedLoad, simulatedLoad } from './simulatedLoad.ts';
import { waveAt, waveSum } from './wave.ts';

export interface FleetPlan {
  seed: number;
  containersPerServer: number;
  /** ms since the epoch: the moment the fleet is built around. Ages are counted from it. */
  start: number;
}

/** A fleet that exists in numbers only. */
export interface SimulatedFleet {
  hostname: (serverIndex: number) => string;
  /** What that server’s agent would say at that time (ms since the epoch). */
  snapshot: (serverIndex: number, time: number) => Snapshot;
}

const MEBIBYTE = 1024 ** 2;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * Builds a fleet out of a seed. Every number is a function of seed, server and time, so two
 * processes with one seed and one clock tell the same; what does not move is kept per server.
 */
export function simulateFleet(plan: FleetPlan): SimulatedFleet {
  const servers = new Map<number, FleetServer>();
  const server = (index: number): FleetServer => {
    const known = servers.get(index);
    if (known !== undefined) return known;
    const built = buildServer(index, plan);
    servers.set(index, built);
    return built;
  };
  return {
    hostname: fleetHostname,
    snapshot: (index, time) => serverSnapshot(server(index), time),
  };
}

interface FleetServer {
  /** All that never changes; time, counts and containers are filled in. */
  steady: Omit<Snapshot, 'takenAt' | 'containers'>;
  containers: readonly FleetContainer[];
}

interface FleetContainer {
  steady: Pick<
    ContainerSnapshot,
    'id' | 'name' | 'image' | 'imageTag' | 'imageId' | 'user' | 'createdAt'
  >;
  state: FleetState;
  health?: string;
  exitCode: number;
  /** Of its last start or end before the fleet’s start, in ms. */
  since: number;
  /** It starts anew that often, if ever. */
  restartEveryMs?: number;
  load: SimulatedLoad;
  cpus: number;
  limitBytes: number;
  hasOwnNetwork: boolean;
}

function buildServer(index: number, plan: FleetPlan): FleetServer {
  const { seed, containersPerServer, start } = plan;
  const hostname = fleetHostname(index);
  const roll = (what: string): number => chance(seed, hostname, what);
  const cpus = pick([2, 4, 8, 8, 16, 32], roll('cpus'));
  const memoryBytes = cpus * pick([2, 4, 8], roll('memory')) * 1024 * MEBIBYTE;
  const containers = Array.from({ length: containersPerServer }, (_, i) =>
    buildContainer(i, { seed, start, server: { index, hostname, cpus, memoryBytes } }),
  );
  return {
    containers,
    steady: {
      schemaVersion: 1,
      agent: { id: hex(32, seed, hostname, 'agent'), version: 'simulated', usageSource: 'engine' },
      host: {
        hostname,
        ...pick(SYSTEMS, roll('system')),
        architecture: 'x86_64',
        cpus,
        memoryBytes,
      },
      docker: {
        running: true,
        product: 'docker',
        ...pick(ENGINES, roll('engine')),
        engineId: hex(32, seed, hostname, 'engine'),
        swarmActive: roll('swarm') < 0.2,
        images: 3 + Math.floor(30 * roll('images')),
        cgroupVersion: roll('cgroup') < 0.7 ? '2' : '1',
        cgroupDriver: 'systemd',
        storageDriver: 'overlay2',
      },
      collectors: ['engineInfo', 'containers', 'usage'].map((name) => ({
        name,
        success: true,
        seconds: Math.round(1e6 * (0.002 + 0.02 * roll(name))) / 1e6,
      })),
    },
  };
}

interface ContainerPlan {
  seed: number;
  start: number;
  server: { index: number; hostname: string; cpus: number; memoryBytes: number };
}

function buildContainer(index: number, { seed, start, server }: ContainerPlan): FleetContainer {
  const services = SERVICES[roleOf(server.index)];
  const [service, image, imageTag] = services[index % services.length] ?? services[0];
  const project = pick(PROJECTS, chance(seed, server.hostname, 'project'));
  const name = `${project}-${service}-${Math.floor(index / services.length) + 1}`;
  const roll = (what: string): number => chance(seed, server.hostname, name, what);

  // Two that are sick in the whole fleet, so that there is something to find.
  const sick = index === 0 && (server.index === 1 || server.index === 6);
  const state = index === 0 ? 'running' : pick(STATES, roll('state'));
  const checked = state === 'running' && roll('check') < 0.3;
  const limitMebibytes = pick(MEMORY_LIMITS, roll('limit'));
  const createdAt = start - Math.floor((1 + 90 * roll('created')) * DAY_MS);
  const since = createdAt + Math.floor(roll('since') * (start - createdAt));
  return {
    steady: {
      id: hex(64, seed, server.hostname, name),
      name,
      image,
      imageTag,
      imageId: `sha256:${hex(64, seed, image, imageTag)}`,
      user: pick(['root', 'root', 'app', '1000'], roll('user')),
      createdAt: new Date(createdAt).toISOString(),
    },
    state,
    ...(sick ? { health: 'unhealthy' } : checked && { health: 'healthy' }),
    exitCode: state === 'exited' ? pick([0, 0, 1, 137], roll('exit')) : 1,
    since,
    ...(roll('restarts') < 0.05 && { restartEveryMs: (0.5 + 6 * roll('every')) * HOUR_MS }),
    load: simulatedLoad(seed, `${server.hostname}/${name}`, server.cpus / 3),
    cpus: server.cpus,
    limitBytes: limitMebibytes === undefined ? server.memoryBytes : limitMebibytes * MEBIBYTE,
    hasOwnNetwork: service !== 'node-exporter' && roll('network') > 0.05,
  };
}

function serverSnapshot({ steady, containers }: FleetServer, time: number): Snapshot {
  const { docker } = steady;
  const now = containers.map((container) => containerSnapshot(container, time));
  return {
    ...steady,
    takenAt: new Date(time).toISOString(),
    docker: {
      ...docker,
      containers: now.length,
      containersRunning: now.filter(({ state }) => state === 'running').length,
    },
    containers: now,
  };
}

function containerSnapshot(container: FleetContainer, time: number): ContainerSnapshot {
  const { steady, state, health, exitCode, load } = container;
  const since = lastStart(container, time);
  const status = {
    state,
    exitCode,
    startedAt: since,
    finishedAt: since,
    ...(health && { health }),
  };
  const common: ContainerSnapshot = {
    ...steady,
    state,
    status: dockerStatus(status, time),
    ...(health && { health }),
    ...((state === 'exited' || state === 'restarting') && { exitCode }),
  };
  if (state !== 'running' && state !== 'paused') return common;

  const clock = time / 1000;
  // A paused container had its time, and stands still.
  const counted = state === 'paused' ? HOUR_MS / 1000 : Math.max(0, (time - since) / 1000);
  const total = (rate: SimulatedLoad['cores']): number => Math.round(waveSum(rate, counted));
  const roof = Math.min(container.limitBytes, 4096 * MEBIBYTE);
  const usageBytes = Math.round(roof * Math.min(0.99, waveAt(load.memoryShare, clock)));
  return {
    ...common,
    cpu: cpuUsage(container, state === 'paused' ? 'frozen' : 'used', counted),
    memory: {
      usageBytes,
      limitBytes: container.limitBytes,
      percent: rounded((100 * usageBytes) / container.limitBytes, 1e4),
    },
    ...(container.hasOwnNetwork && {
      network: {
        receiveBytes: total(load.receiveBytes),
        transmitBytes: total(load.transmitBytes),
      },
    }),
    blockIo: { readBytes: total(load.readBytes), writeBytes: total(load.writeBytes) },
    pids: { current: 1 + Math.floor(6 * waveAt(load.memoryShare, clock)) },
  };
}

function cpuUsage(
  { load, cpus }: FleetContainer,
  use: 'used' | 'frozen',
  countedSeconds: number,
): CpuUsage {
  const usageSeconds = rounded(waveSum(load.cores, countedSeconds), 1e6);
  if (use === 'frozen') return { usageSeconds, hostPercent: 0 };
  // The first second has nothing to compare with.
  if (countedSeconds < 1) return { usageSeconds };
  const before = waveSum(load.cores, countedSeconds - 1);
  const percent = (100 * (usageSeconds - before)) / cpus;
  return { usageSeconds, hostPercent: rounded(Math.min(100, Math.max(0, percent)), 1e4) };
}

/** When it last started, or ended if it does not run. */
function lastStart({ since, restartEveryMs }: FleetContainer, time: number): number {
  if (restartEveryMs === undefined || time < since) return since;
  return since + Math.floor((time - since) / restartEveryMs) * restartEveryMs;
}

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}

function hex(digits: number, seed: number, ...names: readonly (string | number)[]): string {
  let text = '';
  while (text.length < digits) {
    const word = Math.floor(chance(seed, ...names, text.length) * 2 ** 32);
    text += word.toString(16).padStart(8, '0');
  }
  return text.slice(0, digits);
}
