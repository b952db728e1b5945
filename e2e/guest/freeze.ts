import type { Guest } from './guest.ts';
import type { LiveContainer } from './guestContainers.ts';

/**
 * Stops all processes of these containers behind the engine's back, for as long as `body` runs: to the
 * engine they go on running, and no value of theirs changes. Paused ones stay as they are.
 */
export async function whileFrozen<T>(
  guest: Guest,
  containers: readonly LiveContainer[],
  body: () => Promise<T>,
): Promise<T> {
  const groups = containers.map(({ cgroup }) => `/sys/fs/cgroup${cgroup}`).join(' ');
  const { stdout: moving } = await guest.exec(
    `for group in ${groups}; do grep -qx 'frozen 1' $group/cgroup.events || echo $group; done`,
  );
  const frozen = moving.trim().split('\n').join(' ');
  await guest.sh(`
    for group in ${frozen}; do echo 1 >$group/cgroup.freeze; done
    for group in ${frozen}; do
      for attempt in $(seq 100); do
        if grep -qx 'frozen 1' $group/cgroup.events; then continue 2; fi
        sleep 0.1
      done
      echo "$group does not freeze" >&2
      exit 1
    done`);
  try {
    return await body();
  } finally {
    await guest.sh(`for group in ${frozen}; do echo 0 >$group/cgroup.freeze; done`);
  }
}
