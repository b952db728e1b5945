import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root, tail } from '../steps/run.mjs';
import { StepError } from '../steps/step.mjs';

const guard = join(root, 'scripts', 'start', 'stopWithParent.mjs');

/**
 * @typedef {object} Service
 * @property {string} name
 * @property {() => string | undefined} ending how it ended, in words; undefined while it runs
 * @property {() => string} logTail its last log lines
 * @property {() => Promise<void>} stop ends it: politely, after ten seconds by force
 */

/**
 * Starts a Node program with its output in a log file and waits until `isReady` says so.
 *
 * @param {{ name: string, command: readonly string[], logFile: string, env?: Record<string, string> }} what
 *   `command` is what follows `node`
 * @param {object} hooks
 * @param {(log: string) => Promise<boolean>} hooks.isReady asked with all it has printed
 * @param {(service: Service) => void} hooks.onSpawn called before it is ready
 * @param {(service: Service) => void} hooks.onEnd called when it ends though nobody stopped it
 * @returns {Promise<Service>}
 */
export async function startService({ name, command, logFile, env = {} }, hooks) {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, ['--import', guard, ...command], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log, 'ipc'],
    // A Ctrl-C is for the starter, which ends its services in order.
    detached: true,
  });
  closeSync(log);

  /** @type {string | undefined} */
  let ending;
  let isWanted = true;
  const printed = () => readFileSync(logFile, 'utf8');
  const logTail = () => `${relative(root, logFile)}:\n${tail(printed(), 20)}`;
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    const end = (/** @type {string} */ words) => {
      ending ??= words;
      resolve();
    };
    child.once('error', (error) => end(`could not be started (${error.message})`));
    child.once('exit', (code, signal) =>
      end(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
    );
  });
  const stop = async () => {
    isWanted = false;
    if (ending !== undefined) return;
    child.kill('SIGTERM');
    await Promise.race([ended, delay(10_000, undefined, { ref: false })]);
    child.kill('SIGKILL');
    await ended;
  };

  const service = { name, ending: () => ending, logTail, stop };
  hooks.onSpawn(service);
  const deadline = performance.now() + 30_000;
  while (!(await hooks.isReady(printed()))) {
    const isLate = performance.now() > deadline;
    if (ending !== undefined || isLate) {
      await stop();
      const why = isLate ? 'did not answer within 30 s' : ending;
      throw new StepError(`The ${name} ${why}.`, logTail());
    }
    await delay(30);
  }
  void ended.then(() => {
    if (isWanted) hooks.onEnd(service);
  });
  return service;
}

/**
 * Whether a URL answers with success now.
 *
 * @param {string} url
 */
export async function answers(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
