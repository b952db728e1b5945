import type { ContainerSnapshot, Snapshot } from '@docker-data-exporter/shared/snapshot';

/**
 * The JSON of the earlier Python project's agent (`GET /get-data`), so that fleets can move over
 * host by host. Its shape has a number in every place: what is not known is 0 there and only there.
 */
export function earlierAgentBody(snapshot: Snapshot): Record<string, unknown> {
  const { host, docker, containers } = snapshot;
  if (!docker.running) return { hostname: host.hostname, 'docker-running': false };
  return {
    hostname: host.hostname,
    'docker-running': true,
    'docker-version': versionText(docker),
    'swarm-mode': docker.swarmActive ?? false,
    'image-count': docker.images ?? 0,
    'total-container-count': docker.containers ?? containers.length,
    'running-container-count': docker.containersRunning ?? 0,
    containers: containers.map(containerBody),
  };
}

function containerBody(container: ContainerSnapshot): Record<string, string | number> {
  const { cpu, memory, network, blockIo, createdAt } = container;
  return {
    id: container.id.slice(0, 12),
    name: container.name,
    image: container.image,
    'image-label': container.imageTag,
    user: container.user ?? '',
    state: container.state,
    status: container.status,
    'created-at': createdAt === undefined ? 0 : Date.parse(createdAt) / 1000,
    'cpu-percent': cpu?.hostPercent ?? 0,
    'mem-percent': memory?.percent ?? 0,
    'network-bytes-in': network?.receiveBytes ?? 0,
    'network-bytes-out': network?.transmitBytes ?? 0,
    'block-bytes-in': blockIo?.readBytes ?? 0,
    'block-bytes-out': blockIo?.writeBytes ?? 0,
  };
}

/** As `docker --version` writes it: `24.0.4 (build 3713ee1)`. */
function versionText({ version, gitCommit }: Snapshot['docker']): string {
  if (version === undefined) return '';
  return gitCommit === undefined ? version : `${version} (build ${gitCommit.slice(0, 7)})`;
}
