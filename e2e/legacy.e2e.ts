import { type FakeAgent, startFakeAgent } from '@docker-data-exporter/testkit/fakeAgent';
import type { Snapshot } from '@docker-data-exporter/shared/snapshot';
import type { Engine } from './lab/engine.ts';
import { busyboxImage, importBusybox } from './lab/image.ts';
import { describeWith } from './lab/parts.ts';
import { until } from './lab/poll.ts';
import { isCore, type MetricsPage, pageOf, type PageSample, seriesOf } from './product/page.ts';
import { serversYaml, startAgent, startAggregator } from './product/pair.ts';
import type { RunningService } from './product/service.ts';
import { createStage } from './product/stage.ts';
import { textLike } from './product/textLike.ts';

const minute = 60_000;

/** What the fake agent of the earlier project tells of: all it knew to tell. */
const snapshot: Snapshot = {
  schemaVersion: 1,
  takenAt: '2024-01-01T00:00:00Z',
  agent: { id: 'unknown to it', version: 'unknown to it' },
  host: { hostname: 'elder' },
  docker: {
    running: true,
    version: '24.0.4',
    gitCommit: '3713ee1',
    swarmActive: true,
    images: 12,
    containers: 3,
    containersRunning: 2,
  },
  collectors: [],
  containers: [
    {
      id: 'a1'.repeat(32),
      name: 'shop',
      image: 'registry.test:5000/team/shop',
      imageTag: '2.1',
      user: 'www',
      createdAt: '2023-11-14T22:13:20Z',
      state: 'running',
      status: 'Up 30 minutes',
      cpu: { usageSeconds: 0, hostPercent: 12.5 },
      memory: { usageBytes: 0, percent: 45.25 },
      network: { receiveBytes: 123_456_789_012, transmitBytes: 1 },
      blockIo: { readBytes: 4096, writeBytes: 8192 },
    },
    {
      id: 'b2'.repeat(32),
      name: 'still',
      image: 'busybox',
      imageTag: '',
      user: 'root',
      createdAt: '2023-11-14T22:13:21Z',
      state: 'paused',
      status: 'Up 2 hours (Paused)',
      cpu: { usageSeconds: 0, hostPercent: 0 },
      memory: { usageBytes: 0, percent: 0.5 },
      network: { receiveBytes: 0, transmitBytes: 0 },
      blockIo: { readBytes: 0, writeBytes: 0 },
    },
    {
      id: 'c3'.repeat(32),
      name: 'done',
      image: 'busybox',
      imageTag: 'local',
      user: 'root',
      createdAt: '2023-11-14T22:13:22Z',
      state: 'exited',
      status: 'Exited (0) 3 days ago',
    },
  ],
};

describe('an agent of the earlier project', () => {
  const stage = createStage();
  let elder: FakeAgent;
  let aggregator: RunningService;

  beforeAll(async () => {
    elder = await stage.keep(startFakeAgent({ snapshot, legacy: true }), (one) => one.close());
    aggregator = await startAggregator(stage, `server-ips:\n  - ${elder.address}\n`);
  }, minute);
  afterAll(stage.close, minute);
  afterEach(() => elder.setSnapshot(snapshot));

  test('is scraped with all it tells, from the configuration as it was', async () => {
    const page = await pageOf(aggregator);
    const fact = (name: string, labels: Record<string, string> = {}): PageSample => ({
      name,
      labels,
      value: 1,
    });
    const value = (name: string, number: number): PageSample => ({ ...fact(name), value: number });
    const of = (container: string, samples: readonly PageSample[]): PageSample[] =>
      samples.map(({ name, labels, value: number }) => ({
        name,
        labels: { container_name: container, ...labels },
        value: number,
      }));
    const info = (id: string, rest: Record<string, string>): PageSample =>
      fact('container_info', { container_id: id.repeat(6), ...rest });
    const expected = [
      ...['server_online', 'server_hostname', 'server_agent_running'].map((name) => fact(name)),
      ...['server_docker_running', 'server_swarm_mode'].map((name) => fact(name)),
      fact('server_ip', { server_ip: '127.0.0.1' }),
      fact('server_docker_version', { server_docker_version: '24.0.4' }),
      value('server_image_count', 12),
      value('server_total_container_count', 3),
      value('server_running_container_count', 2),
      ...of('shop', [
        info('a1', {
          container_image: 'registry.test:5000/team/shop',
          container_image_label: '2.1',
          container_user: 'www',
          container_creation_time: '2023-11-14T22:13:20Z',
        }),
        fact('container_state', { container_state: 'running' }),
        fact('container_status', { container_status: 'Up 30 minutes' }),
        value('container_cpu_percent', 12.5),
        value('container_mem_percent', 45.25),
        value('container_network_bytes_in', 123_456_789_012),
        value('container_network_bytes_out', 1),
        value('container_block_bytes_in', 4096),
        value('container_block_bytes_out', 8192),
      ]),
      ...of('still', [
        info('b2', {
          container_image: 'busybox',
          container_image_label: '',
          container_user: 'root',
          container_creation_time: '2023-11-14T22:13:21Z',
        }),
        fact('container_state', { container_state: 'paused' }),
        fact('container_status', { container_status: 'Up 2 hours (Paused)' }),
        value('container_cpu_percent', 0),
        value('container_mem_percent', 0.5),
        value('container_network_bytes_in', 0),
        value('container_network_bytes_out', 0),
        value('container_block_bytes_in', 0),
        value('container_block_bytes_out', 0),
      ]),
      // What did not run used nothing: its zeros are no numbers.
      ...of('done', [
        info('c3', {
          container_image: 'busybox',
          container_image_label: 'local',
          container_user: 'root',
          container_creation_time: '2023-11-14T22:13:22Z',
        }),
        fact('container_state', { container_state: 'exited' }),
        fact('container_status', { container_status: 'Exited (0) 3 days ago' }),
      ]),
    ].map(({ name, labels, value: number }) => ({
      name,
      labels: { server_hostname: 'elder', instance: 'elder', ...labels },
      value: number,
    }));
    expect(sorted(page.of('elder'))).toEqual(sorted(expected));
  });

  test('tells that its engine is away', async () => {
    elder.setSnapshot({ ...snapshot, docker: { running: false }, containers: [] });
    const page = await pageOf(aggregator);
    expect(page.of('elder').find(({ name }) => name === 'server_docker_running')?.value).toBe(0);
    expect(page.of('elder').find(({ name }) => name === 'server_online')?.value).toBe(1);
    expect(page.of('elder').filter(({ name }) => name.startsWith('container_'))).toEqual([]);
  });

  test('is offline under its name when it is gone', async () => {
    await pageOf(aggregator);
    await elder.refuse();
    try {
      const page = await pageOf(aggregator);
      expect(page.of('elder').find(({ name }) => name === 'server_online')?.value).toBe(0);
    } finally {
      await elder.accept();
    }
  });
});

describeWith(['new engine', 'new docker'], 'our agent in place of an earlier one', () => {
  const stage = createStage();
  let engine: Engine;
  let agent: RunningService;

  beforeAll(async () => {
    engine = await stage.engine({ version: 'new', name: 'legacy', bridge: true, hostname: 'heir' });
    await importBusybox(engine);
    const start = (name: string, ...options: string[]): Promise<string> =>
      engine.docker('run', '--detach', '--name', name, '--stop-timeout', '1', ...options);
    await start('busy', '--user', '1000', busyboxImage, 'sh', '-c', 'while :; do :; done');
    await start('limited', '--memory', '64m', busyboxImage, 'sleep', '100000');
    await start('nonet', '--network', 'none', busyboxImage, 'sleep', '100000');
    await start('ended', busyboxImage, 'true');
    agent = await startAgent(stage, engine);
    await until('users and CPU percents', 30, async () => {
      const page = await pageOf(agent);
      const users = page.named('container_info').filter(({ labels }) => labels.container_user);
      return users.length === 4 && page.named('container_cpu_percent').length === 3;
    });
  }, minute);
  afterAll(stage.close, minute);

  test('answers /get-data in exactly the documented shape', async () => {
    const { headers, body } = await agent.ask('/get-data');
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    const answer: unknown = JSON.parse(body);
    expect(shapeOf(answer)).toEqual({
      hostname: 'string',
      'docker-running': 'boolean',
      'docker-version': 'string',
      'swarm-mode': 'boolean',
      'image-count': 'integer',
      'total-container-count': 'integer',
      'running-container-count': 'integer',
      containers: Array.from({ length: 4 }, () => ({
        id: 'string',
        name: 'string',
        image: 'string',
        'image-label': 'string',
        user: 'string',
        state: 'string',
        status: 'string',
        'created-at': 'integer',
        'cpu-percent': 'number',
        'mem-percent': 'number',
        'network-bytes-in': 'integer',
        'network-bytes-out': 'integer',
        'block-bytes-in': 'integer',
        'block-bytes-out': 'integer',
      })),
    });
    // Safe: just looked at.
    const { containers, ...host } = answer as Record<string, unknown> & { containers: Entry[] };
    expect(host).toMatchObject({
      hostname: 'heir',
      'docker-running': true,
      'docker-version': textLike(/^\S+ \(build [0-9a-f]{7,}\)$/),
      'swarm-mode': false,
      'total-container-count': 4,
      'running-container-count': 3,
    });
    expect(host['docker-version']).toContain(engine.version);
    expect(containers.filter(({ id }) => !/^[0-9a-f]{12}$/.test(id))).toEqual([]);
    const busy = containers.find(({ name }) => name === 'busy');
    expect(busy).toMatchObject({ image: 'busybox', 'image-label': 'local', user: '1000' });
    expect(busy?.['cpu-percent']).toBeGreaterThan(0);
    expect(busy?.['cpu-percent']).toBeLessThanOrEqual(100);
    const hourAgo = Date.now() / 1000 - 3600;
    expect(containers.filter((one) => !(one['created-at'] > hourAgo))).toEqual([]);
  });

  test('answers OK on / and /get-data with two keys while the engine is away', async () => {
    const lonely = await startAgent(stage, { dockerHost: 'unix:///nowhere/docker.sock' });
    expect(JSON.parse(await lonely.get('/get-data'))).toEqual({
      hostname: textLike(/./),
      'docker-running': false,
    });
  });

  test('gives the same values whether asked as before or as now', async () => {
    const asBefore = await startAggregator(stage, `server-ips:\n  - ${agent.address}\n`);
    const asNow = await startAggregator(stage, serversYaml([agent.address]));
    await until('both ways to give the same', 20, async () => {
      const [before, now] = await Promise.all([pageOf(asBefore), pageOf(asNow)]);
      // Asked at the same moment, both get the same collection.
      expect(valuesOf(before)).toEqual(valuesOf(now));
      return true;
    });
    const series = seriesOf((await pageOf(asBefore)).named('container_state'));
    expect(series).toHaveLength(4);
  });
});

/** What the earlier JSON can tell of containers. Without a network it says 0 for "none". */
function valuesOf(page: MetricsPage): PageSample[] {
  return sorted(
    page.samples.filter(
      (sample) =>
        isCore(sample) &&
        sample.name.startsWith('container_') &&
        sample.name !== 'container_cpu_seconds_total' &&
        !(sample.name.startsWith('container_network') && sample.labels.container_name === 'nonet'),
    ),
  );
}

function sorted(samples: readonly PageSample[]): PageSample[] {
  const keyOf = ({ name, labels }: PageSample): string =>
    `${name} ${labels.container_name ?? ''} ${JSON.stringify(labels)}`;
  return samples.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly 'cpu-percent': number;
  readonly 'created-at': number;
}

/** Types in place of values. A number that may have a fraction is only known by its key. */
function shapeOf(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => shapeOf(item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, shapeOf(one, name)]),
    );
  }
  if (typeof value !== 'number' || key.endsWith('-percent')) return typeof value;
  return Number.isInteger(value) ? 'integer' : 'number';
}
