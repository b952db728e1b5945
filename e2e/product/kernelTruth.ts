import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Usage } from './usage.ts';

const root = '/sys/fs/cgroup';

/** Whether this machine has cgroup v1 files to compare with. */
export const hasCgroupV1 = existsSync(join(root, 'memory'));

/** A container's usage by its cgroup v1 files; undefined where there are none. */
export function cgroupUsage(id: string, hostMemoryBytes: number): Usage | undefined {
  if (!existsSync(join(root, 'memory/docker', id))) return undefined;
  const read = (controller: string, file: string): string =>
    readFileSync(join(root, controller, 'docker', id, file), 'utf8');
  const usage = Number(read('memory', 'memory.usage_in_bytes'));
  const inactive = Number(
    /^total_inactive_file (\d+)$/m.exec(read('memory', 'memory.stat'))?.[1] ?? 0,
  );
  const limit = Math.min(Number(read('memory', 'memory.limit_in_bytes')), hostMemoryBytes);
  const blocks = read('blkio', 'blkio.throttle.io_service_bytes_recursive');
  return {
    cpuSeconds: Number(read('cpuacct', 'cpuacct.usage')) / 1e9,
    memoryPercent: ((inactive < usage ? usage - inactive : usage) / limit) * 100,
    blockIn: operationSum(blocks, 'Read'),
    blockOut: operationSum(blocks, 'Write'),
  };
}

/** Bytes of all interfaces but loopback, in the network namespace of a process. */
export function interfaceBytes(pid: number): Pick<Usage, 'networkIn' | 'networkOut'> {
  const rows = readFileSync(`/proc/${pid}/net/dev`, 'utf8')
    .split('\n')
    .slice(2)
    .map((line) => line.trim().split(/[:\s]+/))
    .filter(([name]) => name !== undefined && name !== '' && name !== 'lo');
  const column = (index: number): number =>
    rows.reduce((total, row) => total + Number(row[index]), 0);
  return { networkIn: column(1), networkOut: column(9) };
}

function operationSum(text: string, operation: string): number {
  return [...text.matchAll(new RegExp(`^\\d+:\\d+ ${operation} (\\d+)$`, 'gm'))].reduce(
    (total, match) => total + Number(match[1]),
    0,
  );
}
