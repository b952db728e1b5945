import { readFile, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

export interface FileWatch {
  /** Looks now. Calls `onChange` if the content is another than at the last look. Never rejects. */
  readonly look: () => Promise<void>;
}

/**
 * Tells when a file’s content changed. It looks at the name each time anew, so it survives what
 * watching a descriptor does not: editors that write a new file and rename it, and the symbolic links
 * by which Kubernetes swaps a ConfigMap. A file that is gone for the moment is no change.
 */
export async function watchFile(
  path: string,
  onChange: () => Promise<unknown>,
): Promise<FileWatch> {
  let mark = await markOf(path);
  let content = await contentOf(path);
  return {
    look: async () => {
      const newMark = await markOf(path);
      if (newMark === undefined || newMark === mark) return;
      const newContent = await contentOf(path);
      if (newContent === undefined) return;
      mark = newMark;
      if (newContent === content) return;
      content = newContent;
      await onChange();
    },
  };
}

/** Looks again and again until the signal aborts. Does not keep the process alive. */
export async function lookEvery(
  intervalMs: number,
  { watch, signal }: { readonly watch: FileWatch; readonly signal: AbortSignal },
): Promise<void> {
  try {
    for (;;) {
      await wait(intervalMs, undefined, { ref: false, signal });
      await watch.look();
    }
  } catch {
    // Only the signal ends it.
  }
}

/** What changes when a file is written or replaced, the links on the way to it included. */
async function markOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return undefined;
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
