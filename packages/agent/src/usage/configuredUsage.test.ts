import { systemClock } from '../clock.ts';
import type { Engine } from '../engine.ts';
import type { UsageSourceSetting } from './chooseSource.ts';
import { createConfiguredUsage } from './configuredUsage.ts';

const stats = {
  read: '2026-11-21T11:21:44Z',
  cpu_stats: { cpu_usage: { total_usage: 5e9 } },
};

/** A host without cgroups. */
function usageOf(setting: UsageSourceSetting) {
  let asked = 0;
  const ask: Engine['ask'] = ({ read }) => {
    asked += 1;
    const value = read(stats);
    if (value === undefined) throw new Error('stats are asked for');
    return Promise.resolve({ ok: true, value });
  };
  const usage = createConfiguredUsage({
    ...{ setting, deadlineMs: 1000, clock: systemClock },
    ...{ cgroupRoot: '/nowhere/cgroup', procRoot: '/nowhere/proc' },
    // Safe: usage is asked for, nothing else is done with an engine here.
    engine: { ask } as Engine,
  });
  const read = () =>
    usage.source.read({ containers: [{ id: 'a'.repeat(64), name: 'a' }], engine: {} });
  return { usage, read, asked: () => asked };
}

test.each(['engine', 'auto'] as const)(
  'with %s the engine tells what no cgroup tells',
  async (setting) => {
    const { read, usage } = usageOf(setting);
    const { readings, problem } = await read();
    expect([readings.size, problem, usage.source.name]).toEqual([1, undefined, 'engine']);
  },
);

test('with cgroup the engine is never asked, and what is missing is told', async () => {
  const { read, asked, usage } = usageOf('cgroup');
  const { readings, unread, problem } = await read();
  expect([asked(), readings.size, unread.size, usage.source.name]).toEqual([0, 0, 1, 'cgroup']);
  expect(problem?.message).toBe('There are no cgroups at /nowhere/cgroup.');
});

test('whatever is configured can be asked and closed', async () => {
  for (const setting of ['engine', 'cgroup', 'auto'] as const) {
    const { usage } = usageOf(setting);
    usage.reprove();
    await usage.idle();
    usage.close();
    expect([usage.keptDescriptors(), usage.choices().size]).toEqual([0, 0]);
  }
});
