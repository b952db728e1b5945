import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const KEPT_CHARACTERS = 256 * 1024;

/** @type {Set<number>} leaders of the process groups that run now */
const groups = new Set();
let isStopping = false;

/** @typedef {{ exitCode: number, output: string, seconds: number }} Run */

/**
 * Runs a program to its end with its output kept back (the last 256 KB of it).
 *
 * It gets a process group of its own, so that nothing it starts survives `stopAll` or the deadline.
 *
 * @param {readonly string[]} command program and arguments
 * @param {{ env?: Record<string, string>, deadlineSeconds?: number, onLine?: (line: string) => void }} [options]
 * @returns {Promise<Run>} exit code -1 if a signal ended it or it could not be started
 */
export async function run([program = '', ...args], options = {}) {
  const { env = {}, deadlineSeconds = 1800, onLine } = options;
  const begun = performance.now();
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) groups.add(pid);

  let output = '';
  let line = '';
  const take = (/** @type {string} */ text) => {
    output = (output + text).slice(-KEPT_CHARACTERS);
    if (onLine === undefined) return;
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    lines.forEach(onLine);
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);

  const deadline = setTimeout(() => {
    take(`\nstopped: it took longer than ${deadlineSeconds} s\n`);
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
  }, deadlineSeconds * 1000);

  const exitCode = await new Promise((resolve) => {
    child.on('error', (error) => {
      take(`${program}: ${error.message}\n`);
      resolve(-1);
    });
    // A grandchild that lives on may hold the pipes open: do not wait for it for long.
    child.on('exit', (code) => setTimeout(() => resolve(code ?? -1), 2000).unref());
    child.on('close', (code) => resolve(code ?? -1));
  });
  clearTimeout(deadline);
  if (pid !== undefined) {
    signalGroup(pid, 'SIGKILL');
    groups.delete(pid);
  }
  if (isStopping) await new Promise(() => undefined);
  return { exitCode, output, seconds: (performance.now() - begun) / 1000 };
}

/**
 * Ends everything `run` has under way, with all it started: politely, after three seconds by force.
 * Nothing that waits for `run` goes on afterwards, so that the caller can end the process.
 */
export async function stopAll() {
  isStopping = true;
  for (const pid of groups) signalGroup(pid, 'SIGTERM');
  const deadline = performance.now() + 3000;
  while (groups.size > 0 && performance.now() < deadline) await delay(20);
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
}

/**
 * @param {number} leader
 * @param {NodeJS.Signals} signal
 */
function signalGroup(leader, signal) {
  try {
    process.kill(-leader, signal);
  } catch {
    // The group is empty: nothing is left to end.
  }
}

/**
 * The last lines of an output, for a failure report.
 *
 * @param {string} output
 * @param {number} [lines]
 */
export function tail(output, lines = 40) {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}
