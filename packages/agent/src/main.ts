#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { bearerAuth } from '@docker-data-exporter/shared/bearerAuth';
import { commonChecks, httpLimitsOf } from '@docker-data-exporter/shared/commonSettings';
import { createChangeLog } from '@docker-data-exporter/shared/changeLog';
import { createHttpService, httpUrl } from '@docker-data-exporter/shared/httpService';
import { runService, type ServiceContext } from '@docker-data-exporter/shared/runService';
import { openSecretFile } from '@docker-data-exporter/shared/secretFile';
import { defaultStateDir, openStateDir } from '@docker-data-exporter/shared/stateDir';
import { createAgent } from './agent.ts';
import { openAgentIdentity } from './agentIdentity.ts';
import { agentRoutes } from './app.ts';
import { systemClock } from './clock.ts';
import { discoverEndpoint } from './endpoint.ts';
import { localFiles } from './localFiles.ts';
import { agentSettings } from './settings.ts';
import { version } from './version.ts';

const readFile = (path: string) => readFileSync(path, 'utf8');

// The engine is found by our own rules. docker-modem would read these itself as the process starts
// to use it, and fail or go elsewhere where they do not suit it.
const env = { ...process.env };
for (const name of Object.keys(process.env)) {
  if (name.startsWith('DOCKER_')) Reflect.deleteProperty(process.env, name);
}

async function start({ settings, log }: ServiceContext<typeof agentSettings>) {
  const userId = process.getuid?.();
  const homeDirectory = homedir();
  const { platform } = process;
  const statePath =
    settings.stateDir ??
    defaultStateDir({
      ...{ serviceName: 'docker-data-exporter/agent', env, platform, userId, homeDirectory },
    });
  const { stateDir, problem } = await openStateDir(statePath);
  if (problem !== undefined) log.problem(problem);

  const { dockerHost, tokenFile } = settings;
  const agent = createAgent({
    ...{ settings, version, log, clock: systemClock, ownHostname: hostname() },
    identity: await openAgentIdentity({ stateDir, log }),
    discover: () =>
      discoverEndpoint({ dockerHost, env, homeDirectory, userId, platform, files: localFiles }),
  });

  const changes = createChangeLog(log);
  const secret =
    tokenFile === undefined
      ? undefined
      : await openSecretFile(tokenFile, {
          onProblem: (found) => changes.report('token file', found),
        });
  const http = createHttpService({
    ...{ log, platform, insecure: settings.insecure, limits: httpLimitsOf(settings) },
    routes: agentRoutes(agent.app),
    readiness: () => ({ ready: true }),
    authorize: secret && bearerAuth(secret.tokens),
  });
  const address = await http.listen(settings.listen);
  log.info('The agent listens.', { url: httpUrl(address), version, stateDir: statePath });
  void agent.lookAround();

  return {
    stop: async (deadlineMs: number) => {
      await http.stop(deadlineMs);
      agent.close();
    },
  };
}

await runService({
  process,
  service: {
    name: 'dde-agent',
    version,
    summary: 'Exposes one Docker host, its engine and its containers, as JSON and as metrics.',
  },
  table: agentSettings,
  readFile,
  check: (settings) => commonChecks(settings, readFile),
  start,
});
