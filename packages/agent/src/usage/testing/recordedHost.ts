import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CgroupRoots } from '../cgroupHierarchy.ts';

/** A copy of a recorded host's files, arranged so that they can be read like the kernel's own. */
export interface RecordedHost extends CgroupRoots {
  /** Those that had processes: name, id and first process. */
  readonly containers: readonly {
    readonly name: string;
    readonly id: string;
    readonly pid: string;
  }[];
  readonly remove: () => void;
}

export function hasRecordedHost(scenarioDirectory: string): boolean {
  return (
    existsSync(join(scenarioDirectory, 'cgroup')) && existsSync(join(scenarioDirectory, 'proc'))
  );
}

/**
 * Copies `cgroup/` and `proc/` of a scenario. What a copy of files cannot have is made up: the
 * container `hostnet` shares its `net/dev`, inode and all, with process 1, as it does in the kernel;
 * and where only block I/O with sub-cgroups was recorded, it stands for that without, as there are
 * no sub-cgroups.
 */
export function unpackRecordedHost(scenarioDirectory: string): RecordedHost {
  const root = mkdtempSync(join(tmpdir(), 'dde-host-'));
  const roots = { cgroupRoot: join(root, 'sys/fs/cgroup'), procRoot: join(root, 'proc') };
  cpSync(join(scenarioDirectory, 'cgroup'), root, { recursive: true });
  cpSync(join(scenarioDirectory, 'proc'), roots.procRoot, { recursive: true });
  const containers = readFileSync(join(scenarioDirectory, 'containers.txt'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', id = '', pid = ''] = line.split(' ');
      return { name, id, pid };
    });
  const ofHostnet = containers.find(({ name }) => name === 'hostnet')?.pid;
  if (ofHostnet === undefined) throw new Error(`${scenarioDirectory} has no container hostnet`);
  const hostNet = join(roots.procRoot, '1/net');
  rmSync(hostNet, { recursive: true, force: true });
  mkdirSync(hostNet, { recursive: true });
  linkSync(join(roots.procRoot, ofHostnet, 'net/dev'), join(hostNet, 'dev'));
  const blkio = join(roots.cgroupRoot, 'blkio/docker');
  if (existsSync(blkio)) for (const id of readdirSync(blkio)) standIn(join(blkio, id));
  return { ...roots, containers, remove: () => rmSync(root, { recursive: true, force: true }) };
}

function standIn(folder: string): void {
  for (const name of ['io_service_bytes', 'io_serviced']) {
    const own = join(folder, `blkio.throttle.${name}`);
    if (!existsSync(own)) renameSync(`${own}_recursive`, own);
  }
}
