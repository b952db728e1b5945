import { readFile, stat } from 'node:fs/promises';
import { CodedError, type Problem, problem, systemCode } from './errors.ts';

/** Shorter tokens can be guessed. */
export const MIN_TOKEN_LENGTH = 16;

/** A token is sent in a header; a file much larger is not a token file. */
const MAX_FILE_BYTES = 64 * 1024;

const LOOK_INTERVAL_MS = 1000;

/** The characters of a bearer token, RFC 6750. */
const tokenPattern = /^[\w\-.~+/]+=*$/;

/** The tokens in a file’s text, one a line, or what is wrong. Messages never quote the text. */
export function parseTokens(
  text: string,
  file: string,
): { readonly tokens: readonly string[] } | { readonly problem: Problem } {
  const bad = (code: Problem['code'], message: string, line?: number) => ({
    problem: problem(code, message, { file, ...(line === undefined ? {} : { line }) }),
  });
  if (text.length > MAX_FILE_BYTES) return bad('token-invalid', 'The token file is too large.');
  const tokens: string[] = [];
  for (const [index, row] of text.split('\n').entries()) {
    const token = row.trim();
    if (token === '') continue;
    if (!tokenPattern.test(token)) {
      return bad('token-invalid', 'The token has characters that cannot be sent.', index + 1);
    }
    if (token.length < MIN_TOKEN_LENGTH) {
      const message = `The token has ${token.length} characters; ${MIN_TOKEN_LENGTH} are the least.`;
      return bad('token-too-short', message, index + 1);
    }
    tokens.push(token);
  }
  return tokens.length === 0 ? bad('token-file-empty', 'The token file is empty.') : { tokens };
}

/** The problem of a token file that could not be read, from the error of `node:fs`. */
export function tokenFileProblem(error: unknown, file: string): Problem {
  const code = systemCode(error) ?? 'unknown error';
  return code === 'ENOENT'
    ? problem('token-file-missing', 'The token file does not exist.', { file })
    : problem('token-file-unreadable', `The token file could not be read (${code}).`, { file });
}

export interface SecretFile {
  readonly path: string;
  /**
   * All valid tokens; the first is the one to send. Looks at the file at most once a second and
   * reads it again when it changed. A file that turns bad or vanishes leaves the last good tokens
   * in use, and `onProblem` is told.
   */
  readonly tokens: () => Promise<readonly string[]>;
}

export interface SecretFileOptions {
  /** Milliseconds of a steady clock. */
  readonly nowMs?: () => number;
  /** Told on every look what is wrong now, or undefined; see ChangeLog. */
  readonly onProblem?: (problem: Problem | undefined) => void;
}

interface Look {
  /** Size, times and inode: what changes when a file is written or replaced. */
  readonly mark: string;
  readonly isExposed: boolean;
}

async function look(path: string): Promise<Look> {
  const { dev, ino, size, mtimeNs, ctimeNs, mode } = await stat(path, { bigint: true });
  return {
    mark: [dev, ino, size, mtimeNs, ctimeNs].join(' '),
    // Swarm mounts secrets world-readable, in containers where nobody else is.
    isExposed: (mode & 0o004n) !== 0n && !path.startsWith('/run/secrets/'),
  };
}

/** Opens a token file: one token a line. Rejects with a coded error if it is not good. */
export async function openSecretFile(
  path: string,
  { nowMs = () => performance.now(), onProblem = () => undefined }: SecretFileOptions = {},
): Promise<SecretFile> {
  let current: readonly string[] = [];
  let mark = '';
  let lastLookMs = 0;
  let running: Promise<void> | undefined;
  let lastProblem: Problem | undefined;

  const refresh = async (): Promise<Problem | undefined> => {
    try {
      const now = await look(path);
      if (now.mark !== mark) {
        const parsed = parseTokens(await readFile(path, 'utf8'), path);
        mark = now.mark;
        lastProblem = 'problem' in parsed ? parsed.problem : undefined;
        if ('tokens' in parsed) current = parsed.tokens;
      }
      if (lastProblem !== undefined || !now.isExposed) return lastProblem;
      return problem('token-file-exposed', 'Every user of this machine can read the token file.', {
        file: path,
      });
    } catch (error) {
      // Read it anew when it is back, even if nothing about it changed.
      mark = '';
      return tokenFileProblem(error, path);
    }
  };

  const first = await refresh();
  if (first !== undefined && current.length === 0) throw new CodedError(first);
  onProblem(first);
  lastLookMs = nowMs();

  return {
    path,
    tokens: async () => {
      const now = nowMs();
      if (now - lastLookMs >= LOOK_INTERVAL_MS) {
        lastLookMs = now;
        running = refresh().then(onProblem);
      }
      // Requests that come during a look wait for it, so that none uses a revoked token.
      await running;
      return current;
    },
  };
}
