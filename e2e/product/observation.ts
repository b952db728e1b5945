import type { Engine } from '../lab/engine.ts';
import { until } from '../lab/poll.ts';
import type { Prometheus, Sample } from '../lab/prometheus.ts';
import { statusLiesBetween } from './statusText.ts';
import { readStatsLines, readTruth, type StatsLine, type Truth } from './truth.ts';

/** What a Prometheus knows of a server, between two readings of the truth with the same states. */
export interface Observation {
  readonly hostname: string;
  readonly before: Truth;
  readonly after: Truth;
  /** Seconds between the two readings. */
  readonly seconds: number;
  readonly statsLines: ReadonlyMap<string, StatsLine>;
  /** All series of the server, by metric name. */
  readonly series: ReadonlyMap<string, readonly Sample[]>;
}

/**
 * A scrape may be answered from a collection that was under way already, begun for another
 * Prometheus: no collection takes longer than this.
 */
const longestCollectionSeconds = 2;

/**
 * What each of several Prometheus knows of a server, between the same two readings, in which no container
 * changed its state meanwhile.
 */
export async function observe<Name extends string>(
  engine: Engine,
  prometheus: Readonly<Record<Name, Prometheus>>,
  hostname: string,
): Promise<Readonly<Record<Name, Observation>>> {
  // The pauses of the container that restarts for ever grow to more than a reading takes within 30 s.
  return await until('an observation without a change of state', 90, async () => {
    const before = await readTruth(engine);
    const readAt = Date.now() / 1000;
    const after = readAt + longestCollectionSeconds;
    const asked = Object.entries<Prometheus>(prometheus).map(
      async ([name, one]) => [name, await seriesAfter(one, { hostname, seconds: after })] as const,
    );
    const [statsLines, series] = await Promise.all([readStatsLines(engine), Promise.all(asked)]);
    const truth = { hostname, before, after: await readTruth(engine), statsLines };
    if (!sameStates(before, truth.after) || !isQuiet(before, truth.after)) return undefined;
    const seconds = Date.now() / 1000 - readAt;
    const seen = series.map(([name, one]) => [name, { ...truth, seconds, series: one }] as const);
    // Safe: exactly the given names.
    return Object.fromEntries(seen) as Record<Name, Observation>;
  });
}

/** The series of the first scrape that began after that unix time, by metric name. */
async function seriesAfter(
  prometheus: Prometheus,
  { hostname, seconds }: { readonly hostname: string; readonly seconds: number },
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  await until(`a scrape of ${hostname}`, 30, async () => {
    const [sample] = await prometheus.query(
      `timestamp(server_online{server_hostname="${hostname}"})`,
    );
    return sample !== undefined && sample.value > seconds;
  });
  const samples = await prometheus.query(
    `{__name__=~"(server|container)_.+",server_hostname="${hostname}"}`,
  );
  const byName = new Map<string, Sample[]>();
  for (const sample of samples) {
    const name = sample.metric.__name__ ?? '';
    byName.set(name, [...(byName.get(name) ?? []), sample]);
  }
  return byName;
}

/** Packets for everybody on the bridge would leave no container whose bytes are known exactly. */
function isQuiet(before: Truth, after: Truth): boolean {
  const [first, last] = [before, after].map(({ containers }) => containers.get('idle')?.usage);
  return first?.networkIn === last?.networkIn && first?.networkOut === last?.networkOut;
}

function sameStates(before: Truth, after: Truth): boolean {
  if (before.containers.size !== after.containers.size) return false;
  return [...before.containers.values()].every((one) => {
    const other = after.containers.get(one.name);
    if (other === undefined) return false;
    // A restart between the list and the inspection of one reading shows only in the duration.
    const between = { before: one.status, after: other.status };
    return (
      one.id === other.id &&
      one.state === other.state &&
      one.restarts === other.restarts &&
      statusLiesBetween(one.status, between)
    );
  });
}
