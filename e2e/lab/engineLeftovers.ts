import { readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { removeNetworkNamespace } from './namespace.ts';
import { engineProcessesOf, isAlive, signal } from './processes.ts';

const cgroupRoot = '/sys/fs/cgroup';

/** Mount points below `directory`, deepest first. */
export function mountsBelow(directory: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ').slice(4, 5))
    .filter((path) => path.startsWith(`${directory}/`))
    .reverse();
}

/**
 * Ends what may outlive an engine (containerd, shims, containers, also stopped or frozen ones), then
 * removes its mounts, cgroups, shim sockets and files. Synchronous, so that it can run as the last thing
 * before this process exits. Kill the daemon first.
 */
export function removeLeftovers(directory: string): void {
  const containerIds = entries(join(directory, 'data/containers'));
  const cgroups = containerCgroups(containerIds);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    cgroups.forEach(thaw);
    const pids = [...engineProcessesOf(`${directory}/`), ...cgroups.flatMap(processesIn)];
    if (pids.length === 0) break;
    for (const pid of pids) {
      signal(pid, 'SIGKILL');
      signal(pid, 'SIGCONT');
    }
    sleepSync(50);
  }
  for (const path of mountsBelow(directory)) spawnSync('umount', ['--lazy', path]);
  removeShimSockets(directory);
  cgroups.forEach((path) => ignoringErrors(() => rmdirSync(path)));
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * Clears away the engines of runs that were killed before they could do it. Their folders (and network
 * namespaces of the same name) carry the pid of the run: `dde-lab-PID-NAME-…`.
 */
export function removeDeadRuns(parent: string): void {
  for (const name of entries(parent)) {
    const pid = /^dde-lab-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    removeLeftovers(join(parent, name));
    removeNetworkNamespace(name);
  }
}

function containerCgroups(containerIds: readonly string[]): string[] {
  const controllers = ['', ...entries(cgroupRoot)];
  const existing = new Set(
    controllers.flatMap((controller) =>
      entries(join(cgroupRoot, controller, 'docker')).map((id) =>
        join(cgroupRoot, controller, 'docker', id),
      ),
    ),
  );
  return [...existing].filter((path) => containerIds.some((id) => path.endsWith(`/${id}`)));
}

/** A frozen process takes no signal, not even SIGKILL, on cgroup v1. */
function thaw(cgroup: string): void {
  ignoringErrors(() => writeFileSync(join(cgroup, 'freezer.state'), 'THAWED', { flag: 'r+' }));
  ignoringErrors(() => writeFileSync(join(cgroup, 'cgroup.freeze'), '0', { flag: 'r+' }));
}

/** Also finds containers whose shim was killed: they belong to nobody any more. */
function processesIn(cgroup: string): number[] {
  try {
    const pids = readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n');
    return pids.filter((pid) => pid !== '').map(Number);
  } catch {
    return [];
  }
}

/** A killed shim leaves its socket in containerd's shared run folder; its bundle names the path. */
function removeShimSockets(directory: string): void {
  const bundles = join(directory, 'exec/containerd/daemon/io.containerd.runtime.v2.task/moby');
  for (const id of entries(bundles)) {
    ignoringErrors(() => {
      const address = readFileSync(join(bundles, id, 'address'), 'utf8').trim();
      if (address.startsWith('unix:///run/containerd/s/')) rmSync(address.slice('unix://'.length));
    });
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function ignoringErrors(action: () => void): void {
  try {
    action();
  } catch {
    // What is gone already needs no removing.
  }
}

function sleepSync(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
