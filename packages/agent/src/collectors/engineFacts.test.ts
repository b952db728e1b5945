import { dockerFacts, hostFacts } from './engineFacts.ts';

const version = { product: 'docker', version: '28.5.2', apiVersion: '1.51' } as const;

test('facts of version and info stand together', () => {
  const info = { id: 'ID', images: 3, containers: 5, containersRunning: 2, swarmActive: true };
  expect(dockerFacts({ version, info })).toEqual({
    ...{ running: true, product: 'docker', version: '28.5.2', apiVersion: '1.51' },
    ...{ engineId: 'ID', images: 3, containers: 5, containersRunning: 2, swarmActive: true },
  });
});

test('the list counts containers, for info is kept for a while', () => {
  const info = { containers: 5, containersRunning: 2 };
  expect(dockerFacts({ info, states: ['running'] })).toEqual({
    ...{ running: true, containers: 1, containersRunning: 1 },
  });
});

test('without info the list counts containers, and nobody counts images', () => {
  expect(dockerFacts({ version, states: ['running', 'paused', 'running', 'exited'] })).toEqual({
    ...{ running: true, product: 'docker', version: '28.5.2', apiVersion: '1.51' },
    ...{ containers: 4, containersRunning: 2 },
  });
});

test('an engine of which nothing is known but that it answers is running', () => {
  expect(dockerFacts({})).toEqual({ running: true });
});

test('the host is told by info, its name by whoever knows it', () => {
  const info = { hostname: 'engine', cpus: 4, memoryBytes: 5, kernelVersion: '6.1' };
  expect(hostFacts('chosen', info)).toEqual({
    ...{ hostname: 'chosen', cpus: 4, memoryBytes: 5, kernelVersion: '6.1' },
  });
  expect(hostFacts('remembered', undefined)).toEqual({ hostname: 'remembered' });
});
