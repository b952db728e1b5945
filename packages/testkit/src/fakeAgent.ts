import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Snapshot } from '@docker-data-exporter/shared/snapshot';
import { createFaultBoard } from './faultBoard.ts';
import { type Answer, type Fault, sendAnswer, sendFault } from './faults.ts';
import { legacyBody } from './legacyBody.ts';
import { startListener } from './listener.ts';
import { createRequestLog } from './requestLog.ts';

export interface FakeAgentOptions {
  /** What the agent knows. A function is asked at every request; bytes are sent as they are. */
  snapshot: Snapshot | (() => Snapshot | Buffer);
  /** The bearer token it wants; none if absent. */
  token?: string;
  /** Speaks as the earlier project’s agent: `/get-data`, and 404 for `/snapshot`. */
  legacy?: boolean;
  /** Any free port unless given. */
  port?: number;
  /** A loopback address; 127.0.0.1 unless given. */
  host?: string;
}

/** Where an agent’s fault applies: one path, or everywhere. */
export interface AgentPlace {
  path?: string;
  [key: string]: string | undefined;
}

export interface AgentRequest {
  method: string;
  /** Path and query as they came. */
  path: string;
  headers: IncomingMessage['headers'];
}

export interface FakeAgent {
  /** HOST:PORT */
  readonly address: string;
  readonly port: number;
  /** The requests so far, oldest first; the last 10 000 at most. */
  readonly requests: readonly AgentRequest[];
  forgetRequests: () => void;
  connections: () => number;
  setSnapshot: (snapshot: FakeAgentOptions['snapshot']) => void;
  /** Switches a fault on, for good or for that many requests; returns what lifts it. */
  fault: (fault: Fault, place?: AgentPlace, times?: number) => () => void;
  clearFaults: () => void;
  /** Connecting fails from now on, and open connections are cut. */
  refuse: () => Promise<void>;
  /** Back at the same port. */
  accept: () => Promise<void>;
  close: () => Promise<void>;
}

/** Serves a snapshot on a loopback port as an agent does. */
export async function startFakeAgent(options: FakeAgentOptions): Promise<FakeAgent> {
  const { token, legacy = false } = options;
  let { snapshot } = options;
  const faults = createFaultBoard<AgentPlace>();
  const log = createRequestLog<AgentRequest>();

  const answerTo = (request: IncomingMessage, path: string): Answer => {
    if (request.method !== 'GET') return plain(405, 'Method Not Allowed\n');
    if (path === (legacy ? '/' : '/-/healthy')) return plain(200, 'OK');
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      return json(
        401,
        Buffer.from('{"code":"unauthorized","message":"A bearer token is needed."}\n'),
      );
    }
    if (path !== (legacy ? '/get-data' : '/snapshot')) return plain(404, 'Not Found\n');
    const current = typeof snapshot === 'function' ? snapshot() : snapshot;
    if (Buffer.isBuffer(current)) return json(200, current);
    return json(200, legacy ? legacyBody(current) : Buffer.from(JSON.stringify(current)));
  };

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const url = request.url ?? '/';
    const path = new URL(url, 'http://agent').pathname;
    log.add({ method: request.method ?? 'GET', path: url, headers: request.headers });
    const exchange = { request, response, answer: answerTo(request, path) };
    const fault = faults.take({ path });
    if (fault === undefined) sendAnswer(exchange);
    else sendFault(fault, exchange);
  };

  const listener = await startListener(
    { port: options.port ?? 0, ...(options.host !== undefined && { host: options.host }) },
    handle,
  );
  return {
    address: listener.address,
    port: listener.port,
    requests: log.entries,
    forgetRequests: log.clear,
    connections: listener.connections,
    setSnapshot: (next) => {
      snapshot = next;
    },
    fault: (fault, place = {}, times) => faults.set(place, fault, times),
    clearFaults: faults.clear,
    refuse: listener.refuse,
    accept: listener.accept,
    close: listener.close,
  };
}

function plain(status: number, text: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: Buffer.from(text),
  };
}

function json(status: number, body: Buffer): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
}
