import { Buffer } from 'node:buffer';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { cgroupV1Files } from '@docker-data-exporter/agent/usage/cgroupV1';
import { cgroupV2Files } from '@docker-data-exporter/agent/usage/cgroupV2';

const root = '/sys/fs/cgroup';
const version2 = existsSync(`${root}/cgroup.controllers`);

export interface CgroupFloor {
  /** Reads everything once. */
  readonly read: () => void;
  readonly close: () => void;
}

/**
 * The least that reading the usage of Docker's containers can take: the agent's files, one `pread`
 * each into one buffer on descriptors that are kept, and nothing is made of what they say. The network
 * is opened every time, as it must be.
 */
export function createCgroupFloor(ids: readonly string[]): CgroupFloor {
  const bytes = Buffer.alloc(64 * 1024);
  const host = openSync('/proc/stat', 'r');
  const table = version2 ? cgroupV2Files : cgroupV1Files;
  const containers = ids.map((id) => ({
    descriptors: table
      .map(({ controller, name }) =>
        version2 ? `${root}/docker/${id}/${name}` : `${root}/${controller}/docker/${id}/${name}`,
      )
      .filter((path) => existsSync(path))
      .map((path) => openSync(path, 'r')),
    network: `/proc/${firstProcess(id)}/net/dev`,
  }));
  return {
    read: () => {
      readSync(host, bytes, 0, bytes.length, 0);
      for (const { descriptors, network } of containers) {
        for (const descriptor of descriptors) readSync(descriptor, bytes, 0, bytes.length, 0);
        const opened = openSync(network, 'r');
        readSync(opened, bytes, 0, bytes.length, 0);
        closeSync(opened);
      }
    },
    close: () => {
      closeSync(host);
      for (const { descriptors } of containers) descriptors.forEach(closeSync);
    },
  };
}

function firstProcess(id: string): string {
  const tree = version2 ? root : `${root}/memory`;
  return readFileSync(`${tree}/docker/${id}/cgroup.procs`, 'utf8').trim().split('\n')[0] ?? '';
}
