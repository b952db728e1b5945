import { type Problem, problem } from '@docker-data-exporter/shared/errors';
import type { Engine } from '../engine.ts';
import { askStats } from '../engineQuestions.ts';
import { compact } from '../shape.ts';
import { createQuarantine, type StatsAnswer } from './quarantine.ts';
import type { UsageReading } from './usageReading.ts';
import type { UsageRequest, UsageResult, UsageSource } from './usageSource.ts';

/** Before 20.10 engines know no one-shot stats: they take two samples and answer after 2 s. */
const ONE_SHOT_SINCE = [1, 41] as const;
const TWO_SAMPLES_MS = 2000;
/** Before 25 engines answer when they have gone round all containers, once in a bit over a second. */
const AT_ONCE_SINCE = [1, 44] as const;
const ROUND_MS = 200;
/** An engine serves hundreds of stats one after the other. */
const PER_CONTAINER_MS = 5;

/** A container that vanished or stopped between the list and the question: absent, and no fault. */
const GONE: ReadonlySet<number> = new Set([404, 409]);

/**
 * Usage as the engine's stats tell it. All containers are asked at once: engines before 25 answer
 * on the tick of a second, for one container as for all.
 */
export function createEngineUsage(options: {
  readonly engine: Engine;
  /** For one question; longer with many containers and for engines without one-shot stats. */
  readonly deadlineMs: number;
  readonly steadyMs: () => number;
}): UsageSource {
  const { engine, steadyMs } = options;
  const ask = (id: string, deadlineMs: number): Promise<StatsAnswer> =>
    engine.ask(askStats(id), deadlineMs);
  const quarantine = createQuarantine({ ask, steadyMs });

  return {
    name: 'engine',
    read: async (request) => {
      const { containers } = request;
      quarantine.keepOnly(new Set(containers.map(({ id }) => id)));
      const deadlineMs = statsDeadlineMs(options.deadlineMs, request);
      const isolated = containers.filter(({ id }) => quarantine.has(id));
      const others = containers.filter(({ id }) => !quarantine.has(id));

      const probed = quarantine.probe(isolated.map(({ id }) => id));
      const answers = new Map<string, StatsAnswer>();
      await Promise.all(others.map(async ({ id }) => answers.set(id, await ask(id, deadlineMs))));
      // Whoever came back while the others were waited for is there in time.
      for (const [id, answer] of probed) answers.set(id, answer);

      const late = others.filter(({ id }) => isTimeout(answers.get(id)));
      const wholeEngine = late.length > 0 && late.length === others.length;
      // One stuck container can stop an old engine's stats altogether. Nobody is to blame then, and
      // everybody is asked again, so that all are back with the first collection that works.
      if (wholeEngine) quarantine.clear();
      else {
        for (const { id } of late) quarantine.add(id);
        // At once, so that whoever answers soon is back in the next collection.
        quarantine.probe(late.map(({ id }) => id));
      }

      return resultOf(request, answers, { deadlineMs, wholeEngine });
    },
  };
}

function resultOf(
  { containers, engine: { product } }: UsageRequest,
  answers: ReadonlyMap<string, StatsAnswer>,
  { deadlineMs, wholeEngine }: { readonly deadlineMs: number; readonly wholeEngine: boolean },
): UsageResult {
  const readings = new Map<string, UsageReading>();
  const unread = new Map<string, Problem>();
  for (const { id, name } of containers) {
    const answer = answers.get(id);
    if (answer === undefined) {
      const message = `The stats of ${name} hang; it is asked in the background.`;
      unread.set(id, problem('stats-quarantined', message));
    } else if (answer.ok) {
      if (answer.value !== 'not-running') readings.set(id, trusted(answer.value, product));
    } else if (isTimeout(answer)) {
      const message = `The stats of ${name} did not come within ${deadlineMs} ms.`;
      unread.set(id, problem('stats-timeout', message));
    } else if (answer.status === undefined || !GONE.has(answer.status)) {
      unread.set(id, answer.problem);
    }
  }
  const [first] = unread.values();
  if (first === undefined) return { readings, unread };
  const summary = wholeEngine
    ? `No container’s stats came within ${deadlineMs} ms; one stuck container is enough for that on older engines.`
    : `The usage of ${unread.size} of ${containers.length} containers is unknown. ${first.message}`;
  const code = wholeEngine ? 'stats-timeout' : first.code;
  return { readings, unread, problem: problem(code, summary) };
}

/** Podman's "system" time is what all processes used, without idle time: no measure of the host. */
function trusted(reading: UsageReading, product: string | undefined): UsageReading {
  if (product !== 'podman' || reading.cpu === undefined) return reading;
  const { usageSeconds, onlineCpus } = reading.cpu;
  return { ...reading, cpu: compact({ usageSeconds, onlineCpus }) };
}

function isTimeout(answer: StatsAnswer | undefined): boolean {
  return answer?.ok === false && answer.problem.code === 'engine-timeout';
}

/** How long stats may take: per question, per container, and by the habits of the engine. */
export function statsDeadlineMs(baseMs: number, { containers, engine }: UsageRequest): number {
  const { apiVersion } = engine;
  const habitMs = isBefore(apiVersion, ONE_SHOT_SINCE)
    ? TWO_SAMPLES_MS
    : isBefore(apiVersion, AT_ONCE_SINCE)
      ? ROUND_MS
      : 0;
  return baseMs + habitMs + PER_CONTAINER_MS * containers.length;
}

function isBefore(
  apiVersion: string | undefined,
  [sinceMajor, sinceMinor]: readonly [number, number],
): boolean {
  if (apiVersion === undefined) return false;
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
  return major < sinceMajor || (major === sinceMajor && minor < sinceMinor);
}
