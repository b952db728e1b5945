import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type EngineFacts, engineAnswer, engineHeaders, findContainer } from './engineAnswer.ts';
import { type Moment, recordedBodies } from './engineBodies.ts';
import { createEventHub } from './engineEvents.ts';
import { type EngineEndpoint, type EngineRoute, engineRoute } from './engineRoute.ts';
import { createFaultBoard } from './faultBoard.ts';
import { type Answer, type Fault, sendAnswer, sendFault } from './faults.ts';
import { type ListenOn, startListener } from './listener.ts';
import type { Scenario } from './scenario.ts';

export interface FakeEngineOptions {
  scenario: Scenario;
  listen: ListenOn;
  /** Which API versions it takes; those of the recording unless given. */
  apiVersions?: { minimum: string; maximum: string };
  /** The engine’s clock in ms since the epoch: decides whether the `until` of events has passed. */
  now?: () => number;
}

/** Where an engine’s fault applies. A container is named by id, start of an id, or name. */
export interface EnginePlace {
  endpoint?: EngineEndpoint;
  container?: string;
  [key: string]: string | undefined;
}

export interface EngineRequest {
  method: string;
  /** Path and query as they came. */
  path: string;
  endpoint?: EngineEndpoint;
  /** The container’s name, where it is known, else what the path says. */
  container?: string;
}

export interface FakeEngine {
  /** As `DOCKER_HOST` wants it: unix:///PATH or tcp://HOST:PORT. */
  readonly dockerHost: string;
  /** Path of the socket, or HOST:PORT. */
  readonly address: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly EngineRequest[];
  forgetRequests: () => void;
  connections: () => number;
  /** Which recorded one-shot stats are served. Starts with the first. */
  setMoment: (moment: Moment) => void;
  /** Switches a fault on, for good or for that many requests; returns what lifts it. */
  fault: (place: EnginePlace, fault: Fault, times?: number) => () => void;
  clearFaults: () => void;
  /** Sends an event line to all who listen. */
  sendEvent: (line: string) => void;
  eventListeners: () => number;
  /** Connecting fails from now on, and open connections are cut. */
  refuse: () => Promise<void>;
  /** As refuse, and the socket’s file is gone. */
  vanish: () => Promise<void>;
  /** Back at the same address. */
  accept: () => Promise<void>;
  close: () => Promise<void>;
}

/** Serves a scenario over HTTP as the engine it was recorded from does. */
export async function startFakeEngine(options: FakeEngineOptions): Promise<FakeEngine> {
  const { scenario, listen } = options;
  const { MinAPIVersion, ApiVersion } = scenario.version.value;
  let moment: Moment = 'first';
  const facts: EngineFacts = {
    scenario,
    bodies: recordedBodies(scenario, () => moment),
    apiVersions: options.apiVersions ?? { minimum: MinAPIVersion, maximum: ApiVersion },
  };
  const faults = createFaultBoard<EnginePlace>();
  const events = createEventHub(scenario.events, options.now ?? Date.now);
  const requests: EngineRequest[] = [];

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const route = engineRoute(method, path);
    const container = nameOf(scenario, route.container);
    const place: EnginePlace = {
      ...(route.endpoint && { endpoint: route.endpoint }),
      ...(container !== undefined && { container }),
    };
    requests.push({ method, path, ...place });
    const exchange = { request, response, answer: answerTo(route, facts) };
    const fault = faults.take(place);
    if (fault !== undefined) sendFault(fault, exchange);
    else if (route.endpoint === 'events') {
      response.writeHead(200, exchange.answer.headers);
      events.open(route.query, response);
    } else sendAnswer(exchange);
  };

  const listener = await startListener(listen, handle);
  const scheme = 'socket' in listen ? 'unix' : 'tcp';
  return {
    dockerHost: `${scheme}://${listener.address}`,
    address: listener.address,
    requests,
    forgetRequests: () => {
      requests.length = 0;
    },
    connections: listener.connections,
    setMoment: (next) => {
      moment = next;
    },
    fault: (place, fault, times) => {
      const container = nameOf(scenario, place.container);
      return faults.set({ ...place, ...(container !== undefined && { container }) }, fault, times);
    },
    clearFaults: faults.clear,
    sendEvent: events.send,
    eventListeners: events.listeners,
    refuse: listener.refuse,
    vanish: listener.vanish,
    accept: listener.accept,
    close: listener.close,
  };
}

function answerTo(route: EngineRoute, facts: EngineFacts): Answer {
  if (route.endpoint !== 'events') return engineAnswer(route, facts);
  // The header of a stream; a fault may use it as it stands.
  const headers = { ...engineHeaders(facts), 'content-type': 'application/json' };
  return { status: 200, headers, body: Buffer.alloc(0) };
}

function nameOf(scenario: Scenario, wanted: string | undefined): string | undefined {
  if (wanted === undefined) return undefined;
  const found = findContainer(scenario, wanted);
  return typeof found === 'string' ? wanted : found.name;
}
