import type { Snapshot } from '@docker-data-exporter/shared/snapshot';
import { earlierAgentBody } from './earlierAgent.ts';

const snapshot: Snapshot = {
  schemaVersion: 1,
  takenAt: '2026-11-21T11:21:44.000Z',
  agent: { id: 'id', version: '1' },
  host: { hostname: 'web-1' },
  docker: {
    ...{ running: true, version: '24.0.4', gitCommit: '3713ee1eea', swarmActive: false },
    ...{ images: 7, containers: 2, containersRunning: 1 },
  },
  containers: [
    {
      ...{ id: '0123456789abcdef', name: 'shop--alice', image: 'team/app', imageTag: '1.2' },
      ...{ user: 'alice', state: 'running', status: 'Up 3 minutes' },
      createdAt: '2026-11-21T11:21:02Z',
      cpu: { usageSeconds: 5, hostPercent: 12.5 },
      memory: { usageBytes: 1, percent: 3.25 },
      network: { receiveBytes: 10, transmitBytes: 20 },
      blockIo: { readBytes: 30, writeBytes: 40 },
    },
    {
      ...{ id: 'fedcba9876543210', name: 'old', image: 'busybox', imageTag: '' },
      ...{ state: 'exited', status: 'Exited (0) 2 days ago' },
    },
  ],
  collectors: [],
};

test('a snapshot in the earlier project’s words', () => {
  expect(earlierAgentBody(snapshot)).toEqual({
    hostname: 'web-1',
    'docker-running': true,
    'docker-version': '24.0.4 (build 3713ee1)',
    'swarm-mode': false,
    'image-count': 7,
    'total-container-count': 2,
    'running-container-count': 1,
    containers: [
      {
        id: '0123456789ab',
        name: 'shop--alice',
        image: 'team/app',
        'image-label': '1.2',
        user: 'alice',
        state: 'running',
        status: 'Up 3 minutes',
        'created-at': 1_795_260_062,
        'cpu-percent': 12.5,
        'mem-percent': 3.25,
        'network-bytes-in': 10,
        'network-bytes-out': 20,
        'block-bytes-in': 30,
        'block-bytes-out': 40,
      },
      {
        id: 'fedcba987654',
        name: 'old',
        image: 'busybox',
        'image-label': '',
        user: '',
        state: 'exited',
        status: 'Exited (0) 2 days ago',
        'created-at': 0,
        'cpu-percent': 0,
        'mem-percent': 0,
        'network-bytes-in': 0,
        'network-bytes-out': 0,
        'block-bytes-in': 0,
        'block-bytes-out': 0,
      },
    ],
  });
});

test('without an engine it is the host’s name and that it does not run', () => {
  expect(earlierAgentBody({ ...snapshot, docker: { running: false } })).toEqual({
    hostname: 'web-1',
    'docker-running': false,
  });
});

test('a version without a commit stands alone', () => {
  const docker = { running: true, version: '4.3.1' };
  expect(earlierAgentBody({ ...snapshot, docker })).toMatchObject({ 'docker-version': '4.3.1' });
});
