import { join } from 'node:path';
import { env } from 'node:process';
import { silentLog } from '@docker-data-exporter/shared/log';
import {
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

/**
 * Recorded answers of a real engine in, `snapshot.json` beside them out: the whole agent but for its
 * HTTP server. Two collections, so that there is a CPU percent.
 */
async function snapshotOf(name: string): Promise<Snapshot> {
  const directory = temporaryDirectory();
  const scenario = loadScenario(name);
  const socket = join(directory.path, 'docker.sock');
  const engine = await startFakeEngine({ scenario, listen: { socket } });
  const agent = createAgent({
    settings: {
      engineTimeout: 20_000,
      hostname: undefined,
      userFromName: '{app}--{user}',
      cpuPercentOf: 'host',
      disableMetrics: [],
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
    clock: { unixMs: () => Date.parse(scenario.info.value.SystemTime), steadyMs: () => 0 },
    log: silentLog(),
  });
  try {
    await agent.app.collect();
    await agent.idle();
    engine.setMoment('later');
    return await agent.app.collect();
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
