import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { labDirectory, locateParts } from '../lab/parts.ts';

export const emulator = '/usr/bin/qemu-system-x86_64';

export interface GuestFiles {
  readonly kernel: string;
  readonly initramfs: string;
  readonly disk: string;
}

/** What `.ci/install-guest` built: in `.lab/guest`, or in the folder `DDE_GUEST` names. */
export function guestFiles(): GuestFiles {
  const directory = process.env.DDE_GUEST ?? join(labDirectory(), 'guest');
  return {
    kernel: join(directory, 'vmlinuz'),
    initramfs: join(directory, 'initramfs'),
    disk: join(directory, 'root.ext4'),
  };
}

/** Why there can be no guest on this machine, or undefined where there can be one. */
export function whyNoGuest(): string | undefined {
  const { kernel, initramfs, disk } = guestFiles();
  const missing = [emulator, kernel, initramfs, disk].find((path) => !existsSync(path));
  if (missing !== undefined) return `${missing} is not here, run .ci/install-guest`;
  return locateParts()['new docker'].missing;
}

/**
 * A `describe` that needs the guest. Where it is missing the tests are skipped and the title says why;
 * with `DDE_REQUIRE=all` (CI) that is an error instead.
 */
export function describeWithGuest(title: string, body: () => void): void {
  const reason = whyNoGuest();
  if (reason === undefined) {
    describe(title, body);
    return;
  }
  if (process.env.DDE_REQUIRE === 'all') {
    throw new Error(`DDE_REQUIRE=all, but "${title}" lacks the guest: ${reason}`);
  }
  describe.skip(`${title} (skipped, ${reason})`, body);
}
