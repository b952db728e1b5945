import { problem } from '@docker-data-exporter/shared/errors';
import type { UsageResult, UsageTarget } from './usageSource.ts';

/** Nothing can be read, because there is nothing to be seen. */
export function cgroupsUnseen(containers: readonly UsageTarget[], cgroupRoot: string): UsageResult {
  return unread(containers, `There are no cgroups at ${cgroupRoot}.`);
}

/** There are cgroups, but none of a container. */
export function cgroupsWithoutContainers(
  containers: readonly UsageTarget[],
  cgroupRoot: string,
): UsageResult {
  return unread(containers, `None of the containers’ cgroups can be found below ${cgroupRoot}.`);
}

function unread(containers: readonly UsageTarget[], message: string): UsageResult {
  const readings = new Map();
  if (containers.length === 0) return { readings, unread: new Map() };
  const cause = problem('cgroup-unreadable', message);
  return { readings, unread: new Map(containers.map(({ id }) => [id, cause])), problem: cause };
}
