import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import type { EndpointFiles } from './engineEndpoint.ts';
import { compact, objectOf, textOf } from './shape.ts';

const ABSENT = new Set(['ENOENT', 'ENOTDIR']);
const DENIED = new Set(['EACCES', 'EPERM']);

/** The files of this machine. */
export const localFiles: EndpointFiles = {
  readText: async (path) => {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (ABSENT.has(codeOf(error))) return undefined;
      throw error;
    }
  },
  look: async (path) => {
    try {
      if (!(await stat(path)).isSocket()) return 'not-a-socket';
      await access(path, constants.R_OK | constants.W_OK);
      return 'socket';
    } catch (error) {
      return DENIED.has(codeOf(error)) ? 'denied' : 'missing';
    }
  },
};

/** The system's code of an error, such as ENOENT; "" if it has none. */
export function codeOf(error: unknown): string {
  return textOf(objectOf(error)?.code) ?? '';
}

export interface FileGroup {
  readonly gid: number;
  /** Absent if the system has no name for it. */
  readonly name?: string;
}

/** The group a path belongs to. Undefined if it cannot be told. */
export async function groupOf(path: string): Promise<FileGroup | undefined> {
  try {
    const { gid } = await stat(path);
    const groups = await readFile('/etc/group', 'utf8').catch(() => '');
    const name = groups
      .split('\n')
      .map((line) => line.split(':'))
      .find(([, , id]) => id === String(gid))?.[0];
    return compact({ gid, name });
  } catch {
    return undefined;
  }
}
