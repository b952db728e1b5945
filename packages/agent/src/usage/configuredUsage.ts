import { Buffer } from 'node:buffer';
import type { Clock } from '../clock.ts';
import type { Engine } from '../engine.ts';
import { createCgroupUsage } from './cgroup.ts';
import type { CgroupRoots } from './cgroupHierarchy.ts';
import { type Choice, createChosenUsage, type UsageSourceSetting } from './chooseSource.ts';
import { descriptorsToKeep } from './descriptorBudget.ts';
import { createEngineUsage } from './engine.ts';
import { kernelFiles, readOnce } from './kernelFiles.ts';
import { parseOpenFilesLimit } from './procHost.ts';
import type { UsageSource } from './usageSource.ts';

/** The source of usage as it was configured. */
export interface ConfiguredUsage {
  readonly source: UsageSource;
  /** To be called when the engine was restarted. */
  readonly reprove: () => void;
  /** What is known of containers whose cgroup can be read; with `auto` only. */
  readonly choices: () => ReadonlyMap<string, Choice>;
  /** Descriptors of cgroup files that are kept open. */
  readonly keptDescriptors: () => number;
  /** Resolves when nothing is being proven; for tests. */
  readonly idle: () => Promise<void>;
  readonly close: () => void;
}

export interface ConfiguredUsageOptions extends CgroupRoots {
  readonly setting: UsageSourceSetting;
  readonly engine: Engine;
  /** For one question to the engine. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** How many cgroup files may be kept open; by this process's own limit unless given. */
  readonly maxDescriptors?: number;
}

const LONGEST_LIMITS = 64 * 1024;

export function createConfiguredUsage(options: ConfiguredUsageOptions): ConfiguredUsage {
  const { setting, engine, deadlineMs, clock, cgroupRoot, procRoot } = options;
  const { steadyMs } = clock;
  const nothing = {
    reprove: () => undefined,
    choices: () => new Map<string, Choice>(),
    keptDescriptors: () => 0,
    idle: () => Promise.resolve(),
    close: () => undefined,
  };
  const byEngine = () => createEngineUsage({ engine, deadlineMs, steadyMs });
  if (setting === 'engine') return { ...nothing, source: byEngine() };

  const maxDescriptors = options.maxDescriptors ?? descriptorsToKeep(openFilesLimit(procRoot));
  const cgroup = createCgroupUsage({ cgroupRoot, procRoot, clock, maxDescriptors });
  const { keptDescriptors, close } = cgroup;
  if (setting === 'cgroup') return { ...nothing, source: cgroup, keptDescriptors, close };

  const chosen = createChosenUsage({ cgroup, engine: byEngine(), proof: byEngine(), steadyMs });
  const { reprove, choices, idle } = chosen;
  return { source: chosen, reprove, choices, idle, keptDescriptors, close };
}

function openFilesLimit(procRoot: string): number | undefined {
  const bytes = Buffer.alloc(LONGEST_LIMITS);
  const length = readOnce(kernelFiles, `${procRoot}/self/limits`, bytes);
  return length < 0 ? undefined : parseOpenFilesLimit(bytes.toString('latin1', 0, length));
}
