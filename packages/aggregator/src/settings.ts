import {
  checkTokenFile,
  commonChecks,
  commonSettings,
} from '@docker-data-exporter/shared/commonSettings';
import { type Problem, problem } from '@docker-data-exporter/shared/errors';
import { DEFAULT_LABEL_VALUE_LIMIT } from '@docker-data-exporter/shared/exposition';
import { metricTable, rowsWithout } from '@docker-data-exporter/shared/metrics';
import { setting } from '@docker-data-exporter/shared/settingKinds';
import type { Fault, SettingsOf } from '@docker-data-exporter/shared/settingRow';
import type { ReadTextFile } from '@docker-data-exporter/shared/settings';
import {
  entriesOf,
  plainServer,
  readAddress,
  readServerIps,
  readServers,
} from './serversSetting.ts';
import { formatServerAddress } from './targets/serverAddress.ts';
import type { ServerEntry } from './targets/serverEntry.ts';
import { type StaticTargets, staticTargets } from './targets/static.ts';

export const AGGREGATOR_PORT = 5000;

const MEBIBYTE = 1024 * 1024;

export const aggregatorSettings = {
  ...commonSettings(AGGREGATOR_PORT),

  servers: setting.custom<readonly ServerEntry[]>({
    help: 'The servers to ask: addresses, or maps of address, name, labels and tokenFile.',
    group: 'Servers',
    reloadable: true,
    read: readServers,
    toPlain: (entries) => entries.map(plainServer),
  }),
  server: setting.list({
    help: 'A server to ask, for a quick start without a file; may be given again.',
    group: 'Servers',
    placeholder: 'HOST:PORT',
    reloadable: true,
    check: checkAddresses,
  }),
  serverIps: setting.custom<readonly ServerEntry[]>({
    help: 'Agents of the earlier project, as its configuration lists them: IP or IP:PORT, port 80 unless told. Our own agents are understood there too.',
    group: 'Servers',
    yamlKey: 'server-ips',
    reloadable: true,
    read: readServerIps,
    toPlain: (entries) => entries.map(({ address }) => formatServerAddress(address)),
  }),
  agentTokenFile: setting.path({
    help: 'File with the bearer token that is sent to agents (its first line). Read again when it changes.',
    group: 'Servers',
    placeholder: 'FILE',
    reloadable: true,
  }),

  scrapeTimeout: setting.durationMs({
    help: 'How long a scrape may take if the scraper does not say; 10 s is what Prometheus grants.',
    group: 'Scraping',
    default: 10_000,
    min: 100,
    max: 600_000,
    reloadable: true,
  }),
  scrapeMargin: setting.durationMs({
    help: 'Part of that time kept for sending the reply: 500 ms are enough for a million samples.',
    group: 'Scraping',
    default: 500,
    max: 60_000,
    reloadable: true,
  }),
  connectTimeout: setting.durationMs({
    help: 'A connection to an agent must stand within this. 3 s let one lost packet be sent again, and leave time in a usual scrape.',
    group: 'Scraping',
    default: 3000,
    min: 50,
    max: 120_000,
    reloadable: true,
  }),
  concurrency: setting.integer({
    help: 'Answers read and parsed at a time. Waiting for agents is not counted; it bounds memory, at maxBodyBytes each.',
    group: 'Scraping',
    default: 64,
    min: 1,
    max: 10_000,
    reloadable: true,
  }),
  maxBodyBytes: setting.bytes({
    help: 'The largest answer an agent may give; 8 MiB hold some ten thousand containers.',
    group: 'Scraping',
    default: 8 * MEBIBYTE,
    min: 1024,
    max: 256 * MEBIBYTE,
    reloadable: true,
  }),
  maxScrapes: setting.integer({
    help: 'Replies under way at a time; further ones are answered 503. Each slow reader costs a few MiB.',
    group: 'Scraping',
    default: 32,
    min: 1,
    max: 10_000,
    reloadable: true,
  }),

  disableMetrics: setting.list({
    help: 'Metric families to leave out: names, or patterns with *.',
    group: 'Metrics',
    placeholder: 'NAME',
    default: [],
    reloadable: true,
    check: checkMetricPatterns,
  }),
  cpuPercentOf: setting.oneOf(['host', 'core'], {
    help: 'What 100 of container_cpu_percent means: all CPUs of the host, or one core as docker stats has it.',
    group: 'Metrics',
    default: 'host',
    reloadable: true,
  }),
  labelValueLimit: setting.integer({
    help: 'Longer label values are cut: one that Prometheus finds too long costs the whole scrape.',
    group: 'Metrics',
    default: DEFAULT_LABEL_VALUE_LIMIT,
    // Names of servers are told apart by up to some 520 characters.
    min: 640,
    max: 65_536,
    reloadable: true,
  }),

  reloadInterval: setting.durationMs({
    help: 'How often to look whether the configuration file changed; 0 to look only when asked.',
    group: 'General',
    default: 2000,
    max: 3_600_000,
  }),
};

export type AggregatorTable = typeof aggregatorSettings;
export type AggregatorSettings = SettingsOf<AggregatorTable>;

/** The targets of all lists together, and what was merged. */
export function targetsOf(settings: AggregatorSettings): StaticTargets {
  return staticTargets([
    ...(settings.servers ?? []),
    ...(settings.serverIps ?? []),
    ...entriesOf(settings.server ?? []),
  ]);
}

/** The token files that are sent to agents. */
export function agentTokenFilesOf(settings: AggregatorSettings): readonly string[] {
  const files = [
    settings.agentTokenFile,
    ...targetsOf(settings).targets.map((one) => one.tokenFile),
  ];
  return [...new Set(files.filter((file) => file !== undefined))];
}

/** Rules that need more than one setting. */
export function checkAggregator(
  settings: AggregatorSettings,
  readFile: ReadTextFile,
): readonly Problem[] {
  const { targets, warnings } = targetsOf(settings);
  const tokenProblems = agentTokenFilesOf(settings).map((file) => checkTokenFile(file, readFile));
  return [
    ...commonChecks(settings, readFile),
    ...warnings,
    ...tokenProblems.filter((found) => found !== undefined),
    ...(targets.length === 0 ? [noServers(settings)] : []),
  ];
}

function noServers({ servers, serverIps, server }: AggregatorSettings): Problem {
  const lists = { servers, serverIps, server };
  const key = (['servers', 'serverIps', 'server'] as const).find((one) => lists[one] !== undefined);
  return key === undefined
    ? problem('servers-missing', 'No server was named.', {
        fix: 'Give --server HOST:PORT, or --config FILE (or DDE_CONFIG) with a list "servers:" of addresses such as 10.0.0.7:5050.',
      })
    : problem('servers-empty', 'The list of servers is empty.', { key });
}

function checkAddresses(texts: readonly string[]): Fault | undefined {
  for (const text of texts) {
    const read = readAddress(text);
    if ('fault' in read) return read.fault;
  }
  return undefined;
}

/** The one family that has to be there always: by its absence nobody could tell that a server is down. */
const INDISPENSABLE = 'server_online';

function checkMetricPatterns(patterns: readonly string[]): Fault | undefined {
  for (const pattern of patterns) {
    const left = rowsWithout([pattern]);
    if (left.length === metricTable.length) {
      return {
        code: 'config-bad-value',
        says: `has "${pattern}", which fits no metric`,
        fix: 'docs/METRICS.md lists all metrics.',
      };
    }
    if (!left.some(({ name }) => name === INDISPENSABLE)) {
      return {
        code: 'config-bad-value',
        says: `has "${pattern}", which would leave out ${INDISPENSABLE}`,
        fix: `Choose a pattern that does not fit ${INDISPENSABLE}.`,
      };
    }
  }
  return undefined;
}
