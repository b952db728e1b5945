import type { Buffer } from 'node:buffer';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { codeOf } from '../localFiles.ts';

/** Why a file gave nothing. Negative, so that it fits where a descriptor or a length is expected. */
export const failure = {
  /** It is not there, or what it tells about has ended. */
  gone: -1,
  denied: -2,
  /** This process or the system has no descriptors left. */
  exhausted: -3,
  other: -4,
} as const;

const failureOf: Readonly<Record<string, number>> = {
  ENOENT: failure.gone,
  ENOTDIR: failure.gone,
  // What a kept descriptor gives when its cgroup was removed, and one of /proc when its process ended.
  ENODEV: failure.gone,
  ESRCH: failure.gone,
  EACCES: failure.denied,
  EPERM: failure.denied,
  EMFILE: failure.exhausted,
  ENFILE: failure.exhausted,
};

/**
 * The files a kernel makes up when they are read. Synchronous: a read takes about a microsecond,
 * while the thread pool would take twenty.
 */
export interface KernelFiles {
  /** A descriptor, or a `failure`. */
  readonly open: (path: string) => number;
  /** The same for a directory, to be used as `/proc/self/fd/N/…`. */
  readonly openDirectory: (path: string) => number;
  /**
   * Reads a file from its beginning and puts a zero byte behind it. Returns the length, or a
   * `failure`; what does not fit is one.
   */
  readonly read: (descriptor: number, into: Buffer) => number;
  readonly close: (descriptor: number) => void;
  /** What tells open files apart, or a `failure`. */
  readonly inode: (descriptor: number) => number;
  readonly isDirectory: (path: string) => boolean;
  /** Names of the directories in one, links to directories included; none if it cannot be read. */
  readonly directories: (path: string) => readonly string[];
}

/** Kernels give files of many records out in pages; a part shorter than this was the last. */
const SHORTEST_PART = 3000;

export const kernelFiles: KernelFiles = {
  open: (path) => attempt(() => openSync(path, constants.O_RDONLY)),
  openDirectory: (path) =>
    attempt(() => openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)),
  read: (descriptor, into) => {
    const capacity = into.length - 1;
    try {
      let length = readSync(descriptor, into, 0, capacity, 0);
      for (let part = length; part > SHORTEST_PART && length < capacity; length += part) {
        part = readSync(descriptor, into, length, capacity - length, length);
      }
      if (length >= capacity) return failure.other;
      into[length] = 0;
      return length;
    } catch (error) {
      return failureOf[codeOf(error)] ?? failure.other;
    }
  },
  close: (descriptor) => closeSync(descriptor),
  inode: (descriptor) => attempt(() => fstatSync(descriptor).ino),
  isDirectory: (path) => {
    try {
      return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    } catch {
      return false;
    }
  },
  directories: (path) => {
    try {
      return readdirSync(path, { withFileTypes: true })
        .filter(
          (entry) =>
            entry.isDirectory() ||
            (entry.isSymbolicLink() && kernelFiles.isDirectory(`${path}/${entry.name}`)),
        )
        .map(({ name }) => name);
    } catch {
      return [];
    }
  },
};

function attempt(call: () => number): number {
  try {
    return call();
  } catch (error) {
    return failureOf[codeOf(error)] ?? failure.other;
  }
}

/** Opens, reads and closes. The length, or a `failure`. */
export function readOnce(files: KernelFiles, path: string, into: Buffer): number {
  const descriptor = files.open(path);
  if (descriptor < 0) return descriptor;
  const length = files.read(descriptor, into);
  files.close(descriptor);
  return length;
}
