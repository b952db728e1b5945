import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Age, programOf } from './parts.ts';
import { freePort } from './ports.ts';
import { startProcess } from './process.ts';
import { runAnyway, type RunResult } from './run.ts';

export interface PrometheusOptions {
  readonly version: Age;
  /** The text of prometheus.yml. */
  readonly config: string;
  /** Folder the configuration is written to, so that rule and target files may lie beside it. */
  readonly dir?: string;
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}

export interface Prometheus {
  readonly url: string;
  readonly pid: number;
  /** Instant query; throws what Prometheus says about a bad one. */
  readonly query: (promql: string) => Promise<Sample[]>;
  readonly targets: () => Promise<Target[]>;
  /** The `data` part of any other API answer, e.g. `/api/v1/rules`. */
  readonly api: (path: string) => Promise<unknown>;
  /** What it wrote to its log so far. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts a real Prometheus on a free loopback port, ready to answer queries. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const program = programOf(`${options.version} prometheus`);
  const own = mkdtempSync(join(tmpdir(), `dde-lab-${process.pid}-prometheus-`));
  const configFile = join(options.dir ?? own, 'prometheus.yml');
  writeFileSync(configFile, options.config);
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const running = startProcess({
    program,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(own, 'data')}`,
      `--web.listen-address=${listen}`,
      '--web.enable-lifecycle',
    ],
    workingDirectory: own,
  });
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(own, { recursive: true, force: true });
  };
  try {
    await running.untilAnswers(`${url}/-/ready`, 30);
  } catch (error) {
    await stop();
    throw error;
  }
  const api = async (path: string): Promise<unknown> => {
    const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(15_000) });
    // Safe: every answer of the API has this envelope.
    const { status, error, data } = (await answer.json()) as {
      status: string;
      error?: string;
      data: unknown;
    };
    if (status !== 'success') throw new Error(`${path}: ${error ?? answer.statusText}`);
    return data;
  };
  return {
    url,
    pid: running.pid,
    query: async (promql) =>
      samplesOf(await api(`/api/v1/query?query=${encodeURIComponent(promql)}`)),
    targets: async () =>
      // Safe: documented, stable shape; both versions of the lab have it.
      ((await api('/api/v1/targets?state=active')) as { activeTargets: Target[] }).activeTargets,
    api,
    log: running.stderr,
    stop,
  };
}

type Point = readonly [time: number, value: string];
type QueryData =
  | { resultType: 'vector'; result: { metric: Record<string, string>; value: Point }[] }
  | { resultType: 'scalar'; result: Point }
  | { resultType: 'matrix' | 'string' };

function samplesOf(data: unknown): Sample[] {
  // Safe: documented, stable shape of /api/v1/query.
  const answer = data as QueryData;
  switch (answer.resultType) {
    case 'vector':
      return answer.result.map(({ metric, value }) => ({ metric, value: numberOf(value[1]) }));
    case 'scalar':
      return [{ metric: {}, value: numberOf(answer.result[1]) }];
    default:
      throw new Error(`an instant query must give a vector or a scalar, not ${answer.resultType}`);
  }
}

function numberOf(text: string): number {
  return text.endsWith('Inf') ? Number(`${text}inity`) : Number(text);
}

/** Runs promtool, e.g. `promtool('new', ['check', 'metrics'], body)`; returns its result whatever it found. */
export async function promtool(
  version: Age,
  args: readonly string[],
  stdin = '',
): Promise<RunResult> {
  return await runAnyway(programOf(`${version} promtool`), args, { stdin });
}
