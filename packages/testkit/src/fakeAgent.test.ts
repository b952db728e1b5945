import { Buffer } from 'node:buffer';
import { type Snapshot, parseSnapshot } from '@docker-data-exporter/shared/snapshot';
import { ask } from './ask.ts';
import { startFakeAgent } from './fakeAgent.ts';

const snapshot: Snapshot = {
  schemaVersion: 1,
  takenAt: '2026-01-01T00:00:00Z',
  agent: { id: 'one', version: 'simulated' },
  host: { hostname: 'web-1', cpus: 4 },
  docker: {
    running: true,
    version: '24.0.4',
    gitCommit: '3713ee1',
    swarmActive: true,
    images: 3,
    containers: 1,
    containersRunning: 1,
  },
  collectors: [],
  containers: [
    {
      id: 'ab'.repeat(32),
      name: 'shop',
      image: 'shop/web',
      imageTag: '1.2',
      user: 'app',
      createdAt: '2026-01-01T00:00:00Z',
      state: 'running',
      status: 'Up 3 minutes',
      cpu: { usageSeconds: 12, hostPercent: 3.5 },
    },
  ],
};

describe('the fake agent', () => {
  test('serves its snapshot and its health', async () => {
    const agent = await startFakeAgent({ snapshot });
    const reply = await ask(agent.address, '/snapshot');
    expect(reply.status).toBe(200);
    expect(parseSnapshot(JSON.parse(reply.body.toString()))).toEqual({
      ok: true,
      snapshot,
      droppedContainers: 0,
    });
    expect((await ask(agent.address, '/-/healthy')).body.toString()).toBe('OK');
    expect((await ask(agent.address, '/get-data')).status).toBe(404);
    expect(agent.requests.map(({ path }) => path)).toEqual([
      '/snapshot',
      '/-/healthy',
      '/get-data',
    ]);
    await agent.close();
  });

  test('asks for its snapshot anew at every request, and sends bytes as they are', async () => {
    let asked = 0;
    const agent = await startFakeAgent({
      snapshot: () => ({ ...snapshot, takenAt: String(++asked) }),
    });
    const takenAt = async () =>
      (JSON.parse((await ask(agent.address, '/snapshot')).body.toString()) as Snapshot).takenAt;
    expect([await takenAt(), await takenAt()]).toEqual(['1', '2']);
    agent.setSnapshot(() => Buffer.from('not even JSON'));
    expect((await ask(agent.address, '/snapshot')).body.toString()).toBe('not even JSON');
    await agent.close();
  });

  test('wants its token everywhere but for its health', async () => {
    const agent = await startFakeAgent({ snapshot, token: 'secret' });
    const status = async (path: string, authorization?: string) =>
      (await ask(agent.address, path, { ...(authorization && { headers: { authorization } }) }))
        .status;
    expect(await status('/snapshot')).toBe(401);
    expect(await status('/snapshot', 'Bearer wrong')).toBe(401);
    expect(await status('/snapshot', 'Bearer secret')).toBe(200);
    expect(await status('/-/healthy')).toBe(200);
    await agent.close();
  });

  test('speaks as the earlier project’s agent', async () => {
    const agent = await startFakeAgent({ snapshot, legacy: true });
    expect((await ask(agent.address, '/snapshot')).status).toBe(404);
    expect((await ask(agent.address, '/')).body.toString()).toBe('OK');
    expect(JSON.parse((await ask(agent.address, '/get-data')).body.toString())).toEqual({
      hostname: 'web-1',
      'docker-running': true,
      'docker-version': '24.0.4 (build 3713ee1)',
      'swarm-mode': true,
      'image-count': 3,
      'total-container-count': 1,
      'running-container-count': 1,
      containers: [
        {
          id: 'abababababab',
          name: 'shop',
          image: 'shop/web',
          'image-label': '1.2',
          user: 'app',
          state: 'running',
          status: 'Up 3 minutes',
          'created-at': 1_767_225_600,
          'cpu-percent': 3.5,
          'mem-percent': 0,
          'network-bytes-in': 0,
          'network-bytes-out': 0,
          'block-bytes-in': 0,
          'block-bytes-out': 0,
        },
      ],
    });
    await agent.close();
  });

  test('a legacy agent without Docker tells its name and that it does not run', async () => {
    const agent = await startFakeAgent({
      snapshot: { ...snapshot, docker: { running: false }, containers: [] },
      legacy: true,
    });
    expect(JSON.parse((await ask(agent.address, '/get-data')).body.toString())).toEqual({
      hostname: 'web-1',
      'docker-running': false,
    });
    await agent.close();
  });

  test('faults hold for one path or for all, and refusing keeps the port', async () => {
    const agent = await startFakeAgent({ snapshot });
    agent.fault({ kind: 'status', status: 503 }, { path: '/snapshot' });
    expect((await ask(agent.address, '/snapshot')).status).toBe(503);
    expect((await ask(agent.address, '/-/healthy')).status).toBe(200);
    agent.clearFaults();
    await agent.refuse();
    await expect(ask(agent.address, '/snapshot')).rejects.toThrow('ECONNREFUSED');
    await agent.accept();
    expect((await ask(agent.address, '/snapshot')).status).toBe(200);
    await agent.close();
  });
});
