import { createCgroupFinder } from './cgroupFinder.ts';
import { createFakeKernel } from './testing/fakeKernel.ts';

const idOf = (digit: string): string => digit.repeat(64);
const id = idOf('a');

function finderOf(paths: readonly string[], steadyMs = () => 0) {
  const kernel = createFakeKernel(
    Object.fromEntries(paths.map((path) => [`/cg/${path}/cgroup.procs`, ''])),
  );
  return { kernel, finder: createCgroupFinder({ files: kernel.files, top: '/cg', steadyMs }) };
}

test.each([
  ['cgroupfs', `docker/${id}`],
  ['systemd', `system.slice/docker-${id}.scope`],
  ['podman with cgroupfs', `libpod_parent/libpod-${id}`],
  ['podman with systemd', `machine.slice/libpod-${id}.scope`],
])('%s is looked at first', (_, path) => {
  const { finder } = finderOf([path]);
  expect(finder.find(id)).toBe(path);
});

test.each([
  ['--cgroup-parent', `batch/night/${id}`],
  ['a slice as parent', `batch.slice/batch-night.slice/docker-${id}.scope`],
  ['rootless docker', `user.slice/user-1000.slice/user@1000.service/user.slice/docker-${id}.scope`],
  ['rootless podman', `user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope`],
  ['kubernetes', `kubepods.slice/kubepods-burstable.slice/cri-containerd-${id}.scope`],
  ['a systemd name under cgroupfs', `system.slice:docker:${id}`],
  ['the top itself', id],
])('%s is found by searching, and then without', async (_, path) => {
  const other = idOf('b');
  const { finder, kernel } = finderOf([path, 'init.scope', 'system.slice/ssh.service']);
  expect(finder.find(id)).toBeUndefined();
  expect(await finder.search([id])).toEqual(new Map([[id, path]]));
  kernel.write(`/cg/${path.replace(id, other)}/cgroup.procs`, '');
  expect(finder.find(other)).toBe(path.replace(id, other));
});

test.each([
  ['a monitor of podman', `machine.slice/libpod-conmon-${id}.scope`],
  ['a container inside of another', `docker/${idOf('b')}/docker/${id}`],
  ['a name that only holds the id', `docker/${id}-old`],
  ['a longer number', `docker/${id}a`],
])('%s is not the container', async (_, path) => {
  expect(await finderOf([path]).finder.search([id])).toEqual(new Map());
});

test('one search finds all', async () => {
  const ids = ['1', '2', '3'].map(idOf);
  const { finder } = finderOf(ids.map((one) => `custom/${one}`));
  expect([...(await finder.search(ids)).keys()].toSorted()).toEqual(ids);
});

test('after a search follows a rest, as long as twenty of it', async () => {
  let now = 0;
  const { finder, kernel } = finderOf(['somewhere'], () => (now += 1));
  await finder.search([id]);
  const once = kernel.listed.length;
  await finder.search([id]);
  expect(kernel.listed).toHaveLength(once);
  now += 1000;
  await finder.search([id]);
  expect(kernel.listed).toHaveLength(2 * once);
});
