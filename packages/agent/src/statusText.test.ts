import { readStatusText } from './statusText.ts';

test.each([
  ['Up 3 minutes', {}],
  ['Up 3 minutes (healthy)', { health: 'healthy' }],
  ['Up 45 seconds (unhealthy)', { health: 'unhealthy' }],
  ['Up Less than a second (health: starting)', { health: 'starting' }],
  ['Up 2 hours (Paused)', {}],
  ['Exited (0) 2 hours ago', { exitCode: 0 }],
  ['Exited (137) 23 seconds ago', { exitCode: 137 }],
  ['Exited (-1) 4 days ago', { exitCode: -1 }],
  ['Restarting (1) 2 seconds ago', { exitCode: 1 }],
  ['Created', {}],
  ['Dead', {}],
  ['Removal In Progress', {}],
  ['', {}],
  ['Exited (much) 2 hours ago', {}],
])('“%s” tells %o', (status, facts) => {
  expect(readStatusText(status)).toEqual(facts);
});
