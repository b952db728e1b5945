import type { Buffer } from 'node:buffer';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the recorded scenarios live in the repository. */
export const scenariosDirectory = fileURLToPath(
  new URL('../../../testdata/scenarios', import.meta.url),
);

/** The facts of `GET /version` the fakes need; the body holds the rest. */
export interface RecordedVersion {
  Version: string;
  ApiVersion: string;
  MinAPIVersion: string;
  Os: string;
}

/** The facts of `GET /info` the fakes need. */
export interface RecordedInfo {
  Name: string;
  NCPU: number;
  MemTotal: number;
  SystemTime: string;
  CgroupVersion?: string;
  Swarm?: { LocalNodeState?: string };
}

/** One element of `GET /containers/json`. */
export interface RecordedSummary {
  Id: string;
  Names: string[];
  Image: string;
  /** Unix seconds. */
  Created: number;
  Labels: Record<string, string> | null;
  State: string;
  Status: string;
}

/** An answer as it came over the wire, and the same parsed. */
export interface Recorded<T> {
  body: Buffer;
  value: T;
}

/** All that was recorded about one container. What the engine did not answer is absent. */
export interface ScenarioContainer {
  id: string;
  /** Without the slash. */
  name: string;
  summary: RecordedSummary;
  inspect?: Buffer;
  /** `stats?stream=false`. */
  stats?: Buffer;
  /** `stats?stream=false&one-shot=true`, at the first moment. */
  oneShot?: Buffer;
  /** The same a moment later; where none was recorded, whatever came after the first. */
  oneShotLater?: Buffer;
}

/** What the engine answered to a request it refused. */
export interface RecordedError {
  /** Method and path. */
  request: string;
  status: number;
  body: string;
}

/** The recorded answers of one real engine. Bodies are kept byte for byte. */
export interface Scenario {
  name: string;
  directory: string;
  version: Recorded<RecordedVersion>;
  info: Recorded<RecordedInfo>;
  /** `GET /containers/json?all=1`. */
  list: Recorded<RecordedSummary[]>;
  containers: readonly ScenarioContainer[];
  images: Buffer;
  df?: Buffer;
  /** Headers of `GET /_ping`, in lower case. */
  pingHeaders?: Record<string, string>;
  /** Refusals by the name of their file, such as bad-filter. */
  errors: ReadonlyMap<string, RecordedError>;
  /** Lines of the event stream, complete ones only. */
  events: readonly string[];
}

/** Names of all scenarios that hold engine answers, sorted. */
export function listScenarios(root = scenariosDirectory): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => existsSync(join(root, name, 'docker', 'version.json')))
    .sort();
}

/** Reads the scenario of that name. Throws where a file is missing that every recording has. */
export function loadScenario(name: string, root = scenariosDirectory): Scenario {
  const directory = join(root, name);
  const docker = join(directory, 'docker');
  if (!existsSync(docker)) {
    const known = listScenarios(root).join(', ') || 'none';
    throw new Error(`no scenario ${name} in ${root}; there are: ${known}`);
  }
  const list = recorded<RecordedSummary[]>(join(docker, 'containers.json'));
  const df = readIfThere(join(docker, 'df.json'));
  const pingHeaders = readIfThere(join(docker, 'ping.headers.json'));
  return {
    name,
    directory,
    version: recorded(join(docker, 'version.json')),
    info: recorded(join(docker, 'info.json')),
    list,
    containers: list.value.map((summary) => loadContainer(docker, summary)),
    images: readFileSync(join(docker, 'images.json')),
    ...(df && { df }),
    ...(pingHeaders && { pingHeaders: parse<Record<string, string>>(pingHeaders) }),
    errors: loadErrors(join(docker, 'errors')),
    events: completeLines(readIfThere(join(docker, 'events.jsonl'))),
  };
}

function loadContainer(docker: string, summary: RecordedSummary): ScenarioContainer {
  const name = ownName(summary);
  const read = (folder: string) => readIfThere(join(docker, folder, `${name}.json`));
  const inspect = read('inspect');
  const stats = read('stats');
  const oneShot = read('stats-oneshot');
  const oneShotLater = read('stats-oneshot-later') ?? laterOf(oneShot, stats);
  return {
    id: summary.Id,
    name,
    summary,
    ...(inspect && { inspect }),
    ...(stats && { stats }),
    ...(oneShot && { oneShot }),
    ...(oneShotLater && { oneShotLater }),
  };
}

function loadErrors(folder: string): Map<string, RecordedError> {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return new Map(
    files
      .filter((file) => file.endsWith('.json'))
      .map((file) => [
        file.slice(0, -'.json'.length),
        parse<RecordedError>(readFileSync(join(folder, file))),
      ]),
  );
}

/** A container’s own name: further ones, of links, have a second slash. */
function ownName(summary: RecordedSummary): string {
  const own = summary.Names.find((name) => name.lastIndexOf('/') === 0) ?? `/${summary.Id}`;
  return own.slice(1);
}

// A recording without a second one-shot still has the two-second stats; they serve if they are newer.
function laterOf(first: Buffer | undefined, other: Buffer | undefined): Buffer | undefined {
  if (first === undefined || other === undefined) return first;
  return readTime(other) > readTime(first) ? other : first;
}

function readTime(stats: Buffer): string {
  return parse<{ read: string }>(stats).read;
}

function recorded<T>(file: string): Recorded<T> {
  const body = readFileSync(file);
  return { body, value: parse<T>(body) };
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what it recorded
function parse<T>(body: Buffer): T {
  // Safe as far as the recordings are: they are committed files, and typed only by what is used.
  return JSON.parse(body.toString('utf8')) as T;
}

function readIfThere(file: string): Buffer | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}

// A recording stops when it stops: the last line may be half a line.
function completeLines(body: Buffer | undefined): string[] {
  const lines = body?.toString('utf8').split('\n') ?? [];
  return lines.filter((line) => line.startsWith('{') && isJson(line));
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
