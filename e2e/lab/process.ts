import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { until } from './poll.ts';

export interface ProcessOptions {
  /** Default: this Node. */
  readonly program?: string;
  readonly args: readonly string[];
  /** The whole environment. Default: PATH and HOME of this process, nothing else. */
  readonly env?: NodeJS.ProcessEnv;
  readonly workingDirectory?: string;
}

export interface Ending {
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

export interface RunningProcess {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** How it ended, or undefined while it runs. */
  readonly ending: () => Ending | undefined;
  /** Waits for text on either stream and returns the match; throws if the process ends before. */
  readonly untilPrinted: (pattern: RegExp, deadlineSeconds?: number) => Promise<RegExpExecArray>;
  /** Waits until a GET of the address answers 200 and returns the body; throws if the process ends before. */
  readonly untilAnswers: (url: string, deadlineSeconds?: number) => Promise<string>;
  readonly signal: (name: NodeJS.Signals) => void;
  readonly untilEnded: (deadlineSeconds?: number) => Promise<Ending>;
  /** SIGTERM, and SIGKILL if it has not ended after `deadlineSeconds`. Fine if it has ended already. */
  readonly stop: (deadlineSeconds?: number) => Promise<Ending>;
}

const setpriv = '/usr/bin/setpriv';

/** The command that runs a program which gets SIGTERM when this process dies, however it dies. */
export function mortal(program: string, args: readonly string[]): [string, string[]] {
  return existsSync(setpriv)
    ? [setpriv, ['--pdeathsig', 'TERM', program, ...args]]
    : [program, [...args]];
}

/** Starts a program and keeps what it prints. */
export function startProcess(options: ProcessOptions): RunningProcess {
  const { program = process.execPath, args, workingDirectory } = options;
  const { PATH, HOME } = process.env;
  const env = options.env ?? { PATH, HOME };
  const child = spawn(...mortal(program, args), {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(workingDirectory === undefined ? {} : { cwd: workingDirectory }),
  });
  let stdout = '';
  let stderr = '';
  let ending: Ending | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.on('error', (error) => (stderr += error.message));
  child.on('close', (exitCode, signal) => {
    ending = { exitCode: exitCode ?? undefined, signal: signal ?? undefined };
  });

  const describeProcess = (): string => {
    const printed = [...stdout.split('\n'), ...stderr.split('\n')].slice(-25).join('\n');
    return `${program} ${args.join(' ')} (${JSON.stringify(ending ?? 'running')}) printed:\n${printed}`;
  };
  const untilIn = async <T>(
    what: string,
    deadlineSeconds: number,
    check: () => Promise<T | undefined> | T | undefined,
  ): Promise<T> => {
    let ended = false;
    const answer = await until(what, deadlineSeconds, async () => {
      // Looked at before the check: what a process prints last still counts.
      ended = ending !== undefined;
      const found = await check();
      return found === undefined && !ended ? undefined : { found };
    }).catch((error: unknown) => {
      throw new Error(`no ${what}: ${describeProcess()}`, { cause: error });
    });
    if (answer.found === undefined) throw new Error(`ended before ${what}: ${describeProcess()}`);
    return answer.found;
  };
  const untilEnded = async (deadlineSeconds = 15): Promise<Ending> =>
    await until(`the end of ${program} ${args.join(' ')}`, deadlineSeconds, () => ending);

  return {
    pid: child.pid ?? -1,
    stdout: () => stdout,
    stderr: () => stderr,
    ending: () => ending,
    untilPrinted: async (pattern, deadlineSeconds = 15) =>
      await untilIn(
        `output ${pattern}`,
        deadlineSeconds,
        () => pattern.exec(stdout) ?? pattern.exec(stderr) ?? undefined,
      ),
    untilAnswers: async (url, deadlineSeconds = 15) =>
      await untilIn(`answer of ${url}`, deadlineSeconds, async () => await bodyIfOk(url)),
    signal: (name) => void child.kill(name),
    untilEnded,
    stop: async (deadlineSeconds = 15) => {
      if (ending !== undefined) return ending;
      child.kill('SIGTERM');
      return await untilEnded(deadlineSeconds).catch(async () => {
        child.kill('SIGKILL');
        return await untilEnded(5);
      });
    },
  };
}

async function bodyIfOk(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const body = await answer.text();
    return answer.status === 200 ? body : undefined;
  } catch {
    return undefined;
  }
}
