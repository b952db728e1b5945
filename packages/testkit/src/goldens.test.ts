import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import {
  createExposition,
  type ExpositionFormat,
  type Page,
} from '@docker-data-exporter/shared/exposition';
import { metricTable } from '@docker-data-exporter/shared/metrics';
import { parseSnapshot } from '@docker-data-exporter/shared/snapshot';
import { expectGolden } from './golden.ts';
import { expectPage } from './invariants.ts';
import { listScenarios, scenariosDirectory } from './scenario.ts';

/**
 * The last link of the golden chain: recorded engine answers -> snapshot.json (by the agent) ->
 * metrics.prom, here.
 */
const pageOf = (scenario: string): Page => {
  const file = join(scenariosDirectory, scenario, 'snapshot.json');
  const parsed = parseSnapshot(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.ok) throw new Error(`${file}: ${parsed.detail}`);
  expect(parsed.droppedContainers).toBe(0);
  const { snapshot } = parsed;
  const up = { hostname: snapshot.host.hostname, address: '192.0.2.10', labels: { env: 'test' } };
  const down = { hostname: 'down.example', address: '192.0.2.11', labels: { env: 'test' } };
  return { servers: [{ ...up, snapshot }, down] };
};

const write = (page: Page, format: ExpositionFormat): Buffer => {
  const exposition = createExposition(metricTable, { metrics: { cpuPercentOf: 'host' } });
  return Buffer.concat([...exposition.write(page, format)]);
};

const { UPDATE_GOLDENS, CI } = env;
const scenarios = listScenarios();

describe.each(scenarios)('%s', (scenario) => {
  const page = pageOf(scenario);
  const expected = {
    servers: page.servers.map(({ hostname }) => hostname),
    serverLabels: ['env'],
  };

  test('gives the metrics that were reviewed', () => {
    const body = write(page, 'text');
    expectPage(body, { ...expected, format: 'text' });
    expectGolden(join(scenariosDirectory, scenario, 'metrics.prom'), body.toString(), {
      UPDATE_GOLDENS,
      CI,
    });
  });

  test('gives the same samples in OpenMetrics', () => {
    const samplesIn = (format: ExpositionFormat) =>
      expectPage(write(page, format), { ...expected, format }).flatMap(({ samples }) =>
        samples.map(({ name, labels, value }) => [name, [...labels], value]),
      );
    expect(samplesIn('openmetrics')).toEqual(samplesIn('text'));
  });
});

test('every row of the table occurs in a golden, and every name in a golden is a row', () => {
  const names = scenarios.flatMap((scenario) =>
    readFileSync(join(scenariosDirectory, scenario, 'metrics.prom'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.slice(0, line.search(/[{ ]/))),
  );
  expect([...new Set(names)].sort()).toEqual(metricTable.map(({ name }) => name).sort());
});
