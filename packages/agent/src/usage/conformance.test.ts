import { problem } from '@docker-data-exporter/shared/errors';
import { listScenarios, loadScenario } from '@docker-data-exporter/testkit/scenario';
import { systemClock } from '../clock.ts';
import type { Engine } from '../engine.ts';
import { createCgroupUsage } from './cgroup.ts';
import { describeUsageSource, type UsageScenario } from './conformance.ts';
import { createEngineUsage } from './engine.ts';
import { parseStats } from './statsAnswer.ts';
import { hasRecordedHost, type RecordedHost, unpackRecordedHost } from './testing/recordedHost.ts';
import type { UsageReading } from './usageReading.ts';

const recorded = listScenarios()
  .map((name) => loadScenario(name))
  .filter(({ directory }) => hasRecordedHost(directory));

const cgroupUsageOf = (host: RecordedHost, maxDescriptors = 1000) =>
  createCgroupUsage({ ...host, clock: systemClock, maxDescriptors });

test('hosts of both cgroup versions were recorded', () => {
  const versions = recorded.map(({ info }) => info.value.CgroupVersion);
  expect([...new Set(versions)].toSorted()).toEqual(['1', '2']);
});

describe.each(recorded.map((scenario) => [scenario.name, scenario] as const))(
  '%s',
  (_, scenario) => {
    const host = unpackRecordedHost(scenario.directory);
    afterAll(host.remove);

    const answers = new Map(
      scenario.containers.map(({ id, oneShot }): [string, unknown] => [
        id,
        JSON.parse(oneShot?.toString() ?? 'null'),
      ]),
    );
    const told = new Map(
      host.containers.flatMap(({ id }): [string, UsageReading][] => {
        const reading = parseStats(answers.get(id));
        return typeof reading === 'object' ? [[id, reading]] : [];
      }),
    );
    const containers = host.containers.filter(({ id }) => told.has(id));
    // The others stood still in the freezer; a health check would have hung in it.
    const quiet = new Set(
      scenario.containers
        .filter(({ inspect }) => !/"Healthcheck":\s*{/.test(inspect?.toString() ?? ''))
        .map(({ name }) => name),
    );
    const common: Omit<UsageScenario, 'reference'> = {
      containers,
      quiet,
      engine: { product: 'docker', apiVersion: scenario.version.value.ApiVersion },
      hostMemoryBytes: scenario.info.value.MemTotal,
    };

    const ask: Engine['ask'] = ({ path, read }) => {
      const value = read(answers.get(path.split('/')[2] ?? ''));
      return Promise.resolve(
        value === undefined
          ? { ok: false, status: 404, problem: problem('engine-http-status', 'It is gone.') }
          : { ok: true, value },
      );
    };

    const version = scenario.info.value.CgroupVersion ?? '';
    describeUsageSource(
      `cgroup version ${version}`,
      () => {
        const source = cgroupUsageOf(host);
        return Promise.resolve({ source, close: source.close });
      },
      () => ({ ...common, reference: told }),
    );
    describeUsageSource(
      `cgroup version ${version} without descriptors to keep`,
      () => {
        const source = cgroupUsageOf(host, 0);
        return Promise.resolve({ source, close: source.close });
      },
      () => ({ ...common, reference: told }),
    );
    const fromFiles = new Map<string, UsageReading>();
    beforeAll(async () => {
      const source = cgroupUsageOf(host);
      const { readings } = await source.read(common);
      for (const [id, reading] of readings) fromFiles.set(id, reading);
      source.close();
    });
    describeUsageSource(
      'the engine',
      () => {
        // Safe: usage is asked for, nothing else is done with an engine here.
        const engine = { ask } as Engine;
        const source = createEngineUsage({ engine, deadlineMs: 1000, steadyMs: () => 0 });
        return Promise.resolve({ source, close: () => undefined });
      },
      () => ({ ...common, reference: fromFiles }),
    );
  },
);
