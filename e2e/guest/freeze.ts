import { runIn, type Shell } from './shell.ts';

/**
 * Stops all processes of these cgroups (folders; of the freezer on cgroup v1) behind the engine's back, for
 * as long as `body` runs: to the engine they go on running, and no value of theirs changes. Those that are
 * frozen already, by a pause, stay as they are.
 */
export async function whileFrozen<T>(
  shell: Shell,
  groups: readonly string[],
  body: () => Promise<T>,
): Promise<T> {
  const { stdout: moving } = await shell(
    `${isFrozen} for group in ${groups.join(' ')}; do is_frozen || echo $group; done`,
  );
  const frozen = moving.trim().split('\n').join(' ');
  await runIn(
    shell,
    `${isFrozen}
    for group in ${frozen}; do ${write('1', 'FROZEN')}; done
    for group in ${frozen}; do
      for attempt in $(seq 100); do
        if is_frozen; then continue 2; fi
        sleep 0.1
      done
      echo "$group does not freeze" >&2
      exit 1
    done`,
  );
  try {
    return await body();
  } finally {
    await runIn(shell, `for group in ${frozen}; do ${write('0', 'THAWED')}; done`);
  }
}

const isFrozen = `is_frozen() {
  grep -qx 'frozen 1' $group/cgroup.events 2>/dev/null || grep -qx FROZEN $group/freezer.state 2>/dev/null
}
`;

function write(version2: string, version1: string): string {
  return (
    `if [ -e $group/cgroup.freeze ]; then echo ${version2} >$group/cgroup.freeze; ` +
    `else echo ${version1} >$group/freezer.state; fi`
  );
}
