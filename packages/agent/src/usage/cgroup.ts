import { Buffer } from 'node:buffer';
import type { Clock } from '../clock.ts';
import { type CgroupFinder, createCgroupFinder } from './cgroupFinder.ts';
import { type CgroupRoots, findHierarchy } from './cgroupHierarchy.ts';
import { clearNumbers, createCgroupNumbers, readingOf } from './cgroupReading.ts';
import { cgroupsUnseen, cgroupsWithoutContainers } from './cgroupProblems.ts';
import { cgroupV1Files } from './cgroupV1.ts';
import { cgroupV2Files } from './cgroupV2.ts';
import { type CgroupParts, type ContainerCgroup, openContainerCgroup } from './containerCgroup.ts';
import {
  type ContainerNetwork,
  createContainerNetwork,
  createHostNamespaces,
} from './containerNetwork.ts';
import { createProcessFinder } from './containerProcess.ts';
import { createDescriptorBudget } from './descriptorBudget.ts';
import { createDeviceNames } from './deviceNames.ts';
import { type KernelFiles, kernelFiles, readOnce } from './kernelFiles.ts';
import { createPause } from './pause.ts';
import { type HostCpu, parseHostCpu, parseMemoryTotal } from './procHost.ts';
import { networkOf } from './procNet.ts';
import type { UsageReading } from './usageReading.ts';
import type { UsageResult, UsageSource, UsageTarget } from './usageSource.ts';

/** Usage as the kernel's own files tell it: cheap, and right also while the engine hangs. */
export interface CgroupUsage extends UsageSource {
  readonly name: 'cgroup';
  /** One container now, if it was among those of the last `read`. */
  readonly readAgain: (target: UsageTarget) => UsageReading | undefined;
  /** The engine says that this container has no network: what it sees is then the engine's own. */
  readonly hasEngineNetwork: (id: string) => void;
  /** What the engine says of a container without a limit. */
  readonly hostMemoryBytes: () => number | undefined;
  /** 1 or 2; undefined if no cgroups can be seen. */
  readonly version: () => 1 | 2 | undefined;
  /** Descriptors that are kept open. */
  readonly keptDescriptors: () => number;
  /** Closes everything. It is opened anew by the next `read`. */
  readonly close: () => void;
}

export interface CgroupUsageOptions extends CgroupRoots {
  readonly clock: Clock;
  /** How many files may be kept open: see `descriptorsToKeep`. */
  readonly maxDescriptors: number;
  readonly files?: KernelFiles;
}

/** The longest file is /proc/stat, of which only the beginning counts. */
const BUFFER_BYTES = 256 * 1024;

interface Entry {
  readonly cgroup: ContainerCgroup;
  readonly network: ContainerNetwork;
}

/** What of a container has no network of its own, by its mode. */
const NO_NETWORK: ReadonlySet<string> = new Set(['host', 'none']);

export function createCgroupUsage(options: CgroupUsageOptions): CgroupUsage {
  const { clock, files = kernelFiles, maxDescriptors, procRoot } = options;
  const { steadyMs } = clock;
  const buffer = Buffer.alloc(BUFFER_BYTES);
  const numbers = createCgroupNumbers();
  const budget = createDescriptorBudget(maxDescriptors);
  const processes = createProcessFinder({ files, procRoot, steadyMs, buffer });
  const hostNamespaces = createHostNamespaces(files, procRoot);
  const nameOfDevice = createDeviceNames({ files, procRoot, steadyMs, buffer });
  const entries = new Map<string, Entry>();
  let hasFound = false;
  let hostMemoryBytes: number | undefined;
  let places: { readonly parts: CgroupParts; readonly finder: CgroupFinder } | undefined;

  /** Looked for until it is there: a host may mount it after the agent's start. */
  const look = (): typeof places => {
    if (places !== undefined) return places;
    const hierarchy = findHierarchy(files, options);
    if (hierarchy === undefined) return undefined;
    const table = hierarchy.version === 1 ? cgroupV1Files : cgroupV2Files;
    const finder = createCgroupFinder({ files, top: hierarchy.searched, steadyMs });
    places = { parts: { files, hierarchy, table, budget, buffer, steadyMs }, finder };
    return places;
  };

  const closeEntry = (id: string): void => {
    const entry = entries.get(id);
    entry?.cgroup.close();
    entry?.network.close();
    entries.delete(id);
  };

  const open = (id: string, path: string | undefined): Entry | undefined => {
    const cgroup = places && path !== undefined && openContainerCgroup(places.parts, path);
    if (cgroup === undefined || cgroup === false) return undefined;
    closeEntry(id);
    const network = createContainerNetwork({ files, processes, budget, buffer, hostNamespaces });
    const entry = { cgroup, network };
    entries.set(id, entry);
    return entry;
  };

  const readEntry = (
    { cgroup, network }: Entry,
    { id, networkMode = '' }: UsageTarget,
    host: HostCpu | undefined,
  ): UsageReading | undefined => {
    clearNumbers(numbers);
    if (!cgroup.read(numbers)) return undefined;
    const reading = readingOf(numbers, clock.unixMs() / 1000);
    if (reading.cpu !== undefined && host !== undefined) {
      const { hostSeconds, onlineCpus } = host;
      reading.cpu = { usageSeconds: reading.cpu.usageSeconds, hostSeconds, onlineCpus };
    }
    for (const device of numbers.devices ?? []) {
      const name = nameOfDevice(device.major, device.minor);
      if (name !== undefined) device.name = name;
    }
    if (NO_NETWORK.has(networkMode)) return reading;
    const interfaces = network.read(id, cgroup.directory);
    const sum = interfaces && networkOf(interfaces);
    if (interfaces !== undefined && sum !== undefined) {
      reading.network = sum;
      reading.interfaces = interfaces;
    }
    return reading;
  };

  /** Undefined if the container cannot be found where containers usually are. */
  const readTarget = (target: UsageTarget, host: HostCpu | undefined): UsageReading | undefined => {
    const reading = readOrFind(target, host);
    if (!budget.wasExhausted()) return reading;
    // Room for those that follow, which keep fewer from now on.
    for (const id of [...entries.keys()]) closeEntry(id);
    return readOrFind(target, host);
  };

  const readOrFind = (target: UsageTarget, host: HostCpu | undefined): UsageReading | undefined => {
    const { id } = target;
    const known = entries.get(id);
    const first = known && readEntry(known, target, host);
    if (first !== undefined) return first;
    // Ended, or started anew in a new cgroup: the old descriptors never come back to life.
    closeEntry(id);
    const entry = open(id, places?.finder.find(id));
    if (entry === undefined) return undefined;
    const second = readEntry(entry, target, host);
    if (second === undefined) closeEntry(id);
    return second;
  };

  const readHost = (): HostCpu | undefined =>
    readOnce(files, `${procRoot}/stat`, buffer) < 0 ? undefined : parseHostCpu(buffer);

  const readAll = async (targets: readonly UsageTarget[]): Promise<Map<string, UsageReading>> => {
    const readings = new Map<string, UsageReading>();
    const pause = createPause(steadyMs);
    let host = targets.length === 0 ? undefined : readHost();
    for (const target of targets) {
      const reading = readTarget(target, host);
      if (reading !== undefined) readings.set(target.id, reading);
      const turn = pause();
      if (turn === undefined) continue;
      await turn;
      // Shares of the CPU compare what was read at the same moment.
      host = readHost();
    }
    return readings;
  };

  /** Those that are not where containers usually are, or whose processes are in no list. */
  const readHidden = async (
    targets: readonly UsageTarget[],
    readings: Map<string, UsageReading>,
  ): Promise<void> => {
    const unfound = targets.filter(({ id }) => !entries.has(id)).map(({ id }) => id);
    const paths = unfound.length === 0 ? undefined : await places?.finder.search(unfound);
    for (const [id, path] of paths ?? []) open(id, path);
    const newcomers = targets.filter(({ id }) => paths?.has(id) === true);
    for (const [id, reading] of await readAll(newcomers)) readings.set(id, reading);

    const silent = targets.filter(({ id, networkMode = '' }) => {
      const entry = entries.get(id);
      return (
        entry !== undefined &&
        entry.network.namespace() === undefined &&
        !NO_NETWORK.has(networkMode)
      );
    });
    const seen = await processes.search(silent.map(({ id }) => id));
    for (const [id, found] of seen) {
      const entry = entries.get(id);
      if (entry === undefined) files.close(found.descriptor);
      else entry.network.hold(found);
    }
    const speaking = silent.filter(({ id }) => seen.has(id));
    for (const [id, reading] of await readAll(speaking)) readings.set(id, reading);
  };

  return {
    name: 'cgroup',
    read: async ({ containers }): Promise<UsageResult> => {
      const wanted = new Set(containers.map(({ id }) => id));
      for (const id of [...entries.keys()]) if (!wanted.has(id)) closeEntry(id);
      if (look() === undefined) return cgroupsUnseen(containers, options.cgroupRoot);
      const readings = await readAll(containers);
      await readHidden(containers, readings);
      // Once some were found, one that is not has ended.
      hasFound ||= readings.size > 0;
      return hasFound
        ? { readings, unread: new Map() }
        : cgroupsWithoutContainers(containers, options.cgroupRoot);
    },
    readAgain: (target) => (entries.has(target.id) ? readTarget(target, readHost()) : undefined),
    hasEngineNetwork: (id) => {
      const namespace = entries.get(id)?.network.namespace();
      if (namespace !== undefined) hostNamespaces.add(namespace);
    },
    hostMemoryBytes: () => {
      if (hostMemoryBytes === undefined) {
        const length = readOnce(files, `${procRoot}/meminfo`, buffer);
        if (length >= 0) hostMemoryBytes = parseMemoryTotal(buffer.toString('latin1', 0, length));
      }
      return hostMemoryBytes;
    },
    version: () => look()?.parts.hierarchy.version,
    keptDescriptors: budget.used,
    close: () => {
      for (const id of [...entries.keys()]) closeEntry(id);
      places = undefined;
    },
  };
}
