import { systemClock } from '@docker-data-exporter/agent/clock';
import { createEngine } from '@docker-data-exporter/agent/engine';
import { endpointOf } from '@docker-data-exporter/agent/engineAddress';
import { type CgroupUsage, createCgroupUsage } from '@docker-data-exporter/agent/usage/cgroup';
import { createEngineUsage } from '@docker-data-exporter/agent/usage/engine';
import type { UsageSource, UsageTarget } from '@docker-data-exporter/agent/usage/usageSource';
import type { Engine } from '../lab/engine.ts';

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly HostConfig: { readonly NetworkMode: string };
}

/** The engine's running and paused containers, as the agent hands them to a source. */
export async function targetsOf(engine: Engine): Promise<UsageTarget[]> {
  // Safe: the list has these parts on every engine.
  const list = (await engine.get('/containers/json')) as Listed[];
  return list.map(({ Id, Names, HostConfig }) => ({
    id: Id,
    name: Names[0]?.slice(1) ?? '',
    networkMode: HostConfig.NetworkMode,
  }));
}

/** The agent's source that reads this machine's cgroups. */
export function cgroupUsage(): CgroupUsage {
  return createCgroupUsage({
    ...{ cgroupRoot: '/sys/fs/cgroup', procRoot: '/proc', maxDescriptors: 4096 },
    clock: systemClock,
  });
}

/** The agent's source that asks the engine. */
export function engineUsage({ dockerHost: address }: Engine, deadlineMs = 5000): UsageSource {
  const discover = () => Promise.resolve(endpointOf({ address, namedBy: 'test', tls: undefined }));
  const { steadyMs } = systemClock;
  return createEngineUsage({ engine: createEngine({ discover }), deadlineMs, steadyMs });
}
