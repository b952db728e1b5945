import { Buffer } from 'node:buffer';
import type { ContainerSnapshot, Snapshot } from '@docker-data-exporter/shared/snapshot';

/**
 * What the earlier project’s agent would have answered on `GET /get-data` for this host.
 *
 * It knew no absent numbers: what is unknown is 0 there.
 */
export function legacyBody(snapshot: Snapshot): Buffer {
  const { docker, host } = snapshot;
  const always = { hostname: host.hostname, 'docker-running': docker.running };
  if (!docker.running) return Buffer.from(JSON.stringify(always));
  return Buffer.from(
    JSON.stringify({
      ...always,
      'docker-version': `${docker.version ?? ''} (build ${docker.gitCommit ?? ''})`,
      'swarm-mode': docker.swarmActive ?? false,
      'image-count': docker.images ?? 0,
      'total-container-count': docker.containers ?? 0,
      'running-container-count': docker.containersRunning ?? 0,
      containers: snapshot.containers.map(legacyContainer),
    }),
  );
}

function legacyContainer(container: ContainerSnapshot): Record<string, string | number> {
  return {
    id: container.id.slice(0, 12),
    name: container.name,
    image: container.image,
    'image-label': container.imageTag,
    user: container.user ?? 'root',
    state: container.state,
    status: container.status,
    'created-at': Math.floor(Date.parse(container.createdAt ?? '1970-01-01T00:00:00Z') / 1000),
    'cpu-percent': container.cpu?.hostPercent ?? 0,
    'mem-percent': container.memory?.percent ?? 0,
    'network-bytes-in': container.network?.receiveBytes ?? 0,
    'network-bytes-out': container.network?.transmitBytes ?? 0,
    'block-bytes-in': container.blockIo?.readBytes ?? 0,
    'block-bytes-out': container.blockIo?.writeBytes ?? 0,
  };
}
