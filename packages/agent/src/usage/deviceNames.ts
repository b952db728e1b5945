import type { Buffer } from 'node:buffer';
import { type KernelFiles, readOnce } from './kernelFiles.ts';
import { parseDeviceNames } from './procHost.ts';

/** The name of a block device, such as sda; undefined if the kernel does not tell. */
export type DeviceNames = (major: number, minor: number) => string | undefined;

/** A disk that is not known may have come lately, or be none that has a name. */
const READ_AGAIN_MS = 60_000;

export function createDeviceNames(options: {
  readonly files: KernelFiles;
  readonly procRoot: string;
  readonly steadyMs: () => number;
  /** Used between calls by whoever owns it. */
  readonly buffer: Buffer;
}): DeviceNames {
  const { files, procRoot, steadyMs, buffer } = options;
  let names = new Map<string, string>();
  let readAgainMs = -Infinity;
  return (major, minor) => {
    const key = `${major}:${minor}`;
    const known = names.get(key);
    if (known !== undefined || steadyMs() < readAgainMs) return known;
    readAgainMs = steadyMs() + READ_AGAIN_MS;
    const length = readOnce(files, `${procRoot}/diskstats`, buffer);
    if (length >= 0) names = parseDeviceNames(buffer.toString('latin1', 0, length));
    return names.get(key);
  };
}
