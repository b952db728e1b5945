#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { bearerAuth } from '@docker-data-exporter/shared/bearerAuth';
import { createChangeLog } from '@docker-data-exporter/shared/changeLog';
import { httpLimitsOf } from '@docker-data-exporter/shared/commonSettings';
import { createHttpService, httpUrl } from '@docker-data-exporter/shared/httpService';
import { runService, type ServiceContext } from '@docker-data-exporter/shared/runService';
import { openSecretFile } from '@docker-data-exporter/shared/secretFile';
import { defaultStateDir, openStateDir } from '@docker-data-exporter/shared/stateDir';
import { createAggregator } from './aggregator.ts';
import { aggregatorRoutes } from './app.ts';
import { systemClock } from './clock.ts';
import { lookEvery, watchFile } from './reload.ts';
import { aggregatorSettings, type AggregatorTable, checkAggregator } from './settings.ts';
import { version } from './version.ts';

const readFile = (path: string) => readFileSync(path, 'utf8');

async function start({ loaded, settings, load, log }: ServiceContext<AggregatorTable>) {
  const { platform, env } = process;
  const statePath =
    settings.stateDir ??
    defaultStateDir({
      ...{ serviceName: 'docker-data-exporter/aggregator', env, platform },
      userId: process.getuid?.(),
      homeDirectory: homedir(),
    });
  const { stateDir, problem: stateProblem } = await openStateDir(statePath);
  const aggregator = await createAggregator({
    ...{ loaded, load, version, stateDir, stateProblem, log },
    clock: systemClock,
  });

  const changes = createChangeLog(log);
  const secret =
    settings.tokenFile === undefined
      ? undefined
      : await openSecretFile(settings.tokenFile, {
          onProblem: (found) => changes.report('token file', found),
        });
  const http = createHttpService({
    ...{ log, platform, insecure: settings.insecure, limits: httpLimitsOf(settings) },
    routes: aggregatorRoutes(aggregator.app),
    readiness: () => ({ ready: true }),
    authorize: secret && bearerAuth(secret.tokens),
  });
  const address = await http.listen(settings.listen);
  log.info('The aggregator listens.', { url: httpUrl(address), version, stateDir: statePath });

  const watching = new AbortController();
  if (loaded.configFile !== undefined && settings.reloadInterval > 0) {
    const watch = await watchFile(loaded.configFile, aggregator.reload);
    void lookEvery(settings.reloadInterval, { watch, signal: watching.signal });
  }

  return {
    reload: aggregator.reload,
    stop: async (deadlineMs: number) => {
      watching.abort();
      await http.stop(deadlineMs);
      await aggregator.close();
    },
  };
}

await runService({
  process,
  service: {
    name: 'dde-aggregator',
    version,
    summary: 'Asks every agent and answers Prometheus for the whole fleet.',
  },
  table: aggregatorSettings,
  readFile,
  check: (settings) => checkAggregator(settings, readFile),
  start,
});
