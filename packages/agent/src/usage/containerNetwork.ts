import type { Buffer } from 'node:buffer';
import type { ContainerProcess, ProcessFinder } from './containerProcess.ts';
import type { DescriptorBudget } from './descriptorBudget.ts';
import type { KernelFiles } from './kernelFiles.ts';
import { parseNetDev } from './procNet.ts';
import type { InterfaceReading } from './usageReading.ts';

/** Network counters of one container, read in the namespace of its first process. */
export interface ContainerNetwork {
  /**
   * The interfaces; none on the host's network or without one. Undefined if no process of the
   * container can be seen.
   */
  readonly read: (id: string, cgroup: string) => readonly InterfaceReading[] | undefined;
  /** A process found by other means; held whatever the budget, as it is costly to find. */
  readonly hold: (found: ContainerProcess) => void;
  /** What tells its network namespace from others, as of the last read. */
  readonly namespace: () => number | undefined;
  readonly close: () => void;
}

export interface NetworkParts {
  readonly files: KernelFiles;
  readonly processes: ProcessFinder;
  readonly budget: DescriptorBudget;
  /** Used between calls by whoever owns it. */
  readonly buffer: Buffer;
  readonly hostNamespaces: HostNamespaces;
}

/** Network namespaces whose traffic is no container's. */
export interface HostNamespaces {
  /** Undefined if the host's own is not known: then none can be told from it. */
  readonly has: (namespace: number) => boolean | undefined;
  readonly add: (namespace: number) => void;
}

/**
 * A namespace is told by the inode of its `net/dev`, which every kernel gives out per namespace:
 * `ns/net` would tell too, but only to those who may trace the process.
 */
export function createHostNamespaces(files: KernelFiles, procRoot: string): HostNamespaces {
  let host: number | undefined;
  const added = new Set<number>();
  const ofHost = (): number | undefined => {
    const descriptor = files.open(`${procRoot}/1/net/dev`);
    if (descriptor < 0) return undefined;
    const namespace = files.inode(descriptor);
    files.close(descriptor);
    return namespace < 0 ? undefined : namespace;
  };
  return {
    has: (namespace) => {
      host ??= ofHost();
      return host === undefined ? undefined : namespace === host || added.has(namespace);
    },
    add: (namespace) => void added.add(namespace),
  };
}

export function createContainerNetwork(parts: NetworkParts): ContainerNetwork {
  const { files, processes, budget, buffer, hostNamespaces } = parts;
  let held: ContainerProcess | undefined;
  let isKept = false;
  let namespace: number | undefined;

  const hold = (found: ContainerProcess): void => {
    close();
    held = found;
    isKept = budget.take();
  };

  const close = (): void => {
    if (held === undefined) return;
    files.close(held.descriptor);
    held = undefined;
    if (isKept) budget.giveBack();
  };

  /** Undefined if the process has ended. */
  const readFrom = ({ netPath }: ContainerProcess): readonly InterfaceReading[] | undefined => {
    // Opened for every read: a kept descriptor would keep the namespace of a dead container alive.
    const descriptor = files.open(netPath);
    if (descriptor < 0) return undefined;
    namespace = files.inode(descriptor);
    const isHosts = hostNamespaces.has(namespace);
    const length = isHosts === false ? files.read(descriptor, buffer) : 0;
    files.close(descriptor);
    if (isHosts === undefined || length < 0) return undefined;
    return isHosts ? [] : parseNetDev(buffer);
  };

  return {
    read: (id, cgroup) => {
      const known = held && readFrom(held);
      if (known !== undefined) return known;
      const found = processes.ofCgroup(id, cgroup);
      if (found === undefined) return undefined;
      hold(found);
      const interfaces = readFrom(found);
      if (!isKept) close();
      return interfaces;
    },
    hold,
    namespace: () => namespace,
    close,
  };
}
