import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultStateDir, openStateDir } from './stateDir.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'state-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('files are written and read, and nothing else is left behind', async () => {
  const path = join(folder, 'new', 'deeper');
  const { stateDir, problem } = await openStateDir(path);
  expect(problem).toBeUndefined();
  await expect(stateDir.read('servers.json')).resolves.toBeUndefined();
  await stateDir.write('servers.json', '{}');
  await expect(stateDir.read('servers.json')).resolves.toBe('{}');
  await expect(readdir(path)).resolves.toEqual(['servers.json']);
  expect((await stat(join(path, 'servers.json'))).mode & 0o777).toBe(0o600);
});

test('writes that come together end with the last one', async () => {
  const { stateDir } = await openStateDir(folder);
  await Promise.all(Array.from({ length: 20 }, (_, n) => stateDir.write('n', String(n))));
  await expect(stateDir.read('n')).resolves.toBe('19');
  await expect(readdir(folder)).resolves.toEqual(['n']);
});

test('a file set aside is kept under another name', async () => {
  const { stateDir } = await openStateDir(folder);
  await stateDir.write('x', '{broken');
  await stateDir.setAside('x');
  await stateDir.setAside('x');
  await expect(readdir(folder)).resolves.toEqual(['x.corrupt']);
});

test('a directory that cannot be used is a warning, and writes reject until it can', async () => {
  const path = join(folder, 'file');
  await writeFile(path, '');
  const { stateDir, problem } = await openStateDir(path);
  expect(problem).toMatchObject({ code: 'state-dir-unwritable', file: path });
  await expect(stateDir.write('x', '1')).rejects.toMatchObject({ code: 'state-dir-unwritable' });
  await rm(path);
  await stateDir.write('x', '2');
  await expect(stateDir.read('x')).resolves.toBe('2');
});

const facts = { serviceName: 'dde', env: {}, platform: 'linux', userId: 1000, homeDirectory: '/h' };

test.each([
  [{}, '/h/.local/state/dde'],
  [{ env: { XDG_STATE_HOME: '/s' } }, '/s/dde'],
  [{ userId: 0 }, '/var/lib/dde'],
  [{ env: { STATE_DIRECTORY: '/var/lib/private/dde:/other' } }, '/var/lib/private/dde'],
  [{ platform: 'darwin', userId: 501 }, '/h/Library/Application Support/dde'],
])('the default for %j is %s', (more, expected) => {
  expect(defaultStateDir({ ...facts, ...more })).toBe(expected);
});

test('a directory that can never be made is a warning too, not an endless try', async () => {
  const { problem } = await openStateDir('/proc/docker-data-exporter/agent');
  expect(problem).toMatchObject({ code: 'state-dir-unwritable' });
});
