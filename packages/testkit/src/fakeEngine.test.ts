import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { ask } from './ask.ts';
import { type FakeEngine, startFakeEngine } from './fakeEngine.ts';
import { type Scenario, listScenarios, loadScenario } from './scenario.ts';
import { temporaryDirectory } from './temporaryDirectory.ts';

const scenarios = listScenarios();

interface ListEntry {
  Id: string;
  State: string;
}
const parse = (body: Buffer | string): unknown => JSON.parse(body.toString());
const entries = (body: Buffer): ListEntry[] => parse(body) as ListEntry[];

describe.each(scenarios)('the fake engine on %s', (name) => {
  const scenario = loadScenario(name);
  const directory = temporaryDirectory();
  const socket = join(directory.path, 'docker.sock');
  let engine: FakeEngine;
  const get = (path: string) => ask(socket, path);

  beforeAll(async () => {
    engine = await startFakeEngine({ scenario, listen: { socket } });
  });
  afterEach(() => {
    engine.clearFaults();
    engine.forgetRequests();
  });
  afterAll(async () => {
    await engine.close();
    directory.remove();
  });

  test('serves recorded bodies byte for byte, with and without a version in the path', async () => {
    const { ApiVersion } = scenario.version.value;
    for (const prefix of ['', `/v${ApiVersion}`]) {
      const info = await get(`${prefix}/info`);
      expect(info.status).toBe(200);
      expect(info.headers['content-type']).toBe('application/json');
      expect(info.body.equals(scenario.info.body)).toBe(true);
      expect((await get(`${prefix}/version`)).body.equals(scenario.version.body)).toBe(true);
      expect((await get(`${prefix}/images/json`)).body.equals(scenario.images)).toBe(true);
      const list = await get(`${prefix}/containers/json?all=1`);
      expect(list.body.equals(scenario.list.body)).toBe(true);
    }
  });

  test('answers a ping with the engine’s headers', async () => {
    const { status, headers, body } = await get('/_ping');
    expect(status).toBe(200);
    expect(body.toString()).toBe('OK');
    const ofTheConnection = ['date', 'connection'];
    const recorded = Object.entries(scenario.pingHeaders ?? {}).filter(
      ([header]) => !ofTheConnection.includes(header),
    );
    expect(headers).toMatchObject({
      'api-version': scenario.version.value.ApiVersion,
      ostype: 'linux',
      ...Object.fromEntries(recorded),
    });
  });

  test('lists what is up unless all are asked for', async () => {
    const up = entries((await get('/containers/json')).body);
    const all = entries((await get('/containers/json?all=true')).body);
    expect(up.length).toBeLessThan(all.length);
    const expected = all.filter(({ State }) => ['running', 'paused', 'restarting'].includes(State));
    expect(up.map(({ Id }) => Id)).toEqual(expected.map(({ Id }) => Id));
  });

  test('filters the list by state, in both spellings of a filter', async () => {
    for (const filter of ['{"status":["exited"]}', '{"status":{"exited":true}}']) {
      const list = await get(`/containers/json?filters=${encodeURIComponent(filter)}`);
      const states = new Set(entries(list.body).map(({ State }) => State));
      expect([...states]).toEqual(['exited']);
    }
  });

  test('finds a container by id, short id and name', async () => {
    for (const container of scenario.containers) {
      for (const wanted of [container.id, container.id.slice(0, 12), container.name]) {
        const reply = await get(`/containers/${wanted}/json`);
        expect(reply.body.equals(container.inspect!)).toBe(true);
      }
    }
  });

  test('serves two-sample stats, and one-shot stats of the moment it is set to', async () => {
    const container = scenario.containers.find(({ summary }) => summary.State === 'running')!;
    const stats = `/containers/${container.id}/stats?stream=false`;
    expect((await get(stats)).body.equals(container.stats!)).toBe(true);
    expect((await get(`${stats}&one-shot=true`)).body.equals(container.oneShot!)).toBe(true);
    engine.setMoment('later');
    const later = await get(`${stats}&one-shot=true`);
    engine.setMoment('first');
    expect(later.body.equals(container.oneShotLater!)).toBe(true);
    expect(later.body.equals(container.oneShot!)).toBe(false);
  });

  test('refuses what the engine refused, in the same words', async () => {
    for (const { request, status, body } of refusals(scenario)) {
      const [method = '', path = ''] = request.split(' ');
      const reply = await ask(socket, path, { method });
      expect({ request, status: reply.status, body: reply.body.toString() }).toEqual({
        request,
        status,
        body,
      });
    }
  });

  test('knows no other method than GET', async () => {
    const reply = await ask(socket, '/containers/json', { method: 'POST' });
    expect(reply.status).toBe(404);
    expect(engine.requests).toEqual([{ method: 'POST', path: '/containers/json' }]);
  });

  test('notes every request with its endpoint and the container’s name', async () => {
    const { id, name: containerName } = scenario.containers[0]!;
    await get('/_ping');
    await get(`/containers/${id}/stats?stream=false`);
    expect(engine.requests).toEqual([
      { method: 'GET', path: '/_ping', endpoint: 'ping' },
      {
        method: 'GET',
        path: `/containers/${id}/stats?stream=false`,
        endpoint: 'stats',
        container: containerName,
      },
    ]);
  });

  test('sends the recorded events between since and until, and ends', async () => {
    const until = Math.floor(Date.now() / 1000) + 1_000_000_000;
    const lastSecond = (parse(scenario.events.at(-1)!) as { time: number }).time;
    const ended = await startFakeEngine({
      scenario,
      listen: { port: 0 },
      now: () => (until + 1) * 1000,
    });
    const events = async (query: string) =>
      (await ask(ended.address, `/events?${query}`)).body.toString().split('\n').slice(0, -1);
    expect(await events(`since=0&until=${until}`)).toEqual(scenario.events);
    expect(await events(`since=${lastSecond + 1}&until=${until}`)).toEqual([]);
    const filters = encodeURIComponent('{"type":["container"],"event":{"die":true}}');
    const deaths = await events(`since=0&until=${until}&filters=${filters}`);
    expect(deaths.length).toBeGreaterThan(0);
    expect(deaths).toEqual(scenario.events.filter((line) => line.includes('"Action":"die"')));
    await ended.close();
  });

  test('streams the events it is told to send to all who listen', async () => {
    const [line = ''] = scenario.events;
    const response = await openStream(socket, '/events');
    expect(engine.eventListeners()).toBe(1);
    engine.sendEvent(line);
    const [chunk] = (await once(response, 'data')) as [string];
    expect(chunk).toBe(`${line}\n`);
    response.destroy();
  });

  test('a fault holds at its endpoint and container, until lifted', async () => {
    const [first, second] = scenario.containers;
    const lift = engine.fault(
      { endpoint: 'inspect', container: first!.id.slice(0, 12) },
      { kind: 'status', status: 500, message: 'no' },
    );
    const broken = await get(`/containers/${first!.name}/json`);
    expect(broken.status).toBe(500);
    expect(broken.body.toString()).toBe('{"message":"no"}\n');
    expect((await get(`/containers/${second!.name}/json`)).status).toBe(200);
    expect((await get(`/containers/${first!.name}/stats?stream=false`)).status).toBe(200);
    lift();
    expect((await get(`/containers/${first!.name}/json`)).status).toBe(200);
  });

  test('a fault can hold for some requests only', async () => {
    engine.fault({ endpoint: 'info' }, { kind: 'dead' }, 1);
    await expect(get('/info')).rejects.toThrow('socket hang up');
    expect((await get('/info')).status).toBe(200);
  });

  test('refuses connections, vanishes, and comes back at the same socket', async () => {
    await engine.refuse();
    expect(existsSync(socket)).toBe(true);
    await expect(get('/_ping')).rejects.toThrow('ECONNREFUSED');
    await engine.accept();
    expect((await get('/_ping')).status).toBe(200);
    await engine.vanish();
    await expect(get('/_ping')).rejects.toThrow('ENOENT');
    await engine.accept();
    expect((await get('/_ping')).status).toBe(200);
  });
});

function refusals({ errors }: Scenario) {
  return [...errors.values()];
}

async function openStream(socketPath: string, path: string): Promise<IncomingMessage> {
  const [response] = (await once(
    request({ socketPath, path, agent: false }).end(),
    'response',
  )) as [IncomingMessage];
  return response.setEncoding('utf8');
}

describe('the fake engine', () => {
  const scenario = loadScenario(scenarios[0]!);

  test('listens on a loopback port too, and can play an engine with other API versions', async () => {
    const engine = await startFakeEngine({
      scenario,
      listen: { port: 0 },
      apiVersions: { minimum: '1.44', maximum: '1.52' },
    });
    expect(engine.dockerHost).toBe(`tcp://${engine.address}`);
    const refused = await ask(engine.address, '/v1.43/info');
    expect(refused.status).toBe(400);
    expect(refused.body.toString()).toContain('Minimum supported API version is 1.44');
    const version = parse((await ask(engine.address, '/v1.44/version')).body);
    expect(version).toMatchObject({ ApiVersion: '1.52', MinAPIVersion: '1.44' });
    await engine.close();
  });
});

describe('the live fake engine', () => {
  test('serves numbers of its clock, and streams the restarts that are due', async () => {
    const scenario = loadScenario(scenarios[0]!);
    let now = Date.parse('2030-01-01T00:00:00Z');
    const engine = await startFakeEngine({
      scenario,
      listen: { port: 0 },
      now: () => now,
      live: { seed: 1, restartEverySeconds: 60 },
    });
    const list = async () => (await ask(engine.address, '/containers/json?all=1')).body.toString();
    const first = await list();
    const [host = '', port = ''] = engine.address.split(':');
    const outgoing = request({ host, port: Number(port), path: '/events', agent: false }).end();
    const [events] = (await once(outgoing, 'response')) as [IncomingMessage];
    now += 61_000;
    expect(await list()).not.toBe(first);
    engine.tick();
    const [line] = (await once(events.setEncoding('utf8'), 'data')) as [string];
    expect(parse(line)).toMatchObject({ Type: 'container', Action: 'die' });
    events.destroy();
    await engine.close();
  });
});
