import type { Problem } from '@docker-data-exporter/shared/errors';
import type { UsageReading } from './usageReading.ts';

/** A place usage numbers come from. All of them give the same numbers for the same container. */
export interface UsageSource {
  /** `mixed` if containers differ: the last result tells which has which. */
  readonly name: 'engine' | 'cgroup' | 'mixed';
  /** Reads every container given, inside the source's own deadline. Never throws. */
  read(request: UsageRequest): Promise<UsageResult>;
}

export interface UsageRequest {
  /** Running and paused containers: no others use anything. */
  readonly containers: readonly UsageTarget[];
  /** What is known of the engine; a source chooses its ways by it. */
  readonly engine: { readonly product?: string; readonly apiVersion?: string };
}

export interface UsageTarget {
  readonly id: string;
  readonly name: string;
  /** As the engine's list says it: host, none, default, … A source that knows it looks less. */
  readonly networkMode?: string;
}

export interface UsageResult {
  /** By container id. A container that vanished meanwhile is in neither map. */
  readonly readings: ReadonlyMap<string, UsageReading>;
  /** Why a container has no reading, by id. */
  readonly unread: ReadonlyMap<string, Problem>;
  /** Why not everything could be read, in one sentence. */
  readonly problem?: Problem;
  /** Where the reading of each container comes from, by id. Absent: all from this source. */
  readonly sources?: ReadonlyMap<string, 'engine' | 'cgroup'>;
}
