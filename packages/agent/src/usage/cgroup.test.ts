import { type CgroupUsage, createCgroupUsage } from './cgroup.ts';
import { createFakeKernel, type FakeKernel } from './testing/fakeKernel.ts';
import type { UsageReading } from './usageReading.ts';

const [id, other] = ['a'.repeat(64), 'b'.repeat(64)];
const HOST_INODE = 1;

const netDev = (receive: number) =>
  `Inter-|\n face |\n    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n  eth0: ${receive} 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n`;

interface Written {
  readonly pid?: number;
  readonly usec?: number;
  readonly inode?: number;
  readonly received?: number;
  /** Below the top. */
  readonly cgroup?: string;
}

/** A process and the cgroup it is in, as version 2 has them. */
function writeContainer(kernel: FakeKernel, container: string, written: Written = {}): void {
  const { pid = 100, usec = 1, inode, received = 5, cgroup = `docker/${container}` } = written;
  const write = (file: string, text: string) => kernel.write(`/cg/${cgroup}/${file}`, text);
  write('cpu.stat', `usage_usec ${usec}000000\nuser_usec 1\nsystem_usec 2\n`);
  write('memory.current', '4096\n');
  write('memory.stat', 'anon 1\nfile 2\ninactive_file 96\n');
  write('memory.max', 'max\n');
  write('io.stat', '');
  write('pids.current', '1\n');
  write('cgroup.procs', `${pid}\n`);
  kernel.write(`/proc/${pid}/cgroup`, `0::/${cgroup}\n`);
  kernel.write(`/proc/${pid}/stat`, `${pid} (a b) S${' 0'.repeat(18)} ${pid} 0\n`);
  kernel.write(`/proc/${pid}/net/dev`, netDev(received), inode);
}

function stage(options: { maxDescriptors?: number; containers?: readonly string[] } = {}) {
  const { maxDescriptors = 1000, containers = [id] } = options;
  const kernel = createFakeKernel({
    '/cg/cgroup.controllers': 'cpu memory\n',
    '/proc/stat': 'cpu  100 0 0 0 0 0 0 0\ncpu0 100 0 0 0 0 0 0 0\n',
    '/proc/meminfo': 'MemTotal: 8 kB\n',
  });
  kernel.write('/proc/1/net/dev', netDev(77), HOST_INODE);
  for (const [index, container] of containers.entries()) {
    writeContainer(kernel, container, { pid: 100 + index });
  }
  let nowMs = 0;
  const source = createCgroupUsage({
    ...{ cgroupRoot: '/cg', procRoot: '/proc', files: kernel.files, maxDescriptors },
    clock: { unixMs: () => 5000, steadyMs: () => nowMs },
  });
  const wait = (ms: number) => (nowMs += ms);
  return { kernel, source, wait };
}

const read = async (
  source: CgroupUsage,
  ids: readonly string[] = [id],
): Promise<(UsageReading | undefined)[]> => {
  const containers = ids.map((one) => ({ id: one, name: `name of ${one}` }));
  const { readings } = await source.read({ containers, engine: {} });
  return ids.map((one) => readings.get(one));
};

test('a container is told in seconds and bytes, at the time of the clock', async () => {
  const { source } = stage();
  expect(await read(source)).toEqual([
    {
      takenAtSeconds: 5,
      cpu: { usageSeconds: 1, hostSeconds: 1, onlineCpus: 1 },
      cpuDetails: { userSeconds: 1e-6, systemSeconds: 2e-6 },
      memory: { usageBytes: 4000 },
      memoryDetails: { chargedBytes: 4096, workingSetBytes: 4000, rssBytes: 1, cacheBytes: 2 },
      blockIo: { readBytes: 0, writeBytes: 0 },
      blockDevices: [],
      pids: { current: 1 },
      network: { receiveBytes: 5, transmitBytes: 2 },
      interfaces: [expect.objectContaining({ name: 'eth0', receiveBytes: 5 })],
    },
  ]);
});

describe('descriptors', () => {
  test('are kept, and nothing but the network and the host is opened again', async () => {
    const { kernel, source } = stage();
    await read(source);
    kernel.opened.length = 0;
    await read(source);
    expect(kernel.opened.filter((path) => path.startsWith('/cg'))).toEqual([]);
    expect(kernel.opened.filter((path) => path.endsWith('/net/dev'))).toHaveLength(1);
    expect(source.keptDescriptors()).toBe(kernel.open());
  });

  test('are closed when a container is no longer asked for, and when the source is closed', async () => {
    const { kernel, source } = stage({ containers: [id, other] });
    await read(source, [id, other]);
    const ofBoth = kernel.open();
    await read(source, [id]);
    expect(kernel.open()).toBe(ofBoth / 2);
    source.close();
    expect([kernel.open(), source.keptDescriptors()]).toEqual([0, 0]);
  });

  test('are no more than allowed, and every container is read all the same', async () => {
    const { kernel, source } = stage({ maxDescriptors: 10, containers: [id, other] });
    const plenty = await read(stage({ containers: [id, other] }).source, [id, other]);
    for (let scrape = 0; scrape < 3; scrape += 1) {
      expect(await read(source, [id, other])).toEqual(plenty);
      expect(kernel.open()).toBe(10);
    }
    expect(kernel.mostOpen()).toBeLessThanOrEqual(12);
  });

  test('that the system does not give cost the others nothing, and come back', async () => {
    const { kernel, source } = stage({ containers: [id, other] });
    const plenty = await read(source, [id, other]);
    source.close();
    kernel.limit = 4;
    const short = await read(source, [id, other]);
    expect(short.map((reading) => reading?.cpu)).toEqual(plenty.map((reading) => reading?.cpu));
    kernel.limit = Infinity;
    expect(await read(source, [id, other])).toEqual(plenty);
  });

  test('are not lost when containers come and go', async () => {
    const { kernel, source } = stage({ containers: [] });
    for (let round = 0; round < 300; round += 1) {
      const container = round.toString(16).padStart(64, '0');
      writeContainer(kernel, container, { pid: 1000 + round });
      expect((await read(source, [container]))[0]?.cpu).toBeDefined();
      kernel.remove(`/cg/docker/${container}`);
      kernel.remove(`/proc/${1000 + round}`);
    }
    expect(kernel.open()).toBeLessThan(20);
    await read(source, []);
    expect(kernel.open()).toBe(0);
  });
});

describe('a container', () => {
  test('that was started anew is read anew, in the same reading', async () => {
    const { kernel, source } = stage();
    await read(source);
    kernel.remove(`/cg/docker/${id}`);
    kernel.remove('/proc/100');
    writeContainer(kernel, id, { pid: 200, usec: 7, received: 70 });
    const [reading] = await read(source);
    expect([reading?.cpu?.usageSeconds, reading?.network?.receiveBytes]).toEqual([7, 70]);
  });

  test('that ended is absent, without a problem', async () => {
    const { kernel, source } = stage({ containers: [id, other] });
    await read(source, [id, other]);
    kernel.remove(`/cg/docker/${other}`);
    const containers = [id, other].map((one) => ({ id: one, name: one }));
    const { readings, unread, problem } = await source.read({ containers, engine: {} });
    expect([[...readings.keys()], unread.size, problem]).toEqual([[id], 0, undefined]);
  });

  test('without processes left is told without a network', async () => {
    const { kernel, source } = stage();
    kernel.remove('/proc/100');
    const [reading] = await read(source);
    expect([reading?.cpu?.usageSeconds, reading?.network]).toEqual([1, undefined]);
  });

  test('whose files come late has them a little later', async () => {
    const { kernel, source, wait } = stage();
    await read(source);
    kernel.write(`/cg/docker/${id}/memory.peak`, '8192\n');
    wait(5000);
    expect((await read(source))[0]?.memoryDetails?.maxUsageBytes).toBe(8192);
  });

  test('in an unusual place is found', async () => {
    const { kernel, source } = stage({ containers: [] });
    writeContainer(kernel, id, { cgroup: `batch/night/${id}` });
    expect((await read(source))[0]?.cpu?.usageSeconds).toBe(1);
  });
});

test('block devices have the names the host gives them', async () => {
  const { kernel, source } = stage();
  kernel.write(`/cg/docker/${id}/io.stat`, '8:16 rbytes=1 wbytes=2 rios=3 wios=4\n9:9 rbytes=0\n');
  kernel.write('/proc/diskstats', '   8      16 sdb 1 2 3\n');
  const [reading] = await read(source);
  expect(reading?.blockDevices?.map(({ major, name }) => [major, name])).toEqual([
    [8, 'sdb'],
    [9, undefined],
  ]);
});

describe('the network', () => {
  test('is that of the oldest process', async () => {
    const { kernel, source } = stage();
    kernel.write(`/cg/docker/${id}/cgroup.procs`, '90\n100\n');
    // A shell that was started later, and got a lower number.
    kernel.write('/proc/90/cgroup', `0::/docker/${id}\n`);
    kernel.write('/proc/90/stat', `90 (sh) S${' 0'.repeat(18)} 999999 0\n`);
    kernel.write('/proc/90/net/dev', netDev(1));
    expect((await read(source))[0]?.network?.receiveBytes).toBe(5);
  });

  test('is never that of another process that got the number', async () => {
    const { kernel, source } = stage();
    await read(source);
    kernel.remove('/proc/100');
    kernel.write('/proc/100/cgroup', '0::/user.slice\n');
    kernel.write('/proc/100/net/dev', netDev(1_000_000));
    expect((await read(source))[0]?.network).toBeUndefined();
  });

  test('moves on to another process when the first one has ended', async () => {
    const { kernel, source } = stage();
    await read(source);
    kernel.remove('/proc/100');
    kernel.write(`/cg/docker/${id}/cgroup.procs`, '101\n');
    kernel.write('/proc/101/cgroup', `0::/docker/${id}\n`);
    kernel.write('/proc/101/net/dev', netDev(6));
    expect((await read(source))[0]?.network?.receiveBytes).toBe(6);
  });

  test('is absent if it is the host’s', async () => {
    const { kernel, source } = stage({ containers: [] });
    writeContainer(kernel, id, { inode: HOST_INODE });
    expect((await read(source))[0]).not.toHaveProperty('network');
  });

  test('is absent if it is the engine’s own, for all who share it', async () => {
    const { kernel, source } = stage({ containers: [] });
    writeContainer(kernel, id, { pid: 100, inode: 44 });
    writeContainer(kernel, other, { pid: 101, inode: 44 });
    await read(source, [id, other]);
    source.hasEngineNetwork(id);
    const readings = await read(source, [id, other]);
    expect(readings.map((reading) => reading?.network)).toEqual([undefined, undefined]);
  });

  test('is absent while the host’s cannot be told from it', async () => {
    const { kernel, source } = stage();
    kernel.remove('/proc/1');
    expect((await read(source))[0]).not.toHaveProperty('network');
  });

  test.each(['host', 'none'])('is not looked for when the engine says %s', async (networkMode) => {
    const { kernel, source } = stage();
    const { readings } = await source.read({
      containers: [{ id, name: 'c', networkMode }],
      engine: {},
    });
    expect(readings.get(id)).not.toHaveProperty('network');
    expect(kernel.opened.filter((path) => path.includes('/net/dev'))).toEqual([]);
  });

  test('is found through all processes where the lists show none', async () => {
    const { kernel, source } = stage();
    // As an agent sees it that has process numbers of its own.
    kernel.write(`/cg/docker/${id}/cgroup.procs`, '0\n');
    expect((await read(source))[0]?.network?.receiveBytes).toBe(5);
    kernel.write('/proc/100/net/dev', netDev(6));
    expect((await read(source))[0]?.network?.receiveBytes).toBe(6);
  });

  test('of processes in a sub-cgroup is the container’s', async () => {
    const { kernel, source } = stage();
    kernel.write(`/cg/docker/${id}/cgroup.procs`, '');
    kernel.write(`/cg/docker/${id}/init/cgroup.procs`, '100\n');
    expect((await read(source))[0]?.network?.receiveBytes).toBe(5);
  });
});

describe('a host', () => {
  test('without cgroups says so, and is looked at again', async () => {
    const kernel = createFakeKernel();
    const source = createCgroupUsage({
      ...{ cgroupRoot: '/cg', procRoot: '/proc', files: kernel.files, maxDescriptors: 10 },
      clock: { unixMs: () => 0, steadyMs: () => 0 },
    });
    const containers = [{ id, name: 'c' }];
    const { unread, problem } = await source.read({ containers, engine: {} });
    expect(problem?.message).toBe('There are no cgroups at /cg.');
    expect(unread.get(id)).toBe(problem);
    kernel.write('/cg/cgroup.controllers', '');
    writeContainer(kernel, id);
    expect((await read(source))[0]?.cpu).toBeDefined();
  });

  test('whose containers are nowhere to be found says so', async () => {
    const { source } = stage({ containers: [] });
    const { problem } = await source.read({ containers: [{ id, name: 'c' }], engine: {} });
    expect(problem?.message).toMatch(/can be found below \/cg\./);
  });

  test('tells its memory', () => {
    expect(stage().source.hostMemoryBytes()).toBe(8192);
  });
});

test('a container can be read again without the others being closed', async () => {
  const { kernel, source } = stage({ containers: [id, other] });
  await read(source, [id, other]);
  const open = kernel.open();
  kernel.write(`/cg/docker/${id}/cpu.stat`, 'usage_usec 3000000\n');
  expect(source.readAgain({ id, name: 'c' })?.cpu?.usageSeconds).toBe(3);
  expect(source.readAgain({ id: 'c'.repeat(64), name: 'unknown' })).toBeUndefined();
  expect(kernel.open()).toBe(open);
});
