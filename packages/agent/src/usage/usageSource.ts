import type { Problem } from '@docker-data-exporter/shared/errors';
import type { UsageReading } from './usageReading.ts';

/** A place usage numbers come from. All of them give the same numbers for the same container. */
export interface UsageSource {
  readonly name: 'engine' | 'cgroup';
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
}

export interface UsageResult {
  /** By container id. A container that vanished meanwhile is in neither map. */
  readonly readings: ReadonlyMap<string, UsageReading>;
  /** Why a container has no reading, by id. */
  readonly unread: ReadonlyMap<string, Problem>;
  /** Why not everything could be read, in one sentence. */
  readonly problem?: Problem;
}
