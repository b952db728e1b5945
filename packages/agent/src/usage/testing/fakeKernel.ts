import { failure, type KernelFiles } from '../kernelFiles.ts';

/** The kernel's made-up files, made up: what is removed fails as it does there. */
export interface FakeKernel {
  readonly files: KernelFiles;
  /** Writes a file and the directories above it. Files of the same inode are the same file. */
  readonly write: (path: string, content: string, inode?: number) => void;
  /** Removes a directory with all that is in it: its open files are gone as well. */
  readonly remove: (path: string) => void;
  /** How many descriptors are open. */
  readonly open: () => number;
  /** The most that were ever open at once. */
  readonly mostOpen: () => number;
  /** How many descriptors there are; no limit at first. */
  limit: number;
  /** Paths that were opened since this was last emptied. */
  readonly opened: string[];
  /** Directories that were listed. */
  readonly listed: string[];
}

interface File {
  content: string;
  readonly inode: number;
  isGone: boolean;
}

export function createFakeKernel(tree: Readonly<Record<string, string>> = {}): FakeKernel {
  const all = new Map<string, File>();
  const descriptors = new Map<number, File | { readonly directory: string }>();
  const directories = new Map<string, object>();
  let nextDescriptor = 10;
  let nextInode = 1000;
  let mostOpen = 0;

  const directoriesOf = (path: string): string[] =>
    path
      .split('/')
      .slice(0, -1)
      .map((_, index, parts) => parts.slice(0, index + 1).join('/'));

  const take = (opened: File | { readonly directory: string }): number => {
    if (descriptors.size >= kernel.limit) return failure.exhausted;
    nextDescriptor += 1;
    descriptors.set(nextDescriptor, opened);
    mostOpen = Math.max(mostOpen, descriptors.size);
    return nextDescriptor;
  };

  /** Paths through `/proc/self/fd` go on from the open directory, if it is still the same one. */
  const resolved = (path: string): string | undefined => {
    const [, descriptor, rest] = /^\/proc\/self\/fd\/(\d+)(\/.*)$/.exec(path) ?? [];
    if (descriptor === undefined) return path;
    const opened = descriptors.get(Number(descriptor));
    if (opened === undefined || !('directory' in opened)) return undefined;
    return directories.get(opened.directory) === identities.get(Number(descriptor))
      ? `${opened.directory}${rest}`
      : undefined;
  };
  const identities = new Map<number, object | undefined>();

  const kernel: FakeKernel = {
    limit: Infinity,
    opened: [],
    listed: [],
    write: (path, content, inode) => {
      for (const directory of directoriesOf(path)) {
        if (!directories.has(directory)) directories.set(directory, {});
      }
      const known = all.get(path);
      if (known !== undefined && inode === undefined) known.content = content;
      else all.set(path, { content, inode: inode ?? (nextInode += 1), isGone: false });
    },
    remove: (path) => {
      for (const [name, file] of all) {
        if (!name.startsWith(`${path}/`)) continue;
        file.isGone = true;
        all.delete(name);
      }
      for (const name of directories.keys()) {
        if (name === path || name.startsWith(`${path}/`)) directories.delete(name);
      }
    },
    open: () => descriptors.size,
    mostOpen: () => mostOpen,
    files: {
      open: (path) => {
        kernel.opened.push(path);
        const real = resolved(path);
        const file = real === undefined ? undefined : all.get(real);
        return file === undefined ? failure.gone : take(file);
      },
      openDirectory: (path) => {
        if (!directories.has(path)) return failure.gone;
        const descriptor = take({ directory: path });
        identities.set(descriptor, directories.get(path));
        return descriptor;
      },
      read: (descriptor, into) => {
        const file = descriptors.get(descriptor);
        if (file === undefined || 'directory' in file) return failure.other;
        if (file.isGone) return failure.gone;
        const length = into.write(file.content, 'latin1');
        into[length] = 0;
        return length;
      },
      close: (descriptor) => {
        if (!descriptors.delete(descriptor)) throw new Error(`${descriptor} is not open`);
      },
      inode: (descriptor) => {
        const file = descriptors.get(descriptor);
        return file === undefined || 'directory' in file ? failure.other : file.inode;
      },
      isDirectory: (path) => directories.has(path),
      directories: (path) => {
        kernel.listed.push(path);
        return [...directories.keys()]
          .filter((name) => name.startsWith(`${path}/`))
          .map((name) => name.slice(path.length + 1))
          .filter((name) => !name.includes('/'));
      },
    },
  };
  for (const [path, content] of Object.entries(tree)) kernel.write(path, content);
  return kernel;
}
