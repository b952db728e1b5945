import { Buffer } from 'node:buffer';
import { chance } from './chance.ts';
import { dockerStatus } from './dockerStatus.ts';
import type { EngineBodies } from './engineBodies.ts';
import { stringifyExact } from './exactJson.ts';
import { liveInspect, moveTimes } from './liveInspect.ts';
import {
  type LiveFacts,
  type LiveState,
  liveFacts,
  liveState,
  restartEvents,
} from './liveContainer.ts';
import { isEmptyReading, liveStats } from './liveStats.ts';
import type { RecordedSummary, Scenario, ScenarioContainer } from './scenario.ts';
import { type SimulatedLoad, simulatedLoad } from './simulatedLoad.ts';

export interface LiveOptions {
  /** Same seed, same numbers at the same time. */
  seed: number;
  /** ms since the epoch. */
  now: () => number;
  /** How often the one container that does not hold still restarts; 5 minutes unless given. */
  restartEverySeconds?: number;
}

export interface LiveBodies extends EngineBodies {
  /** Event lines later than the one time and not later than the other, both in ms. */
  events: (after: number, upTo: number) => string[];
}

interface LiveContainer {
  facts: LiveFacts;
  load: SimulatedLoad;
  restartEveryMs?: number;
}

/**
 * A recording that goes on living: counters grow, memory wanders, times follow the clock, and one
 * container restarts now and then. All of it is a function of seed and clock; nothing is remembered.
 */
export function liveBodies(scenario: Scenario, options: LiveOptions): LiveBodies {
  const { seed, now } = options;
  const start = now();
  const info = scenario.info.value;
  const shiftMs = start - Date.parse(info.SystemTime);
  const restless = restlessOne(scenario, seed);
  const restartEveryMs = (options.restartEverySeconds ?? 300) * 1000;

  const live = new Map<ScenarioContainer, LiveContainer>(
    scenario.containers.map((container) => {
      const facts = liveFacts(container, shiftMs);
      const load = simulatedLoad(seed, container.name, facts.cpuLimit ?? info.NCPU / 2);
      return [container, { facts, load, ...(container === restless && { restartEveryMs }) }];
    }),
  );
  const stateOf = (container: ScenarioContainer): LiveState => {
    const { facts, restartEveryMs: every } = live.get(container) ?? missing(container);
    return liveState(facts, { start, now: now() }, every);
  };

  const summaryOf = (container: ScenarioContainer): RecordedSummary => {
    const state = stateOf(container);
    return {
      ...container.summary,
      Created: container.summary.Created + Math.round(shiftMs / 1000),
      State: state.state,
      Status: dockerStatus(state, now()),
    };
  };

  const stats = (container: ScenarioContainer, kind: 'twoSamples' | 'oneShot') => {
    const recorded =
      kind === 'oneShot' ? container.oneShot : (container.stats ?? container.oneShot);
    if (recorded === undefined || isEmptyReading(recorded)) return recorded;
    const state = stateOf(container);
    if (state.state === 'restarting') return emptyReading(container);
    const { load } = live.get(container) ?? missing(container);
    const elapsedSeconds = (now() - start) / 1000;
    const continued = state.restarts === 0;
    const paused = state.state === 'paused';
    const since = continued ? start : (state.startedAt ?? start);
    const reading = {
      now: now(),
      elapsedSeconds,
      // A frozen container uses nothing.
      countingSeconds: paused ? 0 : (now() - since) / 1000,
      continued,
      cpus: info.NCPU,
      cgroupVersion: info.CgroupVersion === '2' ? (2 as const) : (1 as const),
    };
    const host = { load, hostMemory: info.MemTotal };
    return liveStats(recorded, host, { reading, twoSamples: kind === 'twoSamples' });
  };

  return {
    version: () => scenario.version.body,
    info: () => moveTimes(scenario.info.body, now() - Date.parse(info.SystemTime)),
    list: () => {
      const summaries = scenario.containers.map(summaryOf);
      return { body: Buffer.from(`${JSON.stringify(summaries)}\n`), summaries };
    },
    images: () => scenario.images,
    df: () => scenario.df,
    inspect: (container) =>
      container.inspect && liveInspect(container.inspect, shiftMs, stateOf(container)),
    stats,
    events: (after, upTo) =>
      restless === undefined
        ? []
        : restartEvents(start, { after, upTo }, restartEveryMs).map((event) =>
            eventLine(restless, event),
          ),
  };
}

/** The container that restarts: one that runs, with numbers of its own; by chance. */
function restlessOne({ containers }: Scenario, seed: number): ScenarioContainer | undefined {
  const running = containers.filter(
    ({ summary, oneShot }) =>
      summary.State === 'running' && oneShot !== undefined && !isEmptyReading(oneShot),
  );
  return running[Math.floor(chance(seed, 'restless') * running.length)];
}

/** What the engine answers while nothing runs: no numbers, and no time. */
function emptyReading({ id, name }: ScenarioContainer): Buffer {
  const never = '0001-01-01T00:00:00Z';
  const cpu = {
    cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
    throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
  };
  return Buffer.from(
    `${JSON.stringify({
      read: never,
      preread: never,
      pids_stats: {},
      blkio_stats: { io_service_bytes_recursive: null, io_serviced_recursive: null },
      num_procs: 0,
      storage_stats: {},
      cpu_stats: cpu,
      precpu_stats: cpu,
      memory_stats: {},
      name: `/${name}`,
      id,
    })}\n`,
  );
}

function eventLine(
  { id, name, summary }: ScenarioContainer,
  { action, at }: { action: string; at: number },
): string {
  const attributes = { ...(action === 'die' && { exitCode: '1' }), image: summary.Image, name };
  const event = {
    status: action,
    id,
    from: summary.Image,
    Type: 'container',
    Action: action,
    Actor: { ID: id, Attributes: attributes },
    scope: 'local',
    time: Math.floor(at / 1000),
    // More digits than a float has.
    timeNano: `\u0001${Math.round(at)}000000`,
  };
  return stringifyExact(event);
}

function missing({ name }: ScenarioContainer): never {
  throw new Error(`container ${name} is not of this scenario`);
}
