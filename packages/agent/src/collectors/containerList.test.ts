import type { ListedContainer } from '../engineAnswers.ts';
import { containerFacts, isAlive } from './containerList.ts';

const listed: ListedContainer = {
  id: '0123456789abcdef'.repeat(4),
  names: ['/web'],
  image: 'registry:5000/team/app:1.2.3',
  imageId: 'sha256:66c2',
  createdSeconds: 1_795_260_062,
  state: 'exited',
  status: 'Exited (3) 2 hours ago',
};

test('a container is what the list says of it', () => {
  expect(containerFacts(listed)).toEqual({
    id: listed.id,
    name: 'web',
    image: 'registry:5000/team/app',
    imageTag: '1.2.3',
    imageId: 'sha256:66c2',
    createdAt: '2026-11-21T11:21:02Z',
    state: 'exited',
    status: 'Exited (3) 2 hours ago',
    exitCode: 3,
  });
});

test.each([
  [['/web'], 'web'],
  [['/other/alias', '/web'], 'web'],
  [['/other/alias'], 'other/alias'],
  [['plain'], 'plain'],
  [[], '0123456789ab'],
  [['/'], '0123456789ab'],
])('names %o give the name %s', (names, name) => {
  expect(containerFacts({ ...listed, names }).name).toBe(name);
});

test('a time no calendar has is absent', () => {
  expect(containerFacts({ ...listed, createdSeconds: 1e300 })).not.toHaveProperty('createdAt');
});

test('running and paused containers use something, others do not', () => {
  const states = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];
  expect(states.filter((state) => isAlive({ state }))).toEqual(['running', 'paused']);
});
