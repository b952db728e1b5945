import { join } from 'node:path';
import { createHttpService } from '@docker-data-exporter/shared/httpService';
import { silentLog } from '@docker-data-exporter/shared/log';
import { parseSnapshot } from '@docker-data-exporter/shared/snapshot';
import { type FakeEngine, startFakeEngine } from '@docker-data-exporter/testkit/fakeEngine';
import { loadScenario } from '@docker-data-exporter/testkit/scenario';
import { temporaryDirectory } from '@docker-data-exporter/testkit/temporaryDirectory';
import request from 'supertest';
import { type Agent, createAgent } from './agent.ts';
import { agentRoutes } from './app.ts';
import { systemClock } from './clock.ts';
import { endpointOf } from './engineAddress.ts';

const scenario = loadScenario('docker-28.5');
const directory = temporaryDirectory();
let fake: FakeEngine;
let agent: Agent;
let learnt: unknown[];

beforeAll(async () => {
  fake = await startFakeEngine({ scenario, listen: { socket: join(directory.path, 's') } });
});
afterEach(async () => {
  await agent.idle();
  agent.close();
});
afterAll(async () => {
  await fake.close();
  directory.remove();
});

function startApp(changes: { hostname?: string; disableMetrics?: string[] } = {}) {
  learnt = [];
  agent = createAgent({
    settings: {
      ...{ engineTimeout: 5000, userFromName: undefined, cpuPercentOf: 'host' },
      ...{ relistEvery: 300_000, engineFactsAge: 60_000, lifecycleNames: 1000 },
      ...{ usageSource: 'engine', cgroupRoot: '/sys/fs/cgroup', procRoot: '/proc' },
      hostname: changes.hostname,
      disableMetrics: changes.disableMetrics ?? [],
    },
    version: '1.2.3',
    discover: () =>
      Promise.resolve(endpointOf({ address: fake.dockerHost, namedBy: 'test', tls: undefined })),
    identity: {
      id: () => 'the-id',
      hostname: () => 'last-known',
      learn: (facts) => Promise.resolve(void learnt.push(facts)),
    },
    ownHostname: 'own',
    clock: systemClock,
    log: silentLog(),
  });
  return createHttpService({
    log: silentLog(),
    routes: agentRoutes(agent.app),
    readiness: () => ({ ready: true }),
  }).handler;
}

/** supertest types bodies as any. */
const jsonOf = ({ body }: { body: unknown }): unknown => body;

test('/snapshot is JSON the aggregator takes whole', async () => {
  const body = jsonOf(
    await request(startApp()).get('/snapshot').expect(200).expect('Content-Type', /json/),
  );
  const parsed = parseSnapshot(body);
  expect(parsed).toMatchObject({
    ...{ ok: true, droppedContainers: 0 },
    snapshot: {
      agent: { id: 'the-id', version: '1.2.3', usageSource: 'engine' },
      host: { hostname: scenario.info.value.Name },
      docker: { running: true },
    },
  });
  expect(learnt).toEqual([
    { engineId: expect.any(String) as string, hostname: scenario.info.value.Name },
  ]);
});

test('/metrics has the host’s rows and the agent’s own', async () => {
  const { text } = await request(startApp())
    .get('/metrics')
    .expect(200)
    .expect('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
  const name = scenario.info.value.Name;
  expect(text).toContain(`server_docker_running{server_hostname="${name}",instance="${name}"} 1\n`);
  expect(text).toMatch(/container_info\{.*container_name="app--alice".*\} 1\n/);
  expect(text).toMatch(/^agent_engine_calls_total\{outcome="ok"\} \d+$/m);
  expect(text).toContain('agent_collections_total 1\n');
  expect(text).toContain('agent_build_info{version="1.2.3"} 1\n');
});

test('/metrics speaks OpenMetrics where that is preferred', async () => {
  const { text } = await request(startApp())
    .get('/metrics')
    .set('Accept', 'application/openmetrics-text; version=1.0.0')
    .expect('Content-Type', /openmetrics/);
  expect(text).toMatch(/# EOF\n$/);
});

test('metrics that are switched off are not there', async () => {
  const { text } = await request(startApp({ disableMetrics: ['container_*'] })).get('/metrics');
  expect(text).not.toMatch(/^container_/m);
  expect(text).toMatch(/^server_online/m);
});

test('/get-data is in the earlier project’s words', async () => {
  const body = jsonOf(await request(startApp()).get('/get-data').expect(200));
  expect(body).toMatchObject({
    hostname: scenario.info.value.Name,
    'docker-running': true,
    'total-container-count': scenario.list.value.length,
  });
});

test('/ and its style need no engine', async () => {
  const app = startApp();
  fake.forgetRequests();
  const page = await request(app).get('/').expect(200).expect('Content-Type', /html/);
  expect(page.text).toContain('last-known');
  await request(app).get('/landing.css').expect(200).expect('Content-Type', /css/);
  expect(fake.requests).toEqual([]);
});

test('health needs no engine either, and says nothing of it', async () => {
  const app = startApp();
  await fake.refuse();
  await request(app).get('/-/healthy').expect(200);
  await request(app).get('/-/ready').expect(200);
  const body = jsonOf(await request(app).get('/snapshot').expect(200));
  expect(body).toMatchObject({
    host: { hostname: 'last-known' },
    docker: { running: false, fault: { code: 'engine-unreachable' } },
    containers: [],
  });
  const { text } = await request(app).get('/metrics').expect(200);
  expect(text).toMatch(/^server_docker_running\{server_hostname="last-known",.*\} 0$/m);
  expect(jsonOf(await request(app).get('/get-data'))).toEqual({
    hostname: 'last-known',
    'docker-running': false,
  });
  await fake.accept();
});

test('a configured name beats the engine’s, which is remembered all the same', async () => {
  const body = jsonOf(await request(startApp({ hostname: 'chosen' })).get('/snapshot'));
  expect(body).toMatchObject({ host: { hostname: 'chosen' } });
  expect(learnt).toMatchObject([{ hostname: scenario.info.value.Name }]);
});

test('nothing else is answered, and nothing can be changed', async () => {
  const app = startApp();
  await request(app).get('/command').expect(404);
  await request(app).post('/snapshot').expect(405);
});

test('looking around asks the engine once and learns the host’s name', async () => {
  startApp();
  fake.forgetRequests();
  await agent.lookAround();
  expect(fake.requests[0]?.endpoint).toBe('info');
  expect(fake.requests.filter(({ endpoint }) => endpoint !== 'events')).toHaveLength(1);
  expect(learnt).toMatchObject([{ hostname: scenario.info.value.Name }]);
});
