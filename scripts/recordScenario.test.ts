import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ComparedContainer, readUsage } from '../e2e/guest/cgroupFiles.ts';
import { findCgroups } from '../e2e/guest/cgroupPaths.ts';
import { compareUsage } from '../e2e/guest/compare.ts';
import type { ReadFiles } from '../e2e/guest/shell.ts';
import { type EngineStats, usageOfStats } from '../e2e/guest/usage.ts';

const scenarios = join(import.meta.dirname, '..', 'testdata', 'scenarios');
const recorded = readdirSync(scenarios).filter((name) =>
  existsSync(join(scenarios, name, 'cgroup')),
);

interface Inspected {
  readonly Config: { readonly Healthcheck?: object };
  readonly HostConfig: { readonly NetworkMode: string };
}

function json(scenario: string, path: string): unknown {
  return JSON.parse(readFileSync(join(scenarios, scenario, 'docker', path), 'utf8'));
}

/** The containers that stood still while they were recorded. */
async function quietContainers(scenario: string): Promise<ComparedContainer[]> {
  const lines = readFileSync(join(scenarios, scenario, 'containers.txt'), 'utf8')
    .trim()
    .split('\n');
  const containers = lines.flatMap((line) => {
    const [name = '', id = '', pid] = line.split(' ');
    // Safe: inspect has these parts on every engine.
    const { Config, HostConfig } = json(scenario, `inspect/${name}.json`) as Inspected;
    if (Config.Healthcheck !== undefined) return [];
    const hasOwnNetwork = !['host', 'none'].includes(HostConfig.NetworkMode);
    return [{ name, id, pid: Number(pid), hasOwnNetwork }];
  });
  return await findCgroups(reader(scenario), containers);
}

function reader(scenario: string): ReadFiles {
  return (paths) => {
    const found = new Map<string, string>();
    for (const path of paths) {
      const file = join(scenarios, scenario, path.startsWith('/proc/') ? '' : 'cgroup', path);
      if (existsSync(file)) found.set(path, readFileSync(file, 'utf8'));
    }
    return Promise.resolve(found);
  };
}

test('cgroup v1 and v2 hosts are recorded', () => {
  const roots = recorded.map((name) => readdirSync(join(scenarios, name, 'cgroup/sys/fs/cgroup')));
  expect(roots.some((files) => files.includes('cgroup.controllers'))).toBe(true);
  expect(roots.some((files) => files.includes('memory'))).toBe(true);
});

describe.each(recorded)('%s', (scenario) => {
  test('has every container’s kernel files of the same moment as the engine’s stats', async () => {
    const containers = await quietContainers(scenario);
    const files = await readUsage(reader(scenario), containers);
    expect(files.size).toBeGreaterThan(10);
    for (const [name, usage] of files) {
      // Safe: the stats of a container with processes have these parts.
      const stats = json(scenario, `stats-oneshot/${name}.json`) as EngineStats;
      const answer = usageOfStats(stats);
      const { wrong, moving } = compareUsage({ before: usage, answer, after: usage });
      expect({ name, wrong, moving }).toEqual({ name, wrong: [], moving: [] });
    }
  });
});
