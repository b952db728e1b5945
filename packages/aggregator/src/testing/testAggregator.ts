import type { RequestListener } from 'node:http';
import { type Problem } from '@docker-data-exporter/shared/errors';
import { createHttpService } from '@docker-data-exporter/shared/httpService';
import { silentLog } from '@docker-data-exporter/shared/log';
import { loadSettings } from '@docker-data-exporter/shared/settings';
import { openStateDir } from '@docker-data-exporter/shared/stateDir';
import { createAggregator } from '../aggregator.ts';
import { aggregatorRoutes } from '../app.ts';
import { aggregatorSettings, checkAggregator } from '../settings.ts';
import { type HandClock, handClock } from './handClock.ts';

/** For tests: a whole aggregator but for its socket, its clock and its configuration file. */
export interface TestAggregator {
  readonly handler: RequestListener;
  readonly clock: HandClock;
  /** All that was logged as a problem so far. */
  readonly problems: readonly Problem[];
  /** Writes the configuration file anew. */
  readonly configure: (yaml: string) => void;
  readonly close: () => Promise<void>;
}

const CONFIG_FILE = '/etc/dde/config.yml';

export async function startTestAggregator(options: {
  readonly yaml: string;
  readonly statePath: string;
}): Promise<TestAggregator> {
  let { yaml } = options;
  const readFile = (path: string) => {
    if (path === CONFIG_FILE) return yaml;
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  };
  const load = () =>
    loadSettings(aggregatorSettings, {
      service: { name: 'dde-aggregator', version: '1.2.3', summary: 'For tests.' },
      argv: ['--config', CONFIG_FILE],
      env: {},
      readFile,
      check: (settings) => checkAggregator(settings, readFile),
    });
  const loaded = load();
  if (loaded.kind === 'exit') throw new Error(loaded.stderr);

  const clock = handClock();
  const problems: Problem[] = [];
  const log = { ...silentLog(), problem: (found: Problem) => problems.push(found) };
  const { stateDir } = await openStateDir(options.statePath);
  const aggregator = await createAggregator({
    ...{ loaded, load, stateDir, clock, log },
    version: '1.2.3',
  });
  const { handler } = createHttpService({
    log,
    routes: aggregatorRoutes(aggregator.app),
    readiness: () => ({ ready: true }),
  });
  return {
    handler,
    clock,
    problems,
    configure: (next) => {
      yaml = next;
    },
    close: aggregator.close,
  };
}
