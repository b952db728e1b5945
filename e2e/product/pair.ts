import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../lab/engine.ts';
import type { Age } from '../lab/parts.ts';
import type { Prometheus } from '../lab/prometheus.ts';
import { type RunningService, type ServiceOptions, startService } from './service.ts';
import type { Stage } from './stage.ts';

/** An agent of that engine, found by the environment as the CLI finds it. */
export async function startAgent(
  stage: Stage,
  engine: Pick<Engine, 'dockerHost'>,
  options: ServiceOptions = {},
): Promise<RunningService> {
  return await startService(stage, 'agent', {
    ...options,
    env: { DOCKER_HOST: engine.dockerHost, ...options.env },
  });
}

/** A file of settings that can be replaced while a service runs. */
export interface ConfigFile {
  readonly path: string;
  readonly replace: (yaml: string) => void;
}

export function writeConfig(stage: Stage, yaml: string): ConfigFile {
  const path = join(stage.directory('config'), 'aggregator.yml');
  const replace = (text: string): void => {
    // In one step, as editors and configuration tools do: half a file is never read.
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  replace(yaml);
  return { path, replace };
}

/** An aggregator with a configuration file, or with the YAML of one. */
export async function startAggregator(
  stage: Stage,
  config: ConfigFile | string,
  options: ServiceOptions = {},
): Promise<RunningService> {
  const { path } = typeof config === 'string' ? writeConfig(stage, config) : config;
  const args = ['--config', path, ...(options.args ?? [])];
  return await startService(stage, 'aggregator', { ...options, args });
}

/** The `servers:` part of the aggregator's configuration. */
export function serversYaml(addresses: readonly string[]): string {
  return `servers:\n${addresses.map((address) => `  - address: ${address}\n`).join('')}`;
}

const scrapeSeconds = 2;

/** A Prometheus that scrapes an aggregator as the README says. */
export async function startScraper(
  stage: Stage,
  version: Age,
  aggregator: Pick<RunningService, 'address'>,
): Promise<Prometheus> {
  return await stage.prometheus({
    version,
    config: [
      `global: { scrape_interval: ${scrapeSeconds}s, scrape_timeout: ${scrapeSeconds}s }`,
      'scrape_configs:',
      '  - job_name: fleet',
      '    honor_labels: true',
      `    static_configs: [{ targets: ['${aggregator.address}'] }]`,
      '',
    ].join('\n'),
  });
}
