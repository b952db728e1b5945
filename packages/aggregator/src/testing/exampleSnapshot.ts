import {
  type ContainerSnapshot,
  SCHEMA_VERSION,
  type Snapshot,
} from '@docker-data-exporter/shared/snapshot';

/** For tests: a snapshot of a host with that name and so many running containers. */
export function exampleSnapshot(hostname: string, containerCount = 2): Snapshot {
  return {
    schemaVersion: SCHEMA_VERSION,
    takenAt: '2026-01-02T03:04:05Z',
    agent: { id: `id-of-${hostname}`, version: '1.2.3' },
    host: { hostname, cpus: 4, memoryBytes: 8_000_000_000 },
    docker: {
      running: true,
      version: '28.5.2',
      gitCommit: 'abc1234',
      swarmActive: false,
      images: 7,
      containers: containerCount,
      containersRunning: containerCount,
    },
    collectors: [{ name: 'containers', success: true, seconds: 0.01 }],
    containers: Array.from({ length: containerCount }, (_, index) => exampleContainer(index)),
  };
}

function exampleContainer(index: number): ContainerSnapshot {
  return {
    id: index.toString(16).padStart(64, '0'),
    name: `container-${index}`,
    image: 'registry.example/app',
    imageTag: '1.0',
    user: 'root',
    createdAt: '2026-01-01T00:00:00Z',
    state: 'running',
    status: 'Up 3 hours',
    cpu: { usageSeconds: 12.5, hostPercent: 2.5 },
    memory: { usageBytes: 1000, limitBytes: 4000, percent: 25 },
    network: { receiveBytes: 10, transmitBytes: 20 },
    blockIo: { readBytes: 30, writeBytes: 40 },
  };
}
