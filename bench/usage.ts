import { systemClock } from '@docker-data-exporter/agent/clock';
import { createEngine } from '@docker-data-exporter/agent/engine';
import { endpointOf } from '@docker-data-exporter/agent/engineAddress';
import { type CgroupUsage, createCgroupUsage } from '@docker-data-exporter/agent/usage/cgroup';
import { createEngineUsage } from '@docker-data-exporter/agent/usage/engine';
import type { UsageRequest } from '@docker-data-exporter/agent/usage/usageSource';
import { type Engine, startEngine } from '../e2e/lab/engine.ts';
import { busyboxImage, importBusybox } from '../e2e/lab/image.ts';
import { type Age, locateParts } from '../e2e/lab/parts.ts';
import { type BenchRow, contest, median } from './frame.ts';
import { createCgroupFloor } from './parts/cgroupFloor.ts';

const SIZES = [10, 100, 200];
const ROUNDS = 201;
const ENGINE_ROUNDS = 3;
const WARM_UP_CONTAINERS = 20_000;

// Reading is most of it. What a container costs may not depend on how many there are.
const goals = { reading: 1.75, scaling: 1.25 };

/**
 * The cgroup source against the bare reading of the same files; the peer is asking the engine for all
 * stats at once. Then whether a container costs more where there are more.
 */
export async function bench(): Promise<readonly BenchRow[]> {
  const age = (['old', 'new'] as const).find(isHere);
  if (age === undefined) throw new Error('this bench needs a real engine: see .ci/install');
  const engine = await startEngine({ version: age, name: 'bench-usage', bridge: true });
  try {
    const ids = await startContainers(engine, Math.max(...SIZES));
    const rows: BenchRow[] = [];
    for (const size of SIZES) rows.push(await reading(engine, ids.slice(0, size)));
    rows.push(await scaling(engine, ids));
    return rows;
  } finally {
    await engine.stop();
  }
}

async function reading(engine: Engine, ids: readonly string[]): Promise<BenchRow> {
  const floor = createCgroupFloor(ids);
  const ours = cgroupSource();
  const request = requestOf(engine, ids);
  const row = await contest({
    measure: `usage of ${ids.length} containers, ms`,
    goal: goals.reading,
    rounds: ROUNDS,
    // The same number of containers for every size: until then the code is still being compiled.
    warmUpRounds: Math.ceil(WARM_UP_CONTAINERS / ids.length),
    floor: () => {
      floor.read();
      return Promise.resolve();
    },
    ours: () => ours.read(request),
  });
  floor.close();
  ours.close();
  return { ...row, peer: Math.round(await engineTime(engine, request)) };
}

async function engineTime(engine: Engine, request: UsageRequest): Promise<number> {
  const { dockerHost: address } = engine;
  const discover = () => Promise.resolve(endpointOf({ address, namedBy: 'bench', tls: undefined }));
  const client = createEngine({ discover });
  const { steadyMs } = systemClock;
  const source = createEngineUsage({ engine: client, deadlineMs: 30_000, steadyMs });
  const taken: number[] = [];
  for (let round = 0; round < ENGINE_ROUNDS; round++) {
    const begun = steadyMs();
    await source.read(request);
    taken.push(steadyMs() - begun);
  }
  client.close();
  return median(taken);
}

/** What one of many costs against one of few: four readings of a quarter, and one of all. */
async function scaling(engine: Engine, ids: readonly string[]): Promise<BenchRow> {
  const quarter = ids.slice(0, ids.length / 4);
  const [few, many] = [cgroupSource(), cgroupSource()];
  const row = await contest({
    measure: `usage of ${ids.length} containers, against four times ${quarter.length}, ms`,
    goal: goals.scaling,
    rounds: ROUNDS,
    warmUpRounds: Math.ceil(WARM_UP_CONTAINERS / ids.length),
    floor: async () => {
      for (let time = 0; time < 4; time++) await few.read(requestOf(engine, quarter));
    },
    ours: () => many.read(requestOf(engine, ids)),
  });
  few.close();
  many.close();
  return row;
}

function cgroupSource(): CgroupUsage {
  return createCgroupUsage({
    ...{ cgroupRoot: '/sys/fs/cgroup', procRoot: '/proc', maxDescriptors: 8192 },
    clock: systemClock,
  });
}

function requestOf({ apiVersion }: Engine, ids: readonly string[]): UsageRequest {
  return {
    containers: ids.map((id) => ({ id, name: id.slice(0, 12) })),
    engine: { product: 'docker', apiVersion },
  };
}

async function startContainers(engine: Engine, count: number): Promise<string[]> {
  await importBusybox(engine);
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const common = ['--detach', '--stop-timeout', '1'];
    ids.push((await engine.docker('run', ...common, busyboxImage, 'sleep', '100000')).trim());
  }
  return ids;
}

function isHere(age: Age): boolean {
  const parts = locateParts();
  return [parts[`${age} engine`], parts[`${age} docker`]].every(
    ({ missing }) => missing === undefined,
  );
}
