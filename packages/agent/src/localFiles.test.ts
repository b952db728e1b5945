import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from '@docker-data-exporter/testkit/temporaryDirectory';
import { groupOf, localFiles } from './localFiles.ts';

const directory = temporaryDirectory();
const at = (name: string) => join(directory.path, name);
const server = createServer();

beforeAll(async () => {
  mkdirSync(at('folder'));
  writeFileSync(at('file'), 'text');
  symlinkSync(at('nowhere'), at('dangling'));
  await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
});
afterAll(() => {
  server.close();
  directory.remove();
});

test('a socket is told from what is not one', async () => {
  const names = ['socket', 'file', 'folder', 'dangling', 'nowhere', 'file/below'];
  const facts = await Promise.all(names.map((name) => localFiles.look(at(name))));
  expect(facts).toEqual([
    'socket',
    'not-a-socket',
    'not-a-socket',
    'missing',
    'missing',
    'missing',
  ]);
});

test('a file that is not there is no text, one that cannot be read throws', async () => {
  expect(await localFiles.readText(at('file'))).toBe('text');
  expect(await localFiles.readText(at('nowhere'))).toBeUndefined();
  expect(await localFiles.readText(at('file/below'))).toBeUndefined();
  await expect(localFiles.readText(at('folder'))).rejects.toThrow('EISDIR');
});

test('the group of a path is named with its number', async () => {
  expect(await groupOf(at('socket'))).toMatchObject({ gid: statSync(at('socket')).gid });
  expect(await groupOf('/')).toEqual({ gid: 0, name: expect.any(String) as string });
  expect(await groupOf(at('nowhere'))).toBeUndefined();
});
