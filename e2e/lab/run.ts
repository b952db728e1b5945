import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** Killed after this long. Default 60. */
  readonly deadlineSeconds?: number;
}

export interface RunResult {
  /** -1 if a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and returns what it printed, whatever its exit code. */
export async function runAnyway(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { env = process.env, stdin = '', deadlineSeconds = 60 } = options;
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env,
      stdio: 'pipe',
      timeout: deadlineSeconds * 1000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    // A program that ends before it has read everything: its exit code and output tell why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitCode: code ?? -1, stdout, stderr }));
  });
}

/** Runs a program and returns its standard output; throws with all it printed if it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await runAnyway(program, args, options);
  if (exitCode !== 0) {
    throw new Error(`${[program, ...args].join(' ')} ended with ${exitCode}:\n${stderr}${stdout}`);
  }
  return stdout;
}
