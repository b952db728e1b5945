import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The whole disk (`/dev/NAME`) a folder lies on, or undefined where it lies on none (overlay, tmpfs). */
export function diskOf(folder: string): string | undefined {
  const { dev } = statSync(folder);
  const major = (dev >> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
  const link = `/sys/dev/block/${major}:${minor}`;
  if (!existsSync(link)) return undefined;
  const device = realpathSync(link);
  const disk = existsSync(join(device, 'partition')) ? dirname(device) : device;
  const name = /^DEVNAME=(.+)$/m.exec(readFileSync(join(disk, 'uevent'), 'utf8'))?.[1];
  return `/dev/${name ?? basename(disk)}`;
}
