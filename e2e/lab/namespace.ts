import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { signal } from './processes.ts';
import { run } from './run.ts';

/** Where `ip netns` keeps a namespace, for `nsenter --net=`. */
export function networkNamespacePath(name: string): string {
  return `/run/netns/${name}`;
}

/** Makes a network namespace with loopback only: no way out, and its firewall rules vanish with it. */
export async function makeNetworkNamespace(name: string): Promise<void> {
  await run('ip', ['netns', 'add', name]);
  await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
}

/**
 * Removes a namespace made here, and ends whatever still runs in it (a killed engine leaves its port proxies).
 * Fine if there is none.
 */
export function removeNetworkNamespace(name: string): void {
  if (!existsSync(networkNamespacePath(name))) return;
  const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
  for (const pid of stdout.split('\n').filter((line) => line !== ''))
    signal(Number(pid), 'SIGKILL');
  spawnSync('ip', ['netns', 'delete', name]);
}
