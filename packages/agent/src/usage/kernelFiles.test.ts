import { Buffer } from 'node:buffer';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@docker-data-exporter/testkit/temporaryDirectory';
import { failure, kernelFiles, readOnce } from './kernelFiles.ts';

const directory = temporaryDirectory();
afterAll(directory.remove);
const path = (name: string): string => join(directory.path, name);

test.each([0, 1, 2999, 3001, 9999])(
  'a file of %d bytes is read whole, and ends in a zero',
  (size) => {
    writeFileSync(path('file'), 'x'.repeat(size));
    const buffer = Buffer.alloc(10_001, 'y');
    expect(readOnce(kernelFiles, path('file'), buffer)).toBe(size);
    expect(buffer.toString('latin1', 0, size + 1)).toBe(`${'x'.repeat(size)}\0`);
  },
);

test('a file that does not fit is not read by half', () => {
  writeFileSync(path('file'), 'x'.repeat(100));
  expect(readOnce(kernelFiles, path('file'), Buffer.alloc(100))).toBe(failure.other);
});

test('a kept descriptor reads what is there now', () => {
  writeFileSync(path('file'), '1');
  const descriptor = kernelFiles.open(path('file'));
  writeFileSync(path('file'), '22');
  const buffer = Buffer.alloc(10);
  expect(kernelFiles.read(descriptor, buffer)).toBe(2);
  kernelFiles.close(descriptor);
  expect(kernelFiles.read(descriptor, buffer)).toBe(failure.other);
});

test('why there is nothing is told apart', () => {
  writeFileSync(path('file'), '');
  expect(kernelFiles.open(path('missing'))).toBe(failure.gone);
  expect(kernelFiles.open(path('file/below'))).toBe(failure.gone);
  expect(kernelFiles.openDirectory(path('file'))).toBe(failure.gone);
  expect(kernelFiles.inode(999_999)).toBe(failure.other);
});

test('the same file has the same inode by every name', () => {
  writeFileSync(path('one'), '');
  symlinkSync(path('one'), path('link'));
  writeFileSync(path('two'), '');
  const inodes = ['one', 'link', 'two'].map((name) => {
    const descriptor = kernelFiles.open(path(name));
    const inode = kernelFiles.inode(descriptor);
    kernelFiles.close(descriptor);
    return inode;
  });
  expect(inodes[0]).toBe(inodes[1]);
  expect(inodes[0]).not.toBe(inodes[2]);
});

test('an open directory is a way to the files in it', () => {
  mkdirSync(path('folder'));
  writeFileSync(path('folder/file'), 'here');
  const descriptor = kernelFiles.openDirectory(path('folder'));
  const buffer = Buffer.alloc(10);
  expect(readOnce(kernelFiles, `/proc/self/fd/${descriptor}/file`, buffer)).toBe(4);
  kernelFiles.close(descriptor);
});

test('directories are listed without files, links to directories with them', () => {
  mkdirSync(path('top/one'), { recursive: true });
  writeFileSync(path('top/file'), '');
  symlinkSync('one', path('top/link'));
  symlinkSync('file', path('top/other-link'));
  expect(kernelFiles.directories(path('top')).toSorted()).toEqual(['link', 'one']);
  expect(kernelFiles.directories(path('nowhere'))).toEqual([]);
  expect(['top', 'top/file', 'nowhere'].map((name) => kernelFiles.isDirectory(path(name)))).toEqual(
    [...[true, false, false]],
  );
});
