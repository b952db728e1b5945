import { findHierarchy, parseCgroupMounts } from './cgroupHierarchy.ts';
import { createFakeKernel } from './testing/fakeKernel.ts';

const roots = { cgroupRoot: '/host/cgroup', procRoot: '/host/proc' };
const hierarchyOf = (tree: Record<string, string>) =>
  findHierarchy(createFakeKernel(tree).files, roots);
const topsOf = (directories: readonly string[]) =>
  Object.fromEntries(
    hierarchyOf(Object.fromEntries(directories.map((one) => [`/host/cgroup/${one}/tasks`, ''])))
      ?.tops ?? [],
  );

test('version 2 is known by its list of controllers', () => {
  expect(hierarchyOf({ '/host/cgroup/cgroup.controllers': 'cpu io memory pids\n' })).toEqual({
    version: 2,
    tops: new Map([['unified', '/host/cgroup']]),
    searched: '/host/cgroup',
  });
});

test('version 1 has a tree for each controller', () => {
  expect(topsOf(['cpu', 'cpuacct', 'memory', 'blkio', 'pids', 'freezer'])).toEqual({
    cpuacct: '/host/cgroup/cpuacct',
    cpu: '/host/cgroup/cpu',
    memory: '/host/cgroup/memory',
    blkio: '/host/cgroup/blkio',
    pids: '/host/cgroup/pids',
  });
});

test('joint controllers are found by either name', () => {
  expect(topsOf(['cpu,cpuacct', 'memory'])).toEqual({
    cpuacct: '/host/cgroup/cpu,cpuacct',
    cpu: '/host/cgroup/cpu,cpuacct',
    memory: '/host/cgroup/memory',
  });
});

test('a host with both versions counts on version 1', () => {
  const found = hierarchyOf({
    '/host/cgroup/unified/cgroup.controllers': '\n',
    '/host/cgroup/memory/memory.stat': '',
    '/host/cgroup/cpu,cpuacct/cpu.stat': '',
  });
  expect([found?.version, found?.searched]).toEqual([1, '/host/cgroup/cpu,cpuacct']);
});

test('directories with other names are known by how they are mounted', () => {
  const found = hierarchyOf({
    '/host/cgroup/processor time/tasks': '',
    '/host/proc/self/mountinfo': [
      '30 25 0:26 / /host/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755',
      '31 30 0:27 / /host/cgroup/processor\\040time rw shared:9 - cgroup cgroup rw,cpu,cpuacct',
      '32 25 0:28 / /elsewhere/memory rw - cgroup cgroup rw,memory',
    ].join('\n'),
  });
  expect(Object.fromEntries(found?.tops ?? [])).toEqual({
    cpuacct: '/host/cgroup/processor time',
    cpu: '/host/cgroup/processor time',
  });
});

test('mounts of other kinds are none of controllers', () => {
  expect(parseCgroupMounts('1 2 0:3 / /a rw - cgroup2 cgroup2 rw\nnonsense\n\n').size).toBe(0);
});

test('a place without cgroups has none', () => {
  expect(hierarchyOf({})).toBeUndefined();
  expect(hierarchyOf({ '/host/cgroup/readme/file': '' })).toBeUndefined();
});
