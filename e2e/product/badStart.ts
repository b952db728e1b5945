import { existsSync, readdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../lab/ports.ts';
import { type Ending, startProcess } from '../lab/process.ts';
import { builtMain, type Service } from './builds.ts';
import type { Stage } from './stage.ts';

export interface Attempt {
  readonly ending: Ending;
  readonly stdout: string;
  /** Lines of the standard error output, without the last line feed. */
  readonly complaints: readonly string[];
  /** Whether anybody listens on the port it was to listen on. */
  readonly listens: boolean;
  /** What lies in its state directory. */
  readonly stateFiles: readonly string[];
}

export interface AttemptOptions {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Default: a free loopback port. */
  readonly listen?: string;
}

/** Runs a service that is expected to end by itself, and looks at what it leaves behind. */
export async function attempt(
  stage: Stage,
  service: Service,
  options: AttemptOptions = {},
): Promise<Attempt> {
  const { args = [], env = {}, listen = `127.0.0.1:${await freePort()}` } = options;
  // It does not exist yet, so that making it shows too.
  const stateDirectory = join(stage.directory('attempt'), 'state');
  const main = await builtMain(service);
  const { PATH } = process.env;
  const running = startProcess({
    args: [main, '--listen', listen, '--state-dir', stateDirectory, ...args],
    env: { PATH, HOME: stateDirectory, ...env },
  });
  const ending = await running.untilEnded(15).finally(() => running.stop());
  return {
    ending,
    stdout: running.stdout(),
    complaints: running
      .stderr()
      .split('\n')
      .filter((line) => line !== ''),
    listens: await accepts(listen),
    stateFiles: existsSync(stateDirectory) ? readdirSync(stateDirectory) : [],
  };
}

async function accepts(listen: string): Promise<boolean> {
  const port = Number(listen.slice(listen.lastIndexOf(':') + 1));
  return await new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
