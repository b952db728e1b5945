import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError, type Problem, problem, problemsOf, systemCode } from './errors.ts';

/** The only place a service writes: small files, each replaced as a whole. */
export interface StateDir {
  readonly path: string;
  /** Undefined when there is none yet or it cannot be read. */
  readonly read: (name: string) => Promise<string | undefined>;
  /**
   * Atomic and durable: after a crash the file is the old or the new one. Writes come one after
   * another. Rejects with the coded error `state-dir-unwritable`.
   */
  readonly write: (name: string, text: string) => Promise<void>;
  /** Renames a file that could not be understood to `NAME.corrupt`, so that it can be looked at. */
  readonly setAside: (name: string) => Promise<void>;
}

const unwritable = (path: string, error: unknown): Problem => {
  const code = systemCode(error) ?? 'unknown error';
  return problem('state-dir-unwritable', `State cannot be written (${code}).`, { file: path });
};

async function replaceFile(directory: string, { name, text }: { name: string; text: string }) {
  // Always the same name: what a killed process left is written over, not piled up.
  const draft = join(directory, `.${name}.new`);
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(text);
    // Without it a power cut can leave the new name with no content.
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(directory, name));
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Makes the directory if needed and tries a write. Where that fails it answers a warning too; the
 * service goes on, and every later write rejects until the directory is usable.
 */
export async function openStateDir(
  path: string,
): Promise<{ readonly stateDir: StateDir; readonly problem: Problem | undefined }> {
  let lastWrite: Promise<unknown> = Promise.resolve();

  const stateDir: StateDir = {
    path,
    read: (name) => readFile(join(path, name), 'utf8').catch(() => undefined),
    write: (name, text) => {
      const write = lastWrite
        .catch(() => undefined)
        .then(() => makeDirectory(path))
        .then(() => replaceFile(path, { name, text }))
        .catch((error: unknown) => {
          throw new CodedError(unwritable(path, error), { cause: error });
        });
      lastWrite = write;
      return write;
    },
    setAside: (name) =>
      rename(join(path, name), join(path, `${name}.corrupt`)).catch(() => undefined),
  };

  try {
    await stateDir.write('.writable', '');
    await rm(join(path, '.writable'));
    return { stateDir, problem: undefined };
  } catch (error) {
    return { stateDir, problem: problemsOf(error)[0] };
  }
}

export interface StateDirFacts {
  readonly serviceName: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** `process.getuid()`. */
  readonly userId: number | undefined;
  readonly homeDirectory: string;
}

/** What systemd gives, else `/var/lib/NAME` for root, else the user’s own folder for state. */
export function defaultStateDir(facts: StateDirFacts): string {
  const { serviceName, env, platform, userId, homeDirectory } = facts;
  const fromSystemd = env.STATE_DIRECTORY?.split(':')[0];
  if (fromSystemd !== undefined && fromSystemd !== '') return fromSystemd;
  if (userId === 0) return join('/var/lib', serviceName);
  if (platform === 'darwin') {
    return join(homeDirectory, 'Library/Application Support', serviceName);
  }
  const own = env.XDG_STATE_HOME;
  const userState = own === undefined || own === '' ? join(homeDirectory, '.local/state') : own;
  return join(userState, serviceName);
}

/**
 * Makes a directory and the ones above it. Not by the `recursive` option: where a file system says
 * ENOENT to what it will never have, as /proc does, Node 20 tries again for ever, at full speed.
 */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = systemCode(error);
    // Anything else in its place is found by the write that follows.
    if (code === 'EEXIST') return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path) throw error;
    await makeDirectory(parent);
    await mkdir(path, { mode: 0o700 });
  }
}
