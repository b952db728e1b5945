import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Problem } from './errors.ts';
import { openSecretFile, parseTokens } from './secretFile.ts';

const first = 'first-token-0123456789';
const second = 'second-token-0123456789';

describe('the text of a token file', () => {
  test.each([
    [first, [first]],
    [`${first}\n`, [first]],
    [`\n  ${first}\t\r\n\n${second}\n`, [first, second]],
    ['dG9rZW4tdG9rZW4tdG9rZW4=', ['dG9rZW4tdG9rZW4tdG9rZW4=']],
  ])('%j holds tokens', (text, tokens) => {
    expect(parseTokens(text, 'f')).toEqual({ tokens });
  });

  test.each([
    ['', 'token-file-empty', undefined],
    [' \n\n', 'token-file-empty', undefined],
    [`${first}\nshort`, 'token-too-short', 2],
    ['has a space 0123456789', 'token-invalid', 1],
    ['has-ümlaut-0123456789', 'token-invalid', 1],
    ['bell\u0007-0123456789abcdef', 'token-invalid', 1],
    ['x'.repeat(70_000), 'token-invalid', undefined],
  ])('%j is refused, and not quoted', (text, code, line) => {
    const parsed = parseTokens(text, 'f');
    if (!('problem' in parsed)) throw new Error('not refused');
    expect(parsed.problem).toMatchObject({ code, file: 'f' });
    expect(parsed.problem.line).toBe(line);
    for (const word of text.split(/\s/).filter((word) => word.length > 4)) {
      expect(parsed.problem.message).not.toContain(word);
    }
  });
});

describe('a token file', () => {
  let folder: string;
  let path: string;
  let nowMs = 0;
  const problems: (Problem | undefined)[] = [];
  const open = () =>
    openSecretFile(path, { nowMs: () => nowMs, onProblem: (found) => problems.push(found) });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secret-'));
    path = join(folder, 'token');
    await writeFile(path, `${first}\n`, { mode: 0o600 });
    nowMs = 0;
    problems.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const replace = async (text: string) => {
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
  };

  test('is looked at no more than once a second', async () => {
    const secret = await open();
    await replace(second);
    nowMs = 999;
    await expect(secret.tokens()).resolves.toEqual([first]);
    nowMs = 1000;
    await expect(secret.tokens()).resolves.toEqual([second]);
    expect(problems).toEqual([undefined, undefined]);
  });

  test('is read again when it is written in place with the same size', async () => {
    const secret = await open();
    await writeFile(path, `other-token-0123456789\n`);
    nowMs = 2000;
    await expect(secret.tokens()).resolves.toEqual(['other-token-0123456789']);
  });

  test('gives the new tokens to all who ask during the look', async () => {
    const secret = await open();
    await replace(second);
    nowMs = 2000;
    const answers = await Promise.all([secret.tokens(), secret.tokens(), secret.tokens()]);
    expect(answers).toEqual([[second], [second], [second]]);
  });

  test('that turns bad leaves the last good tokens, and is told until it is good again', async () => {
    const secret = await open();
    await replace('short');
    nowMs = 2000;
    await expect(secret.tokens()).resolves.toEqual([first]);
    nowMs = 4000;
    await expect(secret.tokens()).resolves.toEqual([first]);
    await rm(path);
    nowMs = 6000;
    await expect(secret.tokens()).resolves.toEqual([first]);
    await replace(second);
    nowMs = 8000;
    await expect(secret.tokens()).resolves.toEqual([second]);
    expect(problems.map((found) => found?.code)).toEqual([
      undefined,
      'token-too-short',
      'token-too-short',
      'token-file-missing',
      undefined,
    ]);
  });

  test('that every user can read works, with a warning', async () => {
    await chmod(path, 0o644);
    const secret = await open();
    await expect(secret.tokens()).resolves.toEqual([first]);
    expect(problems[0]?.code).toBe('token-file-exposed');
  });

  test('that is missing, a folder or bad cannot be opened', async () => {
    const missing = openSecretFile(join(folder, 'nowhere'));
    await expect(missing).rejects.toMatchObject({ code: 'token-file-missing' });
    await expect(openSecretFile(folder)).rejects.toMatchObject({ code: 'token-file-unreadable' });
    await replace('short');
    await expect(open()).rejects.toMatchObject({ code: 'token-too-short' });
  });
});
