import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '@docker-data-exporter/shared/errors';
import { silentLog } from '@docker-data-exporter/shared/log';
import { openStateDir } from '@docker-data-exporter/shared/stateDir';
import { temporaryDirectory } from '@docker-data-exporter/testkit/temporaryDirectory';
import { derivedId, openAgentIdentity } from './agentIdentity.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const directory = temporaryDirectory();
afterAll(directory.remove);

let count = 0;
const freshPath = () => join(directory.path, `state-${(count += 1)}`);
const open = async (path: string) => {
  const problems: Problem[] = [];
  const log = { ...silentLog(), problem: (found: Problem) => problems.push(found) };
  const { stateDir } = await openStateDir(path);
  return { identity: await openAgentIdentity({ stateDir, log }), problems };
};
/** A path nothing can be written below, for root either. */
const unusablePath = () => {
  const file = freshPath();
  writeFileSync(file, '');
  return join(file, 'below');
};

test('an id is made once and stays', async () => {
  const path = freshPath();
  const { identity } = await open(path);
  expect(identity.id()).toMatch(UUID);
  expect((await open(path)).identity.id()).toBe(identity.id());
  expect((await open(freshPath())).identity.id()).not.toBe(identity.id());
});

test('the last name of the host is known after a restart', async () => {
  const path = freshPath();
  const { identity } = await open(path);
  expect(identity.hostname()).toBeUndefined();
  await identity.learn({ engineId: 'E', hostname: 'web-1' });
  await identity.learn({ engineId: 'E', hostname: 'web-2' });
  const { identity: next } = await open(path);
  expect([next.hostname(), next.id()]).toEqual(['web-2', identity.id()]);
});

test('nothing is written where nothing is new', async () => {
  const path = freshPath();
  const file = join(path, 'agent.json');
  const { identity } = await open(path);
  await identity.learn({ hostname: 'web' });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    agentId: identity.id(),
    hostname: 'web',
  });
  rmSync(file);
  await identity.learn({ hostname: 'web' });
  expect(readdirSync(path)).toEqual([]);
});

test.each(['', '{', '[]', '{"agentId":7}', '{"agentId":"../../x"}'])(
  'a state file of “%s” is set aside with a code, and a new id made',
  async (text) => {
    const path = freshPath();
    mkdirSync(path);
    writeFileSync(join(path, 'agent.json'), text);
    const { identity, problems } = await open(path);
    expect(identity.id()).toMatch(UUID);
    expect(problems.map(({ code }) => code)).toEqual(['state-file-corrupt']);
    expect(readdirSync(path).toSorted()).toEqual(['agent.json', 'agent.json.corrupt']);
  },
);

test('where nothing can be kept, the id is the same for the same engine and host', async () => {
  const engine = { engineId: 'E', hostname: 'web' };
  const first = (await open(unusablePath())).identity;
  const second = (await open(unusablePath())).identity;
  expect(first.id()).not.toBe(second.id());
  await first.learn(engine);
  await second.learn(engine);
  expect(first.id()).toBe(second.id());
  expect(first.id()).toBe(derivedId('E', 'web'));
  expect(first.id()).toMatch(UUID);
  expect(first.hostname()).toBe('web');
});

test('without an engine’s id a random one stays for the life of the process', async () => {
  const { identity } = await open(unusablePath());
  const id = identity.id();
  await identity.learn({ hostname: 'web' });
  expect(identity.id()).toBe(id);
});

test('derived ids differ by engine and by host', () => {
  const ids = [derivedId('a', 'b'), derivedId('a', 'c'), derivedId('c', 'b'), derivedId('ab', '')];
  expect(new Set(ids).size).toBe(4);
});
