import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { metricTable } from '@docker-data-exporter/shared/metrics';
import { type FakeEngine, startFakeEngine } from '@docker-data-exporter/testkit/fakeEngine';
import { checkPage } from '@docker-data-exporter/testkit/invariants';
import { loadScenario } from '@docker-data-exporter/testkit/scenario';
import { type Age, describeWith } from './lab/parts.ts';
import { until } from './lab/poll.ts';
import { type Prometheus, promtool } from './lab/prometheus.ts';
import { parseWithPython } from './lab/pythonClient.ts';
import { isRow, pageOf, type PageSample, readPage, seriesOf } from './product/page.ts';
import { serversYaml, startAgent, startAggregator } from './product/pair.ts';
import type { RunningService } from './product/service.ts';
import { createStage } from './product/stage.ts';

const minute = 60_000;
const scenarios = ['docker-20.10', 'docker-28.5'] as const;
/** Known, but nobody listens there. */
const deadServer = '127.0.0.1:1';
const openMetrics = { accept: 'application/openmetrics-text; version=1.0.0' };

/** Ways to scrape: everything a Prometheus of that age can be told about formats and compression. */
const jobs: Readonly<Record<Age, Readonly<Record<string, string>>>> = {
  old: { standard: '' },
  new: {
    standard: '',
    text: 'scrape_protocols: [PrometheusText0.0.4]',
    openmetrics: 'scrape_protocols: [OpenMetricsText1.0.0]',
    'older-openmetrics':
      'scrape_protocols: [OpenMetricsText0.0.1]\n    fallback_scrape_protocol: PrometheusText0.0.4',
    'uncompressed-text': 'scrape_protocols: [PrometheusText0.0.4]\n    enable_compression: false',
    'uncompressed-openmetrics':
      'scrape_protocols: [OpenMetricsText1.0.0]\n    enable_compression: false',
  },
};

describeWith(
  ['old prometheus', 'new prometheus', 'old promtool', 'new promtool', 'python client'],
  'what Prometheus and its tools make of our pages',
  () => {
    const stage = createStage();
    const agents: RunningService[] = [];
    let aggregator: RunningService;

    const expectedSeries = async (job: string): Promise<string[]> =>
      seriesOf(
        (await pageOf(aggregator)).samples.filter(isRow).map((one) => asScrapedBy(job, one)),
      );
    const services = { agent: () => agents[0]!, aggregator: () => aggregator };

    const startHost = async (name: string): Promise<RunningService> => {
      const scenario = loadScenario(name);
      const socket = join(stage.directory('fake-engine'), 'docker.sock');
      const engine: FakeEngine = await stage.keep(
        startFakeEngine({ scenario, listen: { socket } }),
        (started) => started.close(),
      );
      const agent = await startAgent(stage, engine, { args: ['--hostname', name] });
      await agent.get('/snapshot');
      engine.setMoment('later');
      return agent;
    };

    beforeAll(async () => {
      for (const name of scenarios) agents.push(await startHost(name));
      aggregator = await startAggregator(
        stage,
        serversYaml([...agents.map(({ address }) => address), deadServer]),
      );
      // Some facts are read in the background: no series is to come or go from here on.
      let last = '';
      await until('pages with CPU percent and the same series', 30, async () => {
        const page = await pageOf(aggregator);
        const before = last;
        last = seriesOf(page.samples).join('\n');
        const users = page.named('container_info').filter(({ labels }) => !labels.container_user);
        const hasPercent = scenarios.every((name) =>
          page.of(name).some((sample) => sample.name === 'container_cpu_percent'),
        );
        return hasPercent && users.length === 0 && last === before;
      });
    }, minute);
    afterAll(stage.close, minute);

    for (const version of ['old', 'new'] as const) {
      describe(`the ${version} Prometheus`, () => {
        let prometheus: Prometheus;
        const names = Object.keys(jobs[version]);

        beforeAll(async () => {
          const job = (name: string): string =>
            [
              `  - job_name: ${name}`,
              '    honor_labels: true',
              `    static_configs: [{ targets: ['${aggregator.address}'] }]`,
              `    ${jobs[version][name] ?? ''}`,
            ].join('\n');
          prometheus = await stage.prometheus({
            version,
            config: [
              'global: { scrape_interval: 1s, scrape_timeout: 1s }',
              'scrape_configs:',
              '  - job_name: itself',
              '    static_configs: [{ targets: [] }]',
              ...names.map(job),
              '',
            ].join('\n'),
          });
          await until('three scrapes of every job', 30, async () => {
            const counts = await prometheus.query('count_over_time(up[1m])');
            return counts.length === names.length && counts.every(({ value }) => value >= 3);
          });
        }, minute);

        test.each(names)('scrapes as %s, always up', async (job) => {
          expect(await prometheus.query(`min_over_time(up{job="${job}"}[5m])`)).toMatchObject([
            { value: 1 },
          ]);
          const [target] = (await prometheus.targets()).filter(({ labels }) => labels.job === job);
          expect(target).toMatchObject({ health: 'up', lastError: '' });
        });

        test.each(names)('takes every sample as %s', async (job) => {
          await until('a scrape of as many samples as we count', 20, async () => {
            const before = (await pageOf(aggregator)).samples.length;
            const [scraped] = await prometheus.query(`scrape_samples_scraped{job="${job}"}`);
            const [kept] = await prometheus.query(
              `scrape_samples_post_metric_relabeling{job="${job}"}`,
            );
            return scraped?.value === before && kept?.value === before;
          });
        });

        test.each(names)('stores each of our series as %s', async (job) => {
          await until('all of our series, and no other', 20, async () => {
            const expected = await expectedSeries(job);
            const stored = await prometheus.query(
              `{__name__=~"(server|container)_.+",job="${job}"}`,
            );
            const asStored = stored.map(
              ({ metric: { __name__: name = '', ...labels }, value }) => ({
                name,
                labels,
                value,
              }),
            );
            expect(seriesOf(asStored)).toEqual(expected);
            return true;
          });
        });

        test('counts no duplicate and no sample out of order', async () => {
          const body = await (await fetch(`${prometheus.url}/metrics`)).text();
          const counted = [
            ...body.matchAll(
              /^(prometheus_target_scrapes_\w+_total|prometheus_target_scrape_pool_exceeded\w+) (\S+)$/gm,
            ),
          ].map(([, name, value]) => [name, Number(value)] as const);
          expect(counted.length).toBeGreaterThan(3);
          expect(counted.filter(([, value]) => value !== 0)).toEqual([]);
        });

        test('has nothing to complain of in its log', () => {
          expect(prometheus.log()).not.toMatch(/level=(WARN|ERROR)/i);
        });

        test.each(['agent', 'aggregator'] as const)(
          'its promtool complains of the rows of the %s with a legacy name, and of nothing else',
          async (service) => {
            const body = await services[service]().get('/metrics');
            const { stdout, stderr } = await promtool(version, ['check', 'metrics'], body);
            const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
            const waived = metricTable.filter((row) => 'legacy' in row).map(({ name }) => name);
            expect([...new Set(complaints.map((line) => line.split(' ')[0]))].toSorted()).toEqual(
              waived.toSorted(),
            );
          },
        );
      });
    }

    describe('the Python client', () => {
      test.each(['agent', 'aggregator'] as const)(
        'reads as many samples as we do from both formats of the %s',
        async (service) => {
          const text = await services[service]().get('/metrics');
          const page = await services[service]().get('/metrics', openMetrics);
          expect(await parseWithPython(text, 'text')).toMatchObject({
            samples: readPage(text, 'text').samples.length,
          });
          expect(await parseWithPython(page, 'openmetrics')).toMatchObject({
            samples: readPage(page, 'openmetrics').samples.length,
          });
        },
      );
    });

    test.each(['text', 'openmetrics'] as const)(
      'the testkit finds every invariant held in %s',
      async (format) => {
        const headers = format === 'text' ? {} : openMetrics;
        const body = Buffer.from(await aggregator.get('/metrics', headers));
        const servers = [...scenarios, deadServer];
        expect(checkPage(body, { format, servers }).problems).toEqual([]);
      },
    );

    test('both formats hold the same series, compressed or not', async () => {
      const fleetOf = (body: string, format: 'text' | 'openmetrics'): string[] =>
        seriesOf(readPage(body, format).samples.filter(isRow));
      const plain = fleetOf(await aggregator.get('/metrics'), 'text');
      expect(plain.length).toBeGreaterThan(200);
      expect(fleetOf(await aggregator.get('/metrics', openMetrics), 'openmetrics')).toEqual(plain);
      const identity = { 'accept-encoding': 'identity' };
      const gzip = { 'accept-encoding': 'gzip' };
      expect(
        (await aggregator.ask('/metrics', { headers: identity })).headers.get('content-encoding'),
      ).toBeNull();
      expect(
        (await aggregator.ask('/metrics', { headers: gzip })).headers.get('content-encoding'),
      ).toBe('gzip');
      expect(fleetOf(await aggregator.get('/metrics', gzip), 'text')).toEqual(plain);
      expect(fleetOf(await aggregator.get('/metrics', identity), 'text')).toEqual(plain);
    });
  },
);

/** An empty label is none to Prometheus, which adds the job. */
function asScrapedBy(job: string, sample: PageSample): PageSample {
  const labels = Object.entries(sample.labels).filter(([, value]) => value !== '');
  return { ...sample, labels: { ...Object.fromEntries(labels), job } };
}
