import type { Buffer } from 'node:buffer';
import type { CgroupFile } from './cgroupFile.ts';
import type { CgroupHierarchy } from './cgroupHierarchy.ts';
import type { CgroupNumbers } from './cgroupReading.ts';
import type { DescriptorBudget } from './descriptorBudget.ts';
import { failure, type KernelFiles } from './kernelFiles.ts';

/** The open files of one container's cgroup. */
export interface ContainerCgroup {
  /** Where its processes are listed. */
  readonly directory: string;
  /** Fills in the numbers. False if the cgroup is gone: it is to be closed, and looked for anew. */
  readonly read: (numbers: CgroupNumbers) => boolean;
  readonly close: () => void;
}

/** States of a file beside its descriptor. */
const ABSENT = -1;
/** There, but opened for every read, because there are no descriptors to keep. */
const UNKEPT = -2;
/** To be looked for. */
const UNKNOWN = -3;

/** A cgroup that was just made may not have all its files yet: what is absent is tried once more. */
const SECOND_LOOK_MS = 5000;

export interface CgroupParts {
  readonly files: KernelFiles;
  readonly hierarchy: CgroupHierarchy;
  /** What to read, in order. */
  readonly table: readonly CgroupFile[];
  readonly budget: DescriptorBudget;
  /** Used between calls by whoever owns it. */
  readonly buffer: Buffer;
  readonly steadyMs: () => number;
}

/**
 * Opens the files of the cgroup at a path below the trees' tops, and keeps them open as far as the
 * budget goes. Undefined if none of them can be opened.
 */
export function openContainerCgroup(parts: CgroupParts, path: string): ContainerCgroup | undefined {
  const { files, hierarchy, table, budget, buffer, steadyMs } = parts;
  const paths = table.map(({ controller, name }) => {
    const top = hierarchy.tops.get(controller);
    return top === undefined ? undefined : `${top}/${path}/${name}`;
  });
  const states = new Int32Array(table.length).fill(UNKNOWN);
  let secondLookMs = steadyMs() + SECOND_LOOK_MS;

  const look = (index: number): number => {
    const filePath = paths[index];
    const descriptor = filePath === undefined ? failure.gone : files.open(filePath);
    if (descriptor === failure.exhausted) {
      budget.exhaust();
      return UNKNOWN;
    }
    if (descriptor < 0) return ABSENT;
    if (budget.take()) return descriptor;
    files.close(descriptor);
    return UNKEPT;
  };

  const close = (): void => {
    for (const [index, state] of states.entries()) {
      if (state < 0) continue;
      files.close(state);
      budget.giveBack();
      states[index] = UNKNOWN;
    }
  };

  /** The length read into the buffer, or a `failure`. */
  const readFile = (index: number, state: number): number => {
    if (state >= 0) return files.read(state, buffer);
    const descriptor = files.open(paths[index] ?? '');
    if (descriptor < 0) return descriptor;
    const length = files.read(descriptor, buffer);
    if (length >= 0 && budget.take()) states[index] = descriptor;
    else files.close(descriptor);
    return length;
  };

  for (const index of states.keys()) states[index] = look(index);
  if (states.every((state) => state === ABSENT)) return undefined;
  return {
    directory: `${hierarchy.searched}/${path}`,
    read: (numbers) => {
      if (secondLookMs <= steadyMs()) {
        secondLookMs = Infinity;
        for (const [index, state] of states.entries()) {
          if (state === ABSENT) states[index] = UNKNOWN;
        }
      }
      for (let index = 0; index < table.length; index += 1) {
        let state = states[index] ?? ABSENT;
        if (state === UNKNOWN) states[index] = state = look(index);
        if (state === ABSENT || state === UNKNOWN) continue;
        const length = readFile(index, state);
        if (length === failure.gone) return false;
        if (length === failure.exhausted) budget.exhaust();
        // An empty file is an answer too: nothing was read or written.
        if (length >= 0) table[index]?.parse(buffer, numbers);
      }
      return true;
    },
    close,
  };
}
