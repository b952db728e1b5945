import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type EngineFacts, engineAnswer, engineHeaders, findContainer } from './engineAnswer.ts';
import { type Moment, recordedBodies } from './engineBodies.ts';
import { createEventHub } from './engineEvents.ts';
import { type EngineEndpoint, type EngineRoute, engineRoute } from './engineRoute.ts';
import { createFaultBoard } from './faultBoard.ts';
import { type Answer, type Fault, sendAnswer, sendFault } from './faults.ts';
import { liveBodies } from './liveBodies.ts';
import { type ListenOn, startListener } from './listener.ts';
import { createRequestLog } from './requestLog.ts';
import type { Scenario } from './scenario.ts';

export interface FakeEngineOptions {
  scenario: Scenario;
  listen: ListenOn;
  /** Which API versions it takes; those of the recording unless given. */
  apiVersions?: { minimum: string; maximum: string };
  /** The engine’s clock in ms since the epoch; the machine’s unless given. */
  now?: () => number;
  /** Lets the recording live on: numbers move with the clock, by the seed. Else it stands still. */
  live?: { seed: number; restartEverySeconds?: number };
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
  /** The requests so far, oldest first; the last 10 000 at most. */
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
  /** Sends the live events due by now. It happens by itself twice a second. */
  tick: () => void;
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
  const now = options.now ?? Date.now;
  let moment: Moment = 'first';
  const started = now();
  const live = options.live && liveBodies(scenario, { now, ...options.live });
  const facts: EngineFacts = {
    scenario,
    bodies: live ?? recordedBodies(scenario, () => moment),
    apiVersions: options.apiVersions ?? { minimum: MinAPIVersion, maximum: ApiVersion },
  };
  const faults = createFaultBoard<EnginePlace>();
  const events = createEventHub(() => live?.events(started, now()) ?? scenario.events, now);
  let ticked = started;
  const tick = (): void => {
    const until = now();
    for (const line of live?.events(ticked, until) ?? []) events.send(line);
    ticked = until;
  };
  const log = createRequestLog<EngineRequest>();

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const route = engineRoute(method, path);
    const container = nameOf(scenario, route.container);
    const place: EnginePlace = {
      ...(route.endpoint && { endpoint: route.endpoint }),
      ...(container !== undefined && { container }),
    };
    log.add({ method, path, ...place });
    const exchange = { request, response, answer: answerTo(route, facts) };
    const fault = faults.take(place);
    if (fault !== undefined) sendFault(fault, exchange);
    else if (route.endpoint === 'events') {
      response.writeHead(200, exchange.answer.headers);
      events.open(route.query, response);
    } else sendAnswer(exchange);
  };

  const listener = await startListener(listen, handle);
  const ticking = live && setInterval(tick, 500).unref();
  const scheme = 'socket' in listen ? 'unix' : 'tcp';
  return {
    dockerHost: `${scheme}://${listener.address}`,
    address: listener.address,
    requests: log.entries,
    forgetRequests: log.clear,
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
    tick,
    refuse: listener.refuse,
    vanish: listener.vanish,
    accept: listener.accept,
    close: () => {
      clearInterval(ticking);
      return listener.close();
    },
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
