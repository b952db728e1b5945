import { Buffer } from 'node:buffer';
import type { EngineBodies } from './engineBodies.ts';
import type { EngineRoute } from './engineRoute.ts';
import type { Answer } from './faults.ts';
import type { RecordedSummary, Scenario, ScenarioContainer } from './scenario.ts';

/** What the fake engine is: its recording, where bodies come from, which API versions it takes. */
export interface EngineFacts {
  scenario: Scenario;
  bodies: EngineBodies;
  apiVersions: { minimum: string; maximum: string };
}

/** The answer of an engine to one request, event streams excepted. */
export function engineAnswer(route: EngineRoute, facts: EngineFacts): Answer {
  const refusal = refuseVersion(route.apiVersion, facts);
  if (refusal !== undefined) return refusal;

  const { bodies } = facts;
  switch (route.endpoint) {
    case 'ping':
      return pong(facts);
    case 'version':
      return json(withVersions(bodies.version(), facts), facts);
    case 'info':
      return json(bodies.info(), facts);
    case 'containers':
      return containerList(route.query, facts);
    case 'images':
      return json(bodies.images(), facts);
    case 'df':
      return recordedOr(bodies.df(), 'no df was recorded', facts);
    case 'inspect':
    case 'stats':
      return containerAnswer(route, facts);
    default:
      return failure(404, 'page not found', facts);
  }
}

/** The container an id, start of an id, or name means; as in Docker, a full name comes first. */
export function findContainer(
  scenario: Scenario,
  wanted: string,
): ScenarioContainer | 'none' | 'ambiguous' {
  const name = wanted.startsWith('/') ? wanted.slice(1) : wanted;
  const exact = scenario.containers.find((one) => one.id === wanted || one.name === name);
  if (exact !== undefined) return exact;
  const [first, second] = scenario.containers.filter((one) => one.id.startsWith(wanted));
  if (first === undefined || wanted === '') return 'none';
  return second === undefined ? first : 'ambiguous';
}

/** Headers the engine puts on every answer. */
export function engineHeaders({ scenario, apiVersions }: EngineFacts): Record<string, string> {
  const { Version, Os } = scenario.version.value;
  return {
    'api-version': apiVersions.maximum,
    'docker-experimental': 'false',
    ostype: Os,
    server: `Docker/${Version} (${Os})`,
  };
}

export function failure(status: number, message: string, facts: EngineFacts): Answer {
  const body = Buffer.from(`${JSON.stringify({ message })}\n`);
  return { status, headers: jsonHeaders(facts), body };
}

function containerAnswer(route: EngineRoute, facts: EngineFacts): Answer {
  const wanted = route.container ?? '';
  const container = findContainer(facts.scenario, wanted);
  if (container === 'none') return failure(404, `No such container: ${wanted}`, facts);
  if (container === 'ambiguous') {
    return failure(400, `Multiple IDs found with provided prefix: ${wanted}`, facts);
  }
  if (route.endpoint === 'inspect') {
    return recordedOr(facts.bodies.inspect(container), 'no inspect was recorded', facts);
  }
  const oneShot = isTrue(route.query.get('one-shot'));
  if (oneShot && !isFalse(route.query.get('stream'))) {
    return failure(400, 'cannot have stream=true and one-shot=true', facts);
  }
  const stats = facts.bodies.stats(container, oneShot ? 'oneShot' : 'twoSamples');
  return recordedOr(stats, 'no stats were recorded', facts);
}

function containerList(query: URLSearchParams, facts: EngineFacts): Answer {
  const { body, summaries } = facts.bodies.list();
  const filters = filtersOf(query.get('filters'));
  if (filters === undefined) return badFilter(facts);
  const unknown = Object.keys(filters).find((key) => !listFilters.has(key));
  if (unknown !== undefined) return failure(400, `invalid filter '${unknown}'`, facts);
  const all = isTrue(query.get('all')) || 'status' in filters;
  const wanted = summaries.filter(
    (summary) =>
      (all || isUp(summary)) &&
      Object.entries(filters).every(([key, values]) => listFilters.get(key)?.(summary, values)),
  );
  // Untouched where nothing is left out, so that recordings go out byte for byte.
  if (wanted.length === summaries.length) return json(body, facts);
  return json(Buffer.from(`${JSON.stringify(wanted)}\n`), facts);
}

type ListFilter = (summary: RecordedSummary, values: readonly string[]) => boolean;

const listFilters = new Map<string, ListFilter>([
  ['id', ({ Id }, values) => values.some((value) => Id.startsWith(value))],
  ['name', ({ Names }, values) => values.some((value) => Names.some((n) => n.includes(value)))],
  ['status', ({ State }, values) => values.includes(State)],
]);

/**
 * Docker’s filters: `{"type":["container"]}`, or `{"type":{"container":true}}` as the CLI sends them.
 * Undefined if they are no JSON object.
 */
export function filtersOf(text: string | null): Record<string, readonly string[]> | undefined {
  if (text === null || text === '') return {};
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  return Object.fromEntries(
    Object.entries(parsed).map(([key, values]: [string, unknown]) => [
      key,
      Array.isArray(values) ? values.map(String) : Object.keys(values ?? {}),
    ]),
  );
}

function badFilter(facts: EngineFacts): Answer {
  const recorded = facts.scenario.errors.get('bad-filter');
  if (recorded === undefined) return failure(400, 'invalid filter', facts);
  return {
    status: recorded.status,
    headers: jsonHeaders(facts),
    body: Buffer.from(recorded.body),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isUp = ({ State }: RecordedSummary): boolean =>
  State === 'running' || State === 'paused' || State === 'restarting';

// As the engine reads booleans: "", "0", "no", "false" and "none" are false.
const falsehoods = new Set(['', '0', 'no', 'false', 'none']);
const isTrue = (value: string | null): boolean =>
  value !== null && !falsehoods.has(value.trim().toLowerCase());
const isFalse = (value: string | null): boolean => value !== null && !isTrue(value);

// Of the connection, not of the engine.
const connectionHeaders = new Set(['date', 'connection', 'content-length', 'transfer-encoding']);

function pong(facts: EngineFacts): Answer {
  const { pingHeaders, info } = facts.scenario;
  const recorded = Object.entries(pingHeaders ?? {}).filter(
    ([name]) => !connectionHeaders.has(name),
  );
  return {
    status: 200,
    headers: {
      'builder-version': '2',
      'cache-control': 'no-cache, no-store, must-revalidate',
      'content-type': 'text/plain; charset=utf-8',
      pragma: 'no-cache',
      swarm: info.value.Swarm?.LocalNodeState ?? 'inactive',
      ...Object.fromEntries(recorded),
      ...engineHeaders(facts),
    },
    body: Buffer.from('OK'),
  };
}

function refuseVersion(wanted: string | undefined, facts: EngineFacts): Answer | undefined {
  if (wanted === undefined) return undefined;
  const { minimum, maximum } = facts.apiVersions;
  if (compareVersions(wanted, maximum) > 0) {
    const message = `client version ${wanted} is too new. Maximum supported API version is ${maximum}`;
    return failure(400, message, facts);
  }
  if (compareVersions(wanted, minimum) >= 0) return undefined;
  const message = `client version ${wanted} is too old. Minimum supported API version is ${minimum}, please upgrade your client to a newer version`;
  const answer = failure(400, message, facts);
  // Clients that old are told in plain text.
  if (compareVersions(wanted, '1.23') >= 0) return answer;
  const headers = { ...answer.headers, 'content-type': 'text/plain; charset=utf-8' };
  return { ...answer, headers, body: Buffer.from(`${message}\n`) };
}

function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

function withVersions(body: Buffer, { scenario, apiVersions }: EngineFacts): Buffer {
  const { ApiVersion, MinAPIVersion } = scenario.version.value;
  if (apiVersions.maximum === ApiVersion && apiVersions.minimum === MinAPIVersion) return body;
  return Buffer.from(
    body
      .toString('utf8')
      .replaceAll(`"ApiVersion":"${ApiVersion}"`, `"ApiVersion":"${apiVersions.maximum}"`)
      .replaceAll(`"MinAPIVersion":"${MinAPIVersion}"`, `"MinAPIVersion":"${apiVersions.minimum}"`),
  );
}

function recordedOr(body: Buffer | undefined, message: string, facts: EngineFacts): Answer {
  return body === undefined ? failure(500, message, facts) : json(body, facts);
}

function json(body: Buffer, facts: EngineFacts): Answer {
  return { status: 200, headers: jsonHeaders(facts), body };
}

const jsonHeaders = (facts: EngineFacts): Record<string, string> => ({
  ...engineHeaders(facts),
  'content-type': 'application/json',
});
