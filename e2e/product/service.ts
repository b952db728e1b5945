import { chmodSync, chownSync } from 'node:fs';
import { freePort } from '../lab/ports.ts';
import { type Ending, type RunningProcess, startProcess } from '../lab/process.ts';
import { type HttpAnswer, ask, body } from './ask.ts';
import { builtMain, type Service } from './builds.ts';
import type { Stage } from './stage.ts';

export interface ServiceOptions {
  /** Beyond `--listen` and `--state-dir`. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Network namespace to run in. */
  readonly netns?: string;
  /** Runs as this user, without any group but its own. */
  readonly userId?: number;
  /** Default: a free loopback port. */
  readonly listen?: string;
}

/** A built service as a process of its own. */
export interface RunningService {
  readonly url: string;
  /** HOST:PORT */
  readonly address: string;
  readonly stateDirectory: string;
  /** The newest process. */
  readonly process: RunningProcess;
  readonly ask: (path: string, options?: Parameters<typeof ask>[1]) => Promise<HttpAnswer>;
  /** The body of a GET that must answer 200. */
  readonly get: (path: string, headers?: Record<string, string>) => Promise<string>;
  readonly stop: () => Promise<Ending>;
  readonly kill9: () => Promise<Ending>;
  /** Starts it again after its end: same arguments, same address, same state. */
  readonly startAgain: () => Promise<void>;
}

/** Starts a service and waits until it answers. The stage ends it. */
export async function startService(
  stage: Stage,
  service: Service,
  options: ServiceOptions = {},
): Promise<RunningService> {
  const { listen = `127.0.0.1:${await freePort()}`, userId, netns } = options;
  const stateDirectory = stage.directory(`${service}-state`);
  if (userId !== undefined) giveTo(stateDirectory, userId);
  const url = `http://${listen}`;
  const command = [
    ...(netns === undefined ? [] : ['nsenter', `--net=/run/netns/${netns}`]),
    // The parent-death signal of the process starter is lost with a change of user.
    ...(userId === undefined ? [] : ['setpriv', ...otherUser(userId), '--pdeathsig', 'TERM']),
    ...[process.execPath, await builtMain(service)],
    ...['--listen', listen, '--state-dir', stateDirectory],
    ...(options.args ?? []),
  ];
  const { PATH } = process.env;
  const launch = (): RunningProcess =>
    startProcess({
      program: '/usr/bin/env',
      args: command,
      env: { PATH, HOME: stateDirectory, ...options.env },
      workingDirectory: stateDirectory,
    });
  const untilHealthy = async (running: RunningProcess): Promise<void> => {
    // From here nobody can connect to another network namespace.
    if (netns === undefined) await running.untilAnswers(`${url}/-/healthy`, 20);
    else await running.untilPrinted(/\blistens\b/, 20);
  };
  let running = launch();
  await stage
    .keep(untilHealthy(running), () => running.stop())
    .catch(async (error: unknown) => {
      await running.stop();
      throw error;
    });
  return {
    url,
    address: listen,
    stateDirectory,
    get process() {
      return running;
    },
    ask: async (path, request) => await ask(`${url}${path}`, request),
    get: async (path, headers) => await body(`${url}${path}`, headers),
    stop: async () => await running.stop(),
    kill9: async () => {
      running.signal('SIGKILL');
      return await running.untilEnded();
    },
    startAgain: async () => {
      await running.stop();
      running = launch();
      await untilHealthy(running);
    },
  };
}

export function otherUser(userId: number): string[] {
  return ['--reuid', String(userId), '--regid', String(userId), '--clear-groups'];
}

function giveTo(directory: string, userId: number): void {
  chownSync(directory, userId, userId);
  chmodSync(directory, 0o700);
}
