import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadScenario } from '@docker-data-exporter/testkit/scenario';
import { startFakeEngine } from '@docker-data-exporter/testkit/fakeEngine';
import { startEngine } from '../e2e/lab/engine.ts';
import { busyboxImage, importBusybox } from '../e2e/lab/image.ts';
import { type Age, locateParts } from '../e2e/lab/parts.ts';
import { createEngineFloor } from './parts/engineFloor.ts';
import { benchRow, type BenchRow, contest, median } from './frame.ts';
import { body, bundleOf, emptyServer, residentMegabytes, startServer } from './parts/processes.ts';

const CONTAINERS = 20;
const SCRAPES = 300;
const STARTS = 7;
const ROUNDS = 31;

// Of asking the engine for the stats of all containers at once, which engines before 25 answer on the
// tick of a second; of the empty process.
const goals = { latency: { old: 0.01, new: 0.1, fake: 1 }, memoryMegabytes: 15, start: 2.5 };

/** An engine to measure at. */
interface Subject {
  readonly title: string;
  readonly socket: string;
  /** For the latency of a collection. */
  readonly goal: number;
  readonly stop: () => Promise<void>;
}

/**
 * The agent at each engine there is here: the latency of a collection against asking the engine raw,
 * memory and start against a Node process that does nothing.
 */
export async function bench(): Promise<readonly BenchRow[]> {
  const ages = (['old', 'new'] as const).filter(isHere);
  const rows: BenchRow[] = [];
  for (const start of ages.length > 0 ? ages.map(realEngine) : [fakeEngine]) {
    const subject = await start();
    try {
      rows.push(await latency(subject));
      if (rows.length === 1) rows.push(await memory(subject), await startUp(subject));
    } finally {
      await subject.stop();
    }
  }
  return rows;
}

async function latency({ title, socket, goal }: Subject): Promise<BenchRow> {
  return await withAgent(socket, async (url) => {
    const floor = createEngineFloor(socket);
    const row = await contest({
      measure: `/snapshot, ${await floor.collect()} containers, ${title}, ms`,
      goal,
      rounds: ROUNDS,
      floor: floor.collect,
      ours: () => body(`${url}/snapshot`),
    });
    floor.close();
    return row;
  });
}

async function memory({ socket }: Subject): Promise<BenchRow> {
  const empty = await startServer(emptyServer);
  for (let count = 0; count < SCRAPES; count++) await body(empty.url);
  const floor = residentMegabytes(empty);
  await empty.process.stop();
  // Without containers, so that many scrapes are quick: what a container costs is not the subject.
  const ours = await withAgent(`${socket}.not-there`, async (url, agent) => {
    for (let count = 0; count < SCRAPES; count++) await body(`${url}/metrics`);
    return residentMegabytes(agent);
  });
  return benchRow({
    measure: `memory after ${SCRAPES} scrapes, MB`,
    floor,
    ours,
    goal: (floor + goals.memoryMegabytes) / floor,
  });
}

async function startUp({ socket }: Subject): Promise<BenchRow> {
  const taken = { floor: [] as number[], ours: [] as number[] };
  for (let count = 0; count < STARTS; count++) {
    const empty = await startServer(emptyServer);
    taken.floor.push(empty.startMs);
    await empty.process.stop();
    await withAgent(socket, (_, { startMs }) => Promise.resolve(taken.ours.push(startMs)));
  }
  const [floor, ours] = [median(taken.floor), median(taken.ours)];
  return benchRow({ measure: 'start to first answer, ms', floor, ours, goal: goals.start });
}

async function withAgent<T>(
  socket: string,
  use: (url: string, agent: Awaited<ReturnType<typeof startServer>>) => Promise<T>,
): Promise<T> {
  const state = mkdtempSync(join(tmpdir(), 'dde-bench-'));
  const agent = await startServer(
    (address) => [bundleOf('agent'), '--listen', address, '--state-dir', state],
    { env: { DOCKER_HOST: `unix://${socket}` }, path: '/-/healthy' },
  );
  try {
    return await use(agent.url, agent);
  } finally {
    await agent.process.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

function isHere(age: Age): boolean {
  const parts = locateParts();
  return [parts[`${age} engine`], parts[`${age} docker`]].every(
    ({ missing }) => missing === undefined,
  );
}

function realEngine(age: Age): () => Promise<Subject> {
  return async () => {
    const engine = await startEngine({ version: age, name: `bench-${age}` });
    try {
      await importBusybox(engine);
      for (let count = 0; count < CONTAINERS; count++) {
        const common = ['--detach', '--network', 'none', '--stop-timeout', '1'];
        await engine.docker('run', ...common, busyboxImage, 'sleep', '100000');
      }
    } catch (error) {
      await engine.stop();
      throw error;
    }
    const { version, socket, stop } = engine;
    return { title: `engine ${version}`, socket, goal: goals.latency[age], stop };
  };
}

async function fakeEngine(): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'dde-bench-'));
  const socket = join(folder, 'engine.sock');
  const scenario = loadScenario('docker-28.5');
  const engine = await startFakeEngine({ scenario, listen: { socket } });
  return {
    title: 'a fake engine',
    socket,
    goal: goals.latency.fake,
    stop: async () => {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
