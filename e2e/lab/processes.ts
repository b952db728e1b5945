import { readFileSync, readdirSync } from 'node:fs';
import { types } from 'node:util';

interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  readonly commandLine: string;
}

/** All processes of this machine that live now (zombies are no longer alive). */
function livingProcesses(): ProcessEntry[] {
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      // The command in parentheses may hold blanks: the fields are counted from its end.
      const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' || state === 'X') return [];
      const commandLine = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid, parentPid: Number(parentPid), commandLine }];
    } catch {
      return [];
    }
  });
}

const enginePrograms = /(^|\/)(dockerd|containerd|containerd-shim[\w-]*|runc) /;

/**
 * Pids of the engine programs (daemon, containerd, shims, runc) whose command line holds `text`, and of all
 * their descendants. With an engine's own folder as the text that is all of that engine, its containers
 * included; with a container's id it is its shim, first, and its processes. Others that merely name the
 * folder, an agent for instance, do not count.
 */
export function engineProcessesOf(text: string): number[] {
  const all = livingProcesses();
  const found = new Set(
    all
      .filter(({ commandLine }) => enginePrograms.test(commandLine) && commandLine.includes(text))
      .map(({ pid }) => pid),
  );
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { pid, parentPid } of all) if (found.has(parentPid)) found.add(pid);
  }
  return [...found];
}

/** Sends a signal; a process that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // Not instanceof: jest gives tests an Error of their own, which Node's are no instance of.
    if (!(types.isNativeError(error) && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** True while the process lives; a zombie counts as ended. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
