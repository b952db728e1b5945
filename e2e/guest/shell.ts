import { runAnyway } from '../lab/run.ts';

export interface ShellResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs a shell script on some host, as root, whatever its exit code. */
export type Shell = (script: string) => Promise<ShellResult>;

/** Scripts that run on this machine. */
export const localShell: Shell = async (script) => {
  const { stdout, stderr, exitCode } = await runAnyway('/bin/sh', ['-c', script]);
  return { stdout, stderr, code: exitCode };
};

/** Runs a script and returns what it printed; throws if it fails. */
export async function runIn(shell: Shell, script: string): Promise<string> {
  const { stdout, stderr, code } = await shell(script);
  if (code !== 0) throw new Error(`ended with ${code}: ${script}\n${stderr}`);
  return stdout;
}

/** Reads files of some host; those that are not there are absent. */
export type ReadFiles = (paths: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Reads all files in one go, so that they are of one moment as far as can be. */
export function fileReader(shell: Shell): ReadFiles {
  return async (paths) => parseTail((await shell(`tail -v -n +1 ${paths.join(' ')}`)).stdout);
}

/** What `tail -v` printed, by path. */
function parseTail(printed: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const part of `\n${printed}`.split('\n==> ').slice(1)) {
    const end = part.indexOf(' <==\n');
    files.set(part.slice(0, end), part.slice(end + ' <==\n'.length));
  }
  return files;
}
