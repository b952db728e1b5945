import { problem } from '@docker-data-exporter/shared/errors';
import type { CgroupUsage } from './cgroup.ts';
import { createChosenUsage } from './chooseSource.ts';
import type { UsageReading } from './usageReading.ts';
import type { UsageResult, UsageSource } from './usageSource.ts';

/** Numbers tell where a reading comes from: the time it was taken is 1 of the cgroup, 2 of the engine. */
const reading = (takenAtSeconds: number, bytes: number): UsageReading => ({
  takenAtSeconds,
  blockIo: { readBytes: bytes, writeBytes: 0 },
});

interface Stage {
  /** Bytes by container id: containers not named have no cgroup, or are not known to the engine. */
  readonly cgroup: Record<string, number>;
  readonly engine: Record<string, number>;
}

function stage({ cgroup, engine }: Stage) {
  const asked: string[][] = [];
  const proven: string[][] = [];
  const state = {
    cgroup,
    engine,
    isStuck: false,
    nowMs: 0,
    engineNetworks: [] as string[],
    hostNetwork: '',
  };
  const readOne = (id: string): UsageReading | undefined => {
    const bytes = state.cgroup[id];
    if (bytes === undefined) return undefined;
    const hasNetwork = state.hostNetwork === id && !state.engineNetworks.includes(id);
    const network = { receiveBytes: 1, transmitBytes: 1 };
    return { ...reading(1, bytes), ...(hasNetwork && { network }) };
  };
  const cgroupUsage: CgroupUsage = {
    name: 'cgroup',
    read: ({ containers }) => {
      const readings = new Map<string, UsageReading>();
      for (const { id } of containers) {
        const one = readOne(id);
        if (one !== undefined) readings.set(id, one);
      }
      return Promise.resolve({ readings, unread: new Map() });
    },
    readAgain: ({ id }) => readOne(id),
    hasEngineNetwork: (id) => void state.engineNetworks.push(id),
    hostMemoryBytes: () => undefined,
    version: () => 1,
    keptDescriptors: () => 0,
    close: () => undefined,
  };
  const late = problem('stats-timeout', 'The engine hangs.');
  const engineUsage = (log: string[][]): UsageSource => ({
    name: 'engine',
    read: ({ containers }): Promise<UsageResult> => {
      log.push(containers.map(({ id }) => id));
      const readings = new Map<string, UsageReading>();
      const unread = new Map<string, typeof late>();
      for (const { id } of containers) {
        const bytes = state.engine[id];
        if (state.isStuck) unread.set(id, late);
        else if (bytes !== undefined) readings.set(id, reading(2, bytes));
      }
      return Promise.resolve({ readings, unread, ...(state.isStuck && { problem: late }) });
    },
  });
  const usage = createChosenUsage({
    cgroup: cgroupUsage,
    engine: engineUsage(asked),
    proof: engineUsage(proven),
    steadyMs: () => state.nowMs,
  });
  /** Reads these containers and tells where each reading comes from. */
  const read = async (ids: readonly string[], apiVersion = '1.51') => {
    const containers = ids.map((id) => ({ id, name: `name of ${id}` }));
    const result = await usage.read({ containers, engine: { product: 'docker', apiVersion } });
    const sources = ids.map((id) => result.sources?.get(id));
    // What was said of a source must be true of the reading.
    for (const [id, one] of result.readings) {
      expect([id, one.takenAtSeconds]).toEqual([id, result.sources?.get(id) === 'cgroup' ? 1 : 2]);
    }
    return { ...result, from: sources };
  };
  return { usage, state, read, asked, proven };
}

const same = { a: 10, b: 20 };

test('containers proven equal are read from their cgroups, from the first time on', async () => {
  const { read, asked, usage } = stage({ cgroup: { ...same }, engine: { ...same } });
  expect((await read(['a', 'b'])).from).toEqual(['cgroup', 'cgroup']);
  expect(usage.name).toBe('cgroup');
  await usage.idle();
  expect((await read(['a', 'b'])).from).toEqual(['cgroup', 'cgroup']);
  expect(asked).toEqual([['a', 'b']]);
});

test('a container without a readable cgroup is told by the engine', async () => {
  const { read, asked, usage } = stage({ cgroup: { a: 10 }, engine: { ...same } });
  expect((await read(['a', 'b'])).from).toEqual(['cgroup', 'engine']);
  expect(usage.name).toBe('mixed');
  await read(['a', 'b']);
  expect(asked).toEqual([['a', 'b'], ['b']]);
});

test('where no cgroup is readable the engine tells all', async () => {
  const { read, usage } = stage({ cgroup: {}, engine: { ...same } });
  expect((await read(['a', 'b'])).from).toEqual(['engine', 'engine']);
  expect(usage.name).toBe('engine');
});

test('a container that differs is told by the engine, for good when it did three times', async () => {
  const { read, asked, proven, usage } = stage({ cgroup: { a: 10, b: 21 }, engine: { ...same } });
  expect((await read(['a', 'b'])).from).toEqual(['cgroup', 'engine']);
  await usage.idle();
  expect(proven).toEqual([['b'], ['b']]);
  expect(usage.choices().get('b')).toMatchObject({
    state: 'different',
    differences: ['bytes read: the engine says 20, the cgroup 21.'],
  });
  expect((await read(['a', 'b'])).from).toEqual(['cgroup', 'engine']);
  await usage.idle();
  expect(proven).toHaveLength(2);
  expect(asked.at(-1)).toEqual(['b']);
});

test('a network that only the cgroup sees is left out, and the rest is read from there', async () => {
  const { read, state, usage } = stage({ cgroup: { ...same }, engine: { ...same } });
  state.hostNetwork = 'b';
  expect((await read(['a', 'b'])).from).toEqual(['cgroup', 'engine']);
  expect(state.engineNetworks).toEqual([]);
  await usage.idle();
  const { from, readings } = await read(['a', 'b']);
  expect([from, state.engineNetworks]).toEqual([['cgroup', 'cgroup'], ['b']]);
  expect(readings.get('b')).not.toHaveProperty('network');
});

test('a difference by chance is forgotten', async () => {
  const { read, state, usage } = stage({ cgroup: { ...same }, engine: { a: 10, b: 19 } });
  expect((await read(['a', 'b'])).from).toEqual(['cgroup', 'engine']);
  state.engine.b = 20;
  await usage.idle();
  expect((await read(['a', 'b'])).from).toEqual(['cgroup', 'cgroup']);
});

test('a container that comes later is read at once, and proven in the background', async () => {
  const { read, state, asked, proven, usage } = stage({ cgroup: { a: 10 }, engine: { ...same } });
  await read(['a']);
  await usage.idle();
  state.cgroup.b = 20;
  expect((await read(['a', 'b'])).from).toEqual(['cgroup', 'cgroup']);
  await usage.idle();
  expect([asked, proven]).toEqual([[['a']], [['b']]]);
  expect(usage.choices().get('b')?.state).toBe('equal');
});

test('where all differ, a container that comes later is not trusted before it is proven', async () => {
  const { read, state, usage } = stage({ cgroup: { a: 11 }, engine: { ...same } });
  await read(['a']);
  await usage.idle();
  state.cgroup.b = 20;
  expect((await read(['a', 'b'])).from).toEqual(['engine', 'engine']);
  await usage.idle();
  expect((await read(['a', 'b'])).from).toEqual(['engine', 'cgroup']);
});

test('while the engine’s stats hang, nothing is lost', async () => {
  const { read, state, asked, usage } = stage({ cgroup: { ...same }, engine: { ...same } });
  await read(['a']);
  await usage.idle();
  state.isStuck = true;
  const { from, unread, problem: found } = await read(['a', 'b']);
  await usage.idle();
  expect([from, unread.size, found]).toEqual([['cgroup', 'cgroup'], 0, undefined]);
  expect(asked).toHaveLength(1);
});

test('while they hang from the beginning, cgroups are taken at their word, and proven later', async () => {
  const { read, state, proven, usage } = stage({ cgroup: { a: 10 }, engine: { ...same } });
  state.isStuck = true;
  const { from, unread, problem: found } = await read(['a', 'b']);
  expect(from).toEqual(['cgroup', undefined]);
  expect([...unread.keys()]).toEqual(['b']);
  expect(found?.code).toBe('stats-timeout');
  await usage.idle();
  expect(proven).toEqual([]);
  state.isStuck = false;
  state.nowMs = 10_000;
  await read(['a', 'b']);
  await usage.idle();
  expect(proven).toEqual([['a']]);
  expect(usage.choices().get('a')?.state).toBe('equal');
});

test.each([
  ['its version changes', '1.52', false],
  ['somebody says so', '1.51', true],
])('everything is proven again when %s, without anybody waiting', async (_, version, isSaid) => {
  const { read, asked, proven, usage } = stage({ cgroup: { ...same }, engine: { ...same } });
  await read(['a', 'b']);
  await usage.idle();
  if (isSaid) usage.reprove();
  expect((await read(['a', 'b'], version)).from).toEqual(['cgroup', 'cgroup']);
  await usage.idle();
  expect([asked, proven]).toEqual([[['a', 'b']], [['a', 'b']]]);
});

test('a container that differed may be equal after a restart of the engine', async () => {
  const { read, state, usage } = stage({ cgroup: { a: 10, b: 21 }, engine: { ...same } });
  await read(['a', 'b']);
  await usage.idle();
  state.cgroup.b = 20;
  usage.reprove();
  expect((await read(['a', 'b'])).from).toEqual(['cgroup', 'engine']);
  await usage.idle();
  expect((await read(['a', 'b'])).from).toEqual(['cgroup', 'cgroup']);
});

test('a container that ended is forgotten', async () => {
  const { read, usage } = stage({ cgroup: { ...same }, engine: { ...same } });
  await read(['a', 'b']);
  await read(['a']);
  expect([...usage.choices().keys()]).toEqual(['a']);
});

test('many are proven a few at a time', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `c${index}`);
  const all = Object.fromEntries(ids.map((id) => [id, 1]));
  const { read, state, proven, usage } = stage({ cgroup: { a: 10 }, engine: { a: 10, ...all } });
  await read(['a']);
  Object.assign(state.cgroup, all);
  await read(['a', ...ids]);
  await usage.idle();
  expect(proven.map((batch) => batch.length)).toEqual([16, 16, 8]);
});
