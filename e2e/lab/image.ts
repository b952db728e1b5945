import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { run } from './run.ts';

export const busyboxImage = 'busybox:local';

const commands = 'sh sleep dd cat ls wget nc httpd true false rm sync'.split(' ');

/**
 * Gives the engine an image without a registry: Debian's static busybox under the tag `busybox:local`.
 * Returns the image's id (`sha256:…`). With another tag, or none (`''`), every call makes a new image.
 */
export async function importBusybox(
  engine: Pick<Engine, 'docker'>,
  tag = busyboxImage,
): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), `dde-lab-${process.pid}-image-`));
  try {
    const root = join(directory, 'root');
    for (const folder of ['bin', 'tmp', 'www']) mkdirSync(join(root, folder), { recursive: true });
    copyFileSync('/usr/bin/busybox', join(root, 'bin/busybox'));
    for (const command of commands) symlinkSync('busybox', join(root, 'bin', command));
    writeFileSync(join(root, 'www/index.html'), 'x'.repeat(20_000));
    const archive = join(directory, 'root.tar');
    await run('tar', ['-C', root, '--owner=0', '--group=0', '-cf', archive, '.']);
    const answer = await engine.docker('import', archive, ...(tag === '' ? [] : [tag]));
    return answer.trim();
  } finally {
    rmSync(directory, { recursive: true });
  }
}
