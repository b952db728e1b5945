import { Buffer } from 'node:buffer';
import type { ContainerSnapshot, Snapshot } from '@docker-data-exporter/shared/snapshot';

/**
 * The body of an agent with that many running containers, of usual size: some 600 bytes a container.
 * Another `moment` has other numbers and the same names, as the next scrape would find.
 */
export function syntheticBody(server: number, containers: number, moment: number): Buffer {
  return Buffer.from(JSON.stringify(syntheticSnapshot(server, containers, moment)));
}

function syntheticSnapshot(server: number, containers: number, moment: number): Snapshot {
  return {
    schemaVersion: 1,
    takenAt: new Date(1_800_000_000_000 + moment * 15_000).toISOString(),
    agent: { id: `agent-${server}`, version: '0.1.0', usageSource: 'engine' },
    host: {
      hostname: `server-${server}.example.org`,
      operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
      cpus: 8,
      memoryBytes: 33_567_547_392,
    },
    docker: {
      running: true,
      product: 'docker',
      version: '28.5.2',
      apiVersion: '1.51',
      swarmActive: false,
      images: 40,
      containers,
      containersRunning: containers,
    },
    collectors: ['engine', 'containers', 'usage', 'details'].map((name, index) => ({
      name,
      success: true,
      seconds: 0.0123 * (index + 1),
    })),
    containers: Array.from({ length: containers }, (_, index) =>
      syntheticContainer(server * containers + index, moment),
    ),
  };
}

function syntheticContainer(seed: number, moment: number): ContainerSnapshot {
  const count = seed * 7919 + moment * 104_729;
  return {
    id: seed.toString(16).padStart(64, 'a1b2c3d4e5f60718'),
    name: `shop-service-${seed % 97}-${seed}`,
    image: 'registry.example.org/shop/service',
    imageTag: `1.${seed % 20}.3`,
    user: 'root',
    createdAt: '2026-11-21T12:00:00Z',
    state: 'running',
    status: 'Up 3 hours',
    cpu: { usageSeconds: count / 997, hostPercent: (count % 10_000) / 100 },
    memory: {
      usageBytes: 100_000_000 + count,
      limitBytes: 2_147_483_648,
      percent: (count % 9973) / 100,
    },
    network: { receiveBytes: 123_456_789 + count, transmitBytes: 23_456_789 + count },
    blockIo: { readBytes: 3_456_789 + count, writeBytes: 456_789 + count },
    pids: { current: 1 + (seed % 40) },
  };
}
