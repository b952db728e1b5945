import { listScenarios, loadScenario } from '@docker-data-exporter/testkit/scenario';
import fc from 'fast-check';
import { readContainerList, readInfo, readInspect, readVersion } from './engineAnswers.ts';

const id = 'a'.repeat(64);
const listed = { Id: id, Names: ['/web'], Image: 'x', State: 'running', Status: 'Up', Created: 7 };

describe.each(listScenarios())('answers recorded in %s', (name) => {
  const scenario = loadScenario(name);

  test('are read whole', () => {
    const { version, info, list, containers } = scenario;
    expect(readVersion(version.value)).toMatchObject({
      product: 'docker',
      version: version.value.Version,
      apiVersion: version.value.ApiVersion,
    });
    expect(readInfo(info.value)).toMatchObject({
      hostname: info.value.Name,
      cpus: info.value.NCPU,
      memoryBytes: info.value.MemTotal,
      containers: list.value.length,
      swarmActive: false,
    });
    const read = readContainerList(list.value);
    expect(read).toMatchObject({ unusable: 0 });
    expect(read?.containers.map((one) => one.id)).toEqual(list.value.map(({ Id }) => Id));
    for (const { inspect } of containers) {
      expect(readInspect(JSON.parse(String(inspect)))).toEqual({
        user: expect.any(String) as string,
        life: expect.objectContaining({ exitCode: expect.any(Number) as number }) as object,
      });
    }
  });
});

test('Podman is told by its component', () => {
  const Components = [{ Name: 'Podman Engine' }, { Name: 'Conmon' }];
  expect(readVersion({ Version: '4.3.1', Components })).toEqual({
    product: 'podman',
    version: '4.3.1',
  });
});

test('a node is in a swarm only while it is active', () => {
  const swarm = (LocalNodeState?: string) =>
    readInfo({ Name: 'host', Swarm: { LocalNodeState } })?.swarmActive;
  expect(['active', 'inactive', 'pending', undefined].map(swarm)).toEqual([
    true,
    false,
    false,
    undefined,
  ]);
});

test('what an engine could not find out is absent, not 0', () => {
  expect(readInfo({ Name: 'host', NCPU: 0, MemTotal: 0, Images: -1, Containers: 0 })).toEqual({
    hostname: 'host',
    containers: 0,
  });
});

test('entries of the list that are no containers are left out and counted', () => {
  const list = [listed, { ...listed, Id: '../../etc' }, { ...listed, State: 1 }, null, 'x'];
  expect(readContainerList(list)).toEqual({
    containers: [
      { id, names: ['/web'], image: 'x', state: 'running', status: 'Up', createdSeconds: 7 },
    ],
    unusable: 4,
  });
});

test('a container may have no names, no image and no time', () => {
  expect(
    readContainerList([{ Id: id, State: 'dead', Names: null, Created: 0 }])?.containers,
  ).toEqual([{ id, names: [], image: '', state: 'dead', status: '' }]);
});

test.each([undefined, null, 7, 'text', [], {}, true])(
  '%o is no answer to anything else',
  (value) => {
    expect(readVersion(value)).toBeUndefined();
    expect(readInfo(value)).toBeUndefined();
    expect(readInspect(value)).toBeUndefined();
    if (!Array.isArray(value)) expect(readContainerList(value)).toBeUndefined();
  },
);

test('no JSON makes a check throw, and none lets a path through as an id', () => {
  const entry = fc.record({ Id: fc.oneof(fc.string(), fc.jsonValue()), State: fc.jsonValue() });
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(entry), (value, entries) => {
      for (const read of [readVersion, readInfo, readInspect, readContainerList]) read(value);
      for (const one of readContainerList(entries)?.containers ?? []) {
        expect(one.id).toMatch(/^[0-9a-f]{12,64}$/);
      }
    }),
  );
});
