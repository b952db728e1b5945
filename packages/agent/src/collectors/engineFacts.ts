import type { DockerFacts, HostFacts } from '@docker-data-exporter/shared/snapshot';
import type { InfoAnswer, VersionAnswer } from '../engineAnswers.ts';
import { compact } from '../shape.ts';

/** Facts about the host, from `docker info`: right also where the agent runs in a container. */
export function hostFacts(hostname: string, info: InfoAnswer | undefined): HostFacts {
  return compact({
    hostname,
    operatingSystem: info?.operatingSystem,
    kernelVersion: info?.kernelVersion,
    architecture: info?.architecture,
    cpus: info?.cpus,
    memoryBytes: info?.memoryBytes,
  });
}

/** Facts about an engine that answered at least one question. */
export function dockerFacts(answers: {
  readonly version?: VersionAnswer | undefined;
  readonly info?: InfoAnswer | undefined;
  /** States of all containers, where the list is known. */
  readonly states?: readonly string[] | undefined;
}): DockerFacts {
  const { version, info, states } = answers;
  return compact({
    running: true,
    product: version?.product,
    version: version?.version,
    gitCommit: version?.gitCommit,
    apiVersion: version?.apiVersion,
    engineId: info?.id,
    swarmActive: info?.swarmActive,
    images: info?.images,
    // The list is of now, and not slow where `info` is; that is kept for a while.
    containers: states?.length ?? info?.containers,
    containersRunning:
      states?.filter((state) => state === 'running').length ?? info?.containersRunning,
    cgroupVersion: info?.cgroupVersion,
    cgroupDriver: info?.cgroupDriver,
    storageDriver: info?.storageDriver,
  });
}
