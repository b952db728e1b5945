/** How many descriptors may be kept open. What goes beyond is opened for every read, and closed. */
export interface DescriptorBudget {
  /** Whether one more may be kept. */
  readonly take: () => boolean;
  readonly giveBack: () => void;
  /** The system gave no more: from now on half as many as there are are kept. */
  readonly exhaust: () => void;
  /** Whether that happened since this was asked last. */
  readonly wasExhausted: () => boolean;
  readonly used: () => number;
}

/**
 * Each kept descriptor costs the kernel some 5 KiB, mostly the page the file is written to, which is
 * charged to the agent's own cgroup: this is 40 MiB, and enough for 500 containers.
 */
const MOST_BY_DEFAULT = 8192;

/** For connections and whatever else the process opens. */
const LEFT_FREE = 256;

/** What may be kept of the files a process may have open; half of few, a fixed number of many. */
export function descriptorsToKeep(openFilesLimit: number | undefined): number {
  if (openFilesLimit === undefined) return MOST_BY_DEFAULT;
  const most = Math.min(openFilesLimit / 2, openFilesLimit - LEFT_FREE);
  return Math.max(0, Math.min(MOST_BY_DEFAULT, Math.floor(most)));
}

export function createDescriptorBudget(most: number): DescriptorBudget {
  let limit = most;
  let used = 0;
  let isExhausted = false;
  return {
    take: () => {
      if (used >= limit) return false;
      used += 1;
      return true;
    },
    giveBack: () => {
      used -= 1;
    },
    exhaust: () => {
      limit = Math.floor(Math.min(limit, used) / 2);
      isExhausted = true;
    },
    wasExhausted: () => {
      const was = isExhausted;
      isExhausted = false;
      return was;
    },
    used: () => used,
  };
}
