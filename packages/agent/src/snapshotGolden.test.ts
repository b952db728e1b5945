import { join } from 'node:path';
import { env } from 'node:process';
import { silentLog } from '@docker-data-exporter/shared/log';
import {
  type ContainerSnapshot,
  parseSnapshot,
  SCHEMA_VERSION,
  type Snapshot,
} from '@docker-data-exporter/shared/snapshot';
import { startFakeEngine } from '@docker-data-exporter/testkit/fakeEngine';
import { expectGolden } from '@docker-data-exporter/testkit/golden';
import { listScenarios, loadScenario } from '@docker-data-exporter/testkit/scenario';
import { temporaryDirectory } from '@docker-data-exporter/testkit/temporaryDirectory';
import { createAgent } from './agent.ts';
import { endpointOf } from './engineAddress.ts';

const DAY_MS = 86_400_000;

const hasDetails = ({ user, restartCount }: ContainerSnapshot): boolean =>
  user !== undefined && restartCount !== undefined;

/** Whether the list or an event told first of a name is a matter of luck. */
function inOrder(snapshot: Snapshot): Snapshot {
  snapshot.lifecycle?.containers.sort((a, b) => (a.name < b.name ? -1 : 1));
  return snapshot;
}

const startsIn = ({ lifecycle }: Snapshot): number =>
  (lifecycle?.containers ?? []).reduce((sum, { starts }) => sum + starts, 0);

/**
 * Recorded answers of a real engine in, `snapshot.json` beside them out: the whole agent but for its
 * HTTP server. Several collections, so that there is a CPU percent.
 */
async function snapshotOf(name: string): Promise<Snapshot> {
  const directory = temporaryDirectory();
  const scenario = loadScenario(name);
  const socket = join(directory.path, 'docker.sock');
  const engine = await startFakeEngine({ scenario, listen: { socket } });
  const recordedMs = Date.parse(scenario.info.value.SystemTime);
  // Listening since before the recording began, so that all its events are counted.
  let nowMs = recordedMs - DAY_MS;
  const agent = createAgent({
    settings: {
      engineTimeout: 20_000,
      hostname: undefined,
      userFromName: '{app}--{user}',
      cpuPercentOf: 'host',
      disableMetrics: [],
      relistEvery: 300_000,
      engineFactsAge: 60_000,
      lifecycleNames: 1000,
      ...{ usageSource: 'engine', cgroupRoot: '/sys/fs/cgroup', procRoot: '/proc' },
    },
    version: '0.0.0',
    discover: () =>
      Promise.resolve(endpointOf({ address: engine.dockerHost, namedBy: 'test', tls: undefined })),
    identity: {
      id: () => '00000000-0000-4000-8000-000000000000',
      hostname: () => undefined,
      learn: () => Promise.resolve(),
    },
    ownHostname: 'not-this-one',
    clock: { unixMs: () => nowMs, steadyMs: () => 0 },
    log: silentLog(),
  });
  try {
    const starts = scenario.events.filter((line) => line.includes('"Action":"start"')).length;
    while (startsIn(await agent.app.collect()) < starts) await agent.idle();
    nowMs = recordedMs;
    // The list is of another moment than the clock, so that details are read twice to make sure.
    while (!(await agent.app.collect()).containers.every(hasDetails)) await agent.idle();
    engine.setMoment('later');
    return inOrder(await agent.app.collect());
  } finally {
    agent.close();
    await engine.close();
    directory.remove();
  }
}

describe.each(listScenarios())('the snapshot of %s', (name) => {
  let snapshot: Snapshot;
  beforeAll(async () => {
    snapshot = await snapshotOf(name);
  });

  test('is the golden one', () => {
    const { UPDATE_GOLDENS, CI } = env;
    const file = join(loadScenario(name).directory, 'snapshot.json');
    expectGolden(file, `${JSON.stringify(snapshot, null, 2)}\n`, { UPDATE_GOLDENS, CI });
  });

  test('is one the aggregator takes whole', () => {
    expect(snapshot.schemaVersion).toBe(SCHEMA_VERSION);
    const parsed = parseSnapshot(JSON.parse(JSON.stringify(snapshot)));
    expect(parsed).toEqual({ ok: true, snapshot, droppedContainers: 0 });
  });

  test('has usage and percents of what runs, and of nothing else', () => {
    for (const {
      state,
      cpu,
      memory,
      blockIo,
      pids,
      network,
      ...container
    } of snapshot.containers) {
      const uses = state === 'running' || state === 'paused';
      const parts = [cpu, cpu?.hostPercent, memory, memory?.percent, blockIo, pids];
      expect([container.name, ...parts.map((part) => part !== undefined)]).toEqual([
        container.name,
        ...parts.map(() => uses),
      ]);
      if (!uses) expect(network).toBeUndefined();
    }
  });
});
