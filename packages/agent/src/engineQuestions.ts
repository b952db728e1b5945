import {
  type InfoAnswer,
  type InspectAnswer,
  type ListAnswer,
  readContainerList,
  readInfo,
  readInspect,
  readVersion,
  type VersionAnswer,
} from './engineAnswers.ts';
import type { UsageReading } from './usage/usageReading.ts';
import { parseStats } from './usage/statsAnswer.ts';

/** One question to the engine: always a GET, always one of `engineEndpoints`. */
export interface EngineQuestion<T> {
  /** For messages. */
  readonly about: string;
  /** Path and query, without an API version: engines refuse versions too old for them. */
  readonly path: string;
  readonly maxBytes: number;
  /** json unless said: `read` is given the parsed value, or the text as it came. */
  readonly format?: 'text';
  /** Undefined if the answer is not one to this question. */
  readonly read: (value: unknown) => T | undefined;
}

/** Everything the agent ever asks an engine. A test holds it to this list. */
export const engineEndpoints = {
  version: '/version',
  info: '/info',
  containers: '/containers/json?all=1',
  stats: '/containers/{id}/stats?stream=false&one-shot=true',
  inspect: '/containers/{id}/json',
  ping: '/_ping',
  events: '/events?since={since}',
} as const;

const MIB = 1024 ** 2;

/** The cheapest sign of life: the engine looks nothing up for it. */
export const askPing: EngineQuestion<true> = {
  about: 'whether it is there',
  path: engineEndpoints.ping,
  maxBytes: 1024,
  format: 'text',
  read: (text) => (text === 'OK' ? true : undefined),
};

export const askVersion: EngineQuestion<VersionAnswer> = {
  about: 'its version',
  path: engineEndpoints.version,
  maxBytes: MIB,
  read: readVersion,
};

export const askInfo: EngineQuestion<InfoAnswer> = {
  about: 'its info',
  path: engineEndpoints.info,
  maxBytes: 4 * MIB,
  read: readInfo,
};

/** About 1 to 2 KiB a container, more with many labels, ports and mounts. */
export const askContainers: EngineQuestion<ListAnswer> = {
  about: 'its containers',
  path: engineEndpoints.containers,
  maxBytes: 64 * MIB,
  read: readContainerList,
};

export function askStats(id: string): EngineQuestion<UsageReading | 'not-running'> {
  return {
    about: `the stats of container ${id.slice(0, 12)}`,
    path: withId(engineEndpoints.stats, id),
    maxBytes: MIB,
    read: parseStats,
  };
}

export function askInspect(id: string): EngineQuestion<InspectAnswer> {
  return {
    about: `the details of container ${id.slice(0, 12)}`,
    path: withId(engineEndpoints.inspect, id),
    maxBytes: 4 * MIB,
    read: readInspect,
  };
}

/** An answer that goes on for as long as the engine runs, line by line. */
export interface EngineStream {
  /** For messages. */
  readonly about: string;
  readonly path: string;
  /** A longer line is left out, and told. */
  readonly maxLineBytes: number;
}

/** `since`: unix time with nanoseconds, such as 1795260007.639388650. */
export function followEvents(since: string): EngineStream {
  return {
    about: 'its events',
    path: engineEndpoints.events.replace('{since}', since),
    maxLineBytes: MIB,
  };
}

function withId(path: string, id: string): string {
  // The list's check let only hexadecimal ids pass; encoding is the second lock.
  return path.replace('{id}', encodeURIComponent(id));
}
