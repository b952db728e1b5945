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
  const fix =
    'In a container, mount the host’s cgroups: -v /sys/fs/cgroup:/sys/fs/cgroup:ro; or let the engine tell.';
  const cause = problem('internal', message, { fix });
  return { readings, unread: new Map(containers.map(({ id }) => [id, cause])), problem: cause };
}
