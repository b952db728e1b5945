import { Buffer } from 'node:buffer';
import { type FakeAgent, startFakeAgent } from '@docker-data-exporter/testkit/fakeAgent';
import { expectPage, seriesDifference } from '@docker-data-exporter/testkit/invariants';
import type { ParsedFamily } from '@docker-data-exporter/testkit/parsedExposition';
import { temporaryDirectory } from '@docker-data-exporter/testkit/temporaryDirectory';
import request from 'supertest';
import { exampleSnapshot } from './testing/exampleSnapshot.ts';
import { startTestAggregator, type TestAggregator } from './testing/testAggregator.ts';

let directory: ReturnType<typeof temporaryDirectory>;
const opened: (() => Promise<void>)[] = [];
beforeEach(() => (directory = temporaryDirectory()));
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
  directory.remove();
});

async function agent(hostname: string, legacy = false): Promise<FakeAgent> {
  const started = await startFakeAgent({ snapshot: exampleSnapshot(hostname), legacy });
  opened.push(started.close);
  return started;
}

async function aggregator(yaml: string): Promise<TestAggregator> {
  const started = await startTestAggregator({ yaml, statePath: directory.path });
  opened.push(started.close);
  return started;
}

const listOf = (...agents: readonly FakeAgent[]) =>
  `servers: ${JSON.stringify(agents.map(({ address }) => address))}`;

/** The page as Prometheus gets it, checked by every rule there is. */
async function scrape(
  { handler }: TestAggregator,
  servers: readonly string[],
  headers: Record<string, string> = {},
): Promise<readonly ParsedFamily[]> {
  const answer = await request(handler)
    .get('/metrics')
    .set({ 'accept-encoding': 'identity', ...headers })
    .buffer(true)
    .parse((response, done) => {
      const chunks: Uint8Array[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => done(null, Buffer.concat(chunks)));
    });
  expect(answer.status).toBe(200);
  const format = 'accept' in headers ? 'openmetrics' : 'text';
  // Safe: the parser above makes it one.
  return expectPage(answer.body as Buffer, { format, servers, serverLabels: ['env'] });
}

/** Values of a family by the text of its labels. */
function valuesOf(families: readonly ParsedFamily[], name: string): Record<string, number> {
  const samples = families.find((family) => family.name === name)?.samples ?? [];
  return Object.fromEntries(
    samples.map(({ labels, value }) => [[...labels.values()].join(' '), value]),
  );
}

test('three agents, one killed: it is down under its name, and nothing else changes', async () => {
  const agents = [await agent('web'), await agent('db'), await agent('mail')];
  const names = ['web', 'db', 'mail'];
  const service = await aggregator(listOf(...agents));
  const before = await scrape(service, names);
  expect(valuesOf(before, 'server_online')).toEqual({ 'web web': 1, 'db db': 1, 'mail mail': 1 });

  await agents[1]?.refuse();
  const during = await scrape(service, names);
  expect(valuesOf(during, 'server_online')).toEqual({ 'web web': 1, 'db db': 0, 'mail mail': 1 });
  expect(seriesDifference({ before, after: during }, ['web', 'mail'])).toEqual([]);
  expect(valuesOf(during, 'aggregator_agents')).toMatchObject({ up: 2, refused: 1 });
  expect(service.problems.map(({ code }) => code)).toEqual(['server-down']);

  // Restarted while it is down: the name was kept.
  await service.close();
  const restarted = await aggregator(listOf(...agents));
  const after = await scrape(restarted, names);
  expect(valuesOf(after, 'server_online')).toEqual({ 'web web': 1, 'db db': 0, 'mail mail': 1 });
  expect(valuesOf(after, 'aggregator_server_last_seen_timestamp_seconds')).toHaveProperty('db');

  await agents[1]?.accept();
  const healed = await scrape(restarted, names);
  expect(seriesDifference({ before, after: healed }, names)).toEqual([]);
});

test('a server that never answered is there under its address', async () => {
  const web = await agent('web');
  const service = await aggregator(`servers: ["${web.address}", "127.0.0.1:1"]`);
  const page = await scrape(service, ['web', '127.0.0.1:1']);
  expect(valuesOf(page, 'server_online')).toMatchObject({ '127.0.0.1:1 127.0.0.1:1': 0 });
  expect(valuesOf(page, 'aggregator_server_last_seen_timestamp_seconds')).not.toHaveProperty([
    '127.0.0.1:1',
  ]);
});

test('the page is valid in OpenMetrics too', async () => {
  const service = await aggregator(listOf(await agent('web')));
  await scrape(service, ['web'], {
    accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5',
  });
});

test('names and labels of the configuration are on every series', async () => {
  const web = await agent('web');
  const service = await aggregator(
    `servers: [{ address: "${web.address}", name: shop, labels: { env: prod } }]`,
  );
  const page = await scrape(service, ['shop']);
  const own = page.filter(({ name }) => /^(server|container)_/.test(name));
  for (const { labels } of own.flatMap(({ samples }) => samples)) {
    expect(Object.fromEntries(labels)).toMatchObject({
      server_hostname: 'shop',
      instance: 'shop',
      env: 'prod',
    });
  }
});

test('an agent that hangs is down when the scraper’s time is up, and costs nobody else', async () => {
  const agents = [await agent('web'), await agent('db')];
  const service = await aggregator(listOf(...agents));
  await scrape(service, ['web', 'db']);
  agents[0]?.fault({ kind: 'silent' });
  const page = await scrape(service, ['web', 'db'], {
    'x-prometheus-scrape-timeout-seconds': '1',
  });
  expect(valuesOf(page, 'server_online')).toEqual({ 'web web': 0, 'db db': 1 });
  expect(valuesOf(page, 'aggregator_agents')).toMatchObject({ up: 1, timeout: 1 });
});

test('two hosts with one name stay two servers, flagged and warned of once', async () => {
  const agents = [await agent('web'), await agent('web')];
  const twin = { ...exampleSnapshot('web'), agent: { id: 'another', version: '1' } };
  agents[1]?.setSnapshot(twin);
  const names = ['web', `web@${agents[1]?.address}`];
  const service = await aggregator(listOf(...agents));
  await scrape(service, names);
  const page = await scrape(service, names);
  expect(valuesOf(page, 'aggregator_server_identity_conflict')).toEqual(
    Object.fromEntries(names.map((name) => [`${name} hostname_conflict`, 1])),
  );
  expect(service.problems.map(({ code }) => code)).toEqual(['server-name-taken']);
});

test('one agent listed twice is one server, flagged and warned of once', async () => {
  const web = await agent('web');
  const service = await aggregator(
    `servers: ["${web.address}", "localhost:${web.port}"]\nconnectTimeout: 5s`,
  );
  await scrape(service, ['web']);
  const page = await scrape(service, ['web']);
  expect(valuesOf(page, 'aggregator_server_identity_conflict')).toEqual({ 'web listed_twice': 1 });
  expect(service.problems.map(({ code }) => code)).toEqual(['server-duplicate']);
});

test('agents of the earlier project are scraped too', async () => {
  const old = await agent('old', true);
  const service = await aggregator(`server-ips: ["${old.address}"]`);
  const page = await scrape(service, ['old']);
  expect(valuesOf(page, 'container_cpu_percent')).toEqual({
    'old old container-0': 2.5,
    'old old container-1': 2.5,
  });
  expect(valuesOf(page, 'server_docker_version')).toEqual({ 'old old 28.5.2': 1 });
  const sd = await request(service.handler).get('/sd');
  expect(sd.body).toEqual([]);
});

test('containers whose data does not fit are left out, counted and warned of', async () => {
  const web = await agent('web');
  const { containers, ...rest } = exampleSnapshot('web');
  web.fault({
    kind: 'answer',
    body: JSON.stringify({ ...rest, containers: [...containers, { name: 'broken' }] }),
  });
  const service = await aggregator(listOf(web));
  const page = await scrape(service, ['web']);
  expect(valuesOf(page, 'aggregator_dropped_containers_total')).toEqual({ '': 1 });
  expect(service.problems.map(({ code }) => code)).toEqual(['containers-dropped']);
});

test('families can be left out, and the convention of CPU percents changed', async () => {
  const service = await aggregator(
    `${listOf(await agent('web'))}\ndisableMetrics: [container_status, "container_network_*"]\ncpuPercentOf: core`,
  );
  const page = await scrape(service, ['web']);
  const names = page.map(({ name }) => name);
  expect(names).toContain('container_state');
  expect(names).not.toContain('container_status');
  expect(names).not.toContain('container_network_bytes_in');
  expect(valuesOf(page, 'container_cpu_percent')).toMatchObject({ 'web web container-0': 10 });
});

describe('a reload', () => {
  const post = ({ handler }: TestAggregator) => request(handler).post('/-/reload');

  test('takes the new list of servers, and forgets who left it', async () => {
    const [web, db] = [await agent('web'), await agent('db')];
    const service = await aggregator(listOf(web));
    await scrape(service, ['web']);
    service.configure(listOf(db));
    expect((await post(service)).status).toBe(200);
    await scrape(service, ['db']);
    service.configure(listOf(web, db));
    await post(service);
    await web.refuse();
    await scrape(service, [web.address, 'db']);
  });

  test('with a mistake keeps the old configuration whole, says why and shows it', async () => {
    const web = await agent('web');
    const service = await aggregator(listOf(web));
    const loadedAt = service.clock.unixMs() / 1000;
    service.clock.forward(60_000);
    service.configure(`servers: ["127.0.0.1:1"]\nconcurrency: many`);
    const answer = await post(service);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      problems: [{ code: 'config-wrong-type', file: '/etc/dde/config.yml', line: 2 }],
    });
    const page = await scrape(service, ['web']);
    expect(valuesOf(page, 'aggregator_config_last_reload_successful')).toEqual({ '': 0 });
    expect(valuesOf(page, 'aggregator_config_last_reload_success_timestamp_seconds')).toEqual({
      '': loadedAt,
    });
    expect(service.problems.map(({ code }) => code)).toEqual([
      'reload-failed',
      'config-wrong-type',
    ]);

    service.configure(listOf(web));
    await post(service);
    const mended = await scrape(service, ['web']);
    expect(valuesOf(mended, 'aggregator_config_last_reload_successful')).toEqual({ '': 1 });
    expect(valuesOf(mended, 'aggregator_config_last_reload_success_timestamp_seconds')).toEqual({
      '': loadedAt + 60,
    });
  });

  test('of what only a start can take warns that a restart is needed', async () => {
    const service = await aggregator(listOf(await agent('web')));
    service.configure(`${listOf(await agent('web'))}\nlisten: 127.0.0.1:5999`);
    expect((await post(service)).status).toBe(200);
    expect(service.problems).toMatchObject([{ code: 'config-restart-needed' }]);
  });

  test('is asked for by POST only', async () => {
    const service = await aggregator(listOf(await agent('web')));
    expect((await request(service.handler).get('/-/reload')).status).toBe(404);
  });
});

describe('beside the metrics', () => {
  test('/sd lists the agents for Prometheus’ http_sd', async () => {
    const [web, db] = [await agent('web'), await agent('db')];
    const service = await aggregator(`
servers:
  - { address: "${web.address}", labels: { env: prod } }
  - { address: "https://${db.address}", name: db }
`);
    const answer = await request(service.handler).get('/sd');
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.body).toEqual([
      {
        targets: [web.address],
        labels: { server_hostname: 'web', instance: 'web', env: 'prod' },
      },
      {
        targets: [db.address],
        labels: { server_hostname: 'db', instance: 'db', __scheme__: 'https' },
      },
    ]);
  });

  test('/api/servers tells how each server is', async () => {
    const web = await agent('web');
    const service = await aggregator(
      `servers: [{ address: "${web.address}", labels: { env: prod } }, "127.0.0.1:1"]`,
    );
    const answer = await request(service.handler).get('/api/servers');
    expect(answer.body).toEqual({
      version: '1.2.3',
      servers: [
        {
          hostname: 'web',
          address: web.address,
          labels: { env: 'prod' },
          online: true,
          lastSeen: '2026-01-02T03:04:05.000Z',
          scrapeSeconds: 0,
          agentVersion: '1.2.3',
          docker: { running: true, version: '28.5.2' },
          containers: 2,
          containersRunning: 2,
          images: 7,
          flags: [],
        },
        {
          hostname: '127.0.0.1:1',
          address: '127.0.0.1:1',
          labels: {},
          online: false,
          reason: 'refused',
          detail: 'connect ECONNREFUSED',
          scrapeSeconds: 0,
          flags: [],
        },
      ],
    });
  });

  test('the servers are asked anew only when the answers are ten seconds old', async () => {
    const web = await agent('web');
    const service = await aggregator(listOf(web));
    const look = () => request(service.handler).get('/api/servers');
    await look();
    await look();
    expect(web.requests).toHaveLength(1);
    service.clock.forward(10_001);
    await look();
    expect(web.requests).toHaveLength(2);
  });

  test('the status page needs nothing from elsewhere, and no script in the page', async () => {
    const service = await aggregator(listOf(await agent('web')));
    const page = await request(service.handler).get('/');
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.text).not.toMatch(/<script(?![^>]* src="\/)|<style|style=| on\w+=|https?:\/\//);
    for (const path of ['/status.js', '/status.css']) {
      expect(page.text).toContain(`"${path}"`);
      expect((await request(service.handler).get(path)).status).toBe(200);
    }
  });
});

test('more scrapes at a time than allowed are answered 503', async () => {
  const web = await agent('web');
  web.fault({ kind: 'silent' });
  const service = await aggregator(`${listOf(web)}\nmaxScrapes: 1\nscrapeTimeout: 1s`);
  const get = () => request(service.handler).get('/metrics');
  const answers = await Promise.all([get(), get()]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 503]);
  expect((await get()).status).toBe(200);
});
