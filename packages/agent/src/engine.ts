import { Buffer } from 'node:buffer';
import { Agent as HttpAgent, type ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { inspect } from 'node:util';
import type { ErrorCode, Problem } from '@docker-data-exporter/shared/errors';
import Docker from 'dockerode';
import type { Discovery, EngineEndpoint } from './engineEndpoint.ts';
import { nameOf } from './engineProblems.ts';
import type { EngineQuestion, EngineStream } from './engineQuestions.ts';
import { answerOf, type EngineAnswer, failed, type Reply, tooLate } from './engineReply.ts';
import { type EngineListener, followLines } from './engineStream.ts';
import { codeOf } from './localFiles.ts';

/**
 * The only file that speaks to the engine, by dockerode, behind one guard. What the guard stands
 * against, all of it seen with dockerode 5.0.1 and docker-modem 5.0.7:
 *
 * - A call whose connection is cut in mid-body never settles, nor does a stalled one that has both
 *   `timeout` and `abortSignal`. So: a deadline of our own raced against the call, abort by signal
 *   alone, and the body is read here, from the raw stream.
 * - JSON that was cut resolves to a Buffer, and a body has no limit. So: read here, with a cap.
 * - Redirects are followed, and one to an unknown scheme is an uncaught exception. So: the header
 *   that names the target is taken away before docker-modem looks.
 * - Every call pays for `util.inspect` of its options at unlimited depth, agent and open sockets
 *   included, for a debug line nobody sees: 200 calls at once take 13 s of CPU instead of 0.1. So:
 *   the agent prints as one word.
 * - `DOCKER_HOST` and its like in the process's environment fill in what the options leave out. So:
 *   no option is left out.
 */
export interface Engine {
  /** Asks one question. Never throws, and settles within the deadline whatever the engine does. */
  ask: <T>(question: EngineQuestion<T>, deadlineMs: number) => Promise<EngineAnswer<T>>;
  /** The engine's address, once one was found. */
  address: () => string | undefined;
  /** Open connections, and calls that wait for one. */
  load: () => EngineLoad;
  /** Ends every connection; running calls fail. */
  close: () => void;
}

/** An engine that can also be listened to. */
export interface EngineWithStreams extends Engine {
  /**
   * Listens to an answer that has no end. Never throws; resolves with why it ended: cut, refused, no
   * answer within the listener's deadline, or aborted. Silence on an open stream is normal.
   */
  follow: (stream: EngineStream, listener: EngineListener) => Promise<Problem>;
}

export interface EngineLoad {
  readonly openSockets: number;
  /** Those of the open ones that no call holds. */
  readonly idleSockets: number;
  readonly waitingCalls: number;
}

export interface EngineOptions {
  /** Looks for the engine; asked again for as long as none can be reached. */
  readonly discover: () => Promise<Discovery>;
  /**
   * Connections at most. All containers are asked at once, because old engines answer them all on
   * the same tick of a second: fewer connections than containers would multiply the wait.
   */
  readonly maxSockets?: number;
}

const MAX_SOCKETS = 1024;
/** Kept open between collections; the others cost the engine a file descriptor for nothing. */
const MAX_IDLE_SOCKETS = 16;

interface Client {
  readonly endpoint: EngineEndpoint;
  readonly docker: Docker;
  readonly agent: HttpAgent;
}

const RESET: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/** After these the engine may be elsewhere by now. */
const LOST: ReadonlySet<ErrorCode> = new Set([
  'socket-missing',
  'socket-permission',
  'engine-unreachable',
]);

export function createEngine({
  discover,
  maxSockets = MAX_SOCKETS,
}: EngineOptions): EngineWithStreams {
  let client: Client | undefined;
  let isLost = true;
  let finding: Promise<Client | Problem> | undefined;

  const find = async (): Promise<Client | Problem> => {
    const found = await discover();
    if (!found.ok) return found.problem;
    isLost = false;
    if (client !== undefined && sameEndpoint(client.endpoint, found.endpoint)) return client;
    client?.agent.destroy();
    client = connect(found.endpoint, maxSockets);
    return client;
  };

  const current = async (): Promise<Client | Problem> => {
    if (client !== undefined && !isLost) return client;
    finding ??= find().finally(() => (finding = undefined));
    return await finding;
  };

  const attempt = async <T>(
    question: EngineQuestion<T>,
    signal: AbortSignal,
  ): Promise<EngineAnswer<T>> => {
    const found = await current();
    if ('code' in found) return { ok: false, problem: found };
    let reply = await exchange(found, question, signal);
    // A connection kept from the last collection may be closed just as it is used again; the others
    // kept are no better then.
    if (reply.kind === 'closed' && RESET.has(codeOf(reply.error))) {
      dropIdle(found.agent);
      reply = await exchange(found, question, signal);
    }
    const answer = await answerOf(reply, question, found.endpoint);
    if (!answer.ok && LOST.has(answer.problem.code)) isLost = true;
    return answer;
  };

  const listen = async (stream: EngineStream, listener: EngineListener): Promise<Problem> => {
    const found = await current();
    if ('code' in found) return found;
    const opened = await open(found, stream.path, listener.signal);
    const problem = await followLines(opened, { stream, listener, endpoint: found.endpoint });
    if (LOST.has(problem.code)) isLost = true;
    return problem;
  };

  return {
    follow: async (stream, listener) => {
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), listener.deadlineMs);
      const isOver = new Promise<Problem>((resolve) => {
        const over = () => resolve(tooLate(stream, listener.deadlineMs).problem);
        late.signal.addEventListener('abort', over);
        listener.signal.addEventListener('abort', over, { once: true });
      });
      const guarded: EngineListener = {
        ...listener,
        signal: AbortSignal.any([listener.signal, late.signal]),
        onOpen: () => {
          clearTimeout(timer);
          // Late is no longer possible; the listener's own signal still ends it.
          if (!late.signal.aborted) listener.onOpen();
        },
      };
      const ending = listen(stream, guarded).catch((error: unknown) => failed(error).problem);
      const problem = await Promise.race([ending, isOver]);
      clearTimeout(timer);
      late.abort();
      return problem;
    },
    ask: async (question, deadlineMs) => {
      const abandon = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), deadlineMs);
      });
      const answer = await Promise.race([attempt(question, abandon.signal).catch(failed), late]);
      clearTimeout(timer);
      if (answer !== 'late' && answer.ok) return answer;
      // Destroys the connection, so that a stuck engine does not collect them.
      abandon.abort();
      return answer === 'late' ? tooLate(question, deadlineMs) : answer;
    },
    address: () => client && nameOf(client.endpoint),
    load: () => loadOf(client?.agent),
    close: () => client?.agent.destroy(),
  };
}

function connect(endpoint: EngineEndpoint, maxSockets: number): Client {
  const bounds = { keepAlive: true, maxSockets, maxFreeSockets: MAX_IDLE_SOCKETS };
  const isHttps = endpoint.kind === 'tcp' && endpoint.protocol === 'https';
  const verify = endpoint.kind === 'tcp' ? (endpoint.tls?.verify ?? true) : true;
  const agent = defuse(
    isHttps
      ? new HttpsAgent({ ...bounds, rejectUnauthorized: verify, minVersion: 'TLSv1.2' })
      : new HttpAgent(bounds),
  );
  // Every option docker-modem would otherwise take from the environment is written out.
  const common = { agent, timeout: undefined, version: undefined, sshOptions: {} };
  const docker =
    endpoint.kind === 'unix'
      ? new Docker({
          ...common,
          ...{
            socketPath: endpoint.socketPath,
            protocol: 'http',
            host: undefined,
            port: undefined,
          },
          ...{ ca: undefined, cert: undefined, key: undefined },
        })
      : new Docker({
          ...common,
          ...{ socketPath: undefined, protocol: endpoint.protocol, port: endpoint.port },
          // With its scheme: docker-modem takes a bare IPv6 address for one.
          host: `${endpoint.protocol}://${endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host}`,
          ...{ ca: endpoint.tls?.ca, cert: endpoint.tls?.cert, key: endpoint.tls?.key },
        });
  return { endpoint, docker, agent };
}

/** Node's agents hand every request to `addRequest`; it is not documented, but agents live by it. */
interface RequestTaker {
  addRequest: (request: ClientRequest, ...rest: readonly unknown[]) => void;
}

/** An agent that lets no redirect through to docker-modem, and costs nothing to print. */
function defuse(agent: HttpAgent): HttpAgent {
  // Safe: every agent of node:http and node:https has this method.
  const taker = agent as unknown as RequestTaker;
  const addRequest = taker.addRequest.bind(agent);
  return Object.assign(agent, {
    addRequest: (request: ClientRequest, ...rest: readonly unknown[]) => {
      request.prependListener('response', ({ headers }: IncomingMessage) => {
        delete headers.location;
      });
      addRequest(request, ...rest);
    },
    [inspect.custom]: () => 'Agent',
  });
}

/** docker-modem must take no status for an error, or it reads the body itself, without limit. */
const everyStatus = Object.fromEntries(
  Array.from({ length: 1000 }, (_, status): [number, true] => [status, true]),
);

/** One GET. Settles unless the engine stalls; the caller has the deadline. */
async function exchange<T>(
  client: Client,
  question: EngineQuestion<T>,
  abortSignal: AbortSignal,
): Promise<Reply> {
  const opened = await open(client, question.path, abortSignal);
  if (!(opened instanceof IncomingMessage)) return { kind: 'closed', error: opened.error };
  return await new Promise((resolve) => readBody(opened, question.maxBytes, resolve));
}

/** The header of an answer, its body still to be read; or why there is none. */
function open(
  { docker, endpoint }: Client,
  pathAndQuery: string,
  abortSignal: AbortSignal,
): Promise<IncomingMessage | { readonly error: unknown }> {
  const [path = '', query] = pathAndQuery.split('?');
  const basePath = endpoint.kind === 'tcp' ? endpoint.basePath : '';
  return new Promise((resolve) => {
    docker.modem.dial(
      {
        method: 'GET',
        // docker-modem appends the options to a path that ends in a question mark.
        path: `${basePath}${path}${query === undefined ? '' : '?'}`,
        ...(query !== undefined && {
          options: { _query: Object.fromEntries(new URLSearchParams(query)) },
        }),
        isStream: true,
        statusCodes: everyStatus,
        abortSignal,
      },
      (error, response) => {
        if (response instanceof IncomingMessage) {
          // Before anyone reads: an abort in between would else be uncaught.
          response.on('error', () => undefined);
          resolve(response);
        } else resolve({ error });
      },
    );
  });
}

function readBody(
  response: IncomingMessage,
  maxBytes: number,
  settle: (reply: Reply) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      settle({ kind: 'too-large' });
      response.destroy();
    } else chunks.push(chunk);
  });
  response.on('end', () => {
    const status = response.statusCode ?? 0;
    settle(
      response.complete
        ? { kind: 'whole', status, body: Buffer.concat(chunks, bytes) }
        : { kind: 'cut' },
    );
  });
  // A listener for errors has to stay: an abort after the answer would else be uncaught.
  response.on('error', () => settle({ kind: 'cut' }));
  response.on('close', () => settle({ kind: 'cut' }));
}

function dropIdle(agent: HttpAgent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}

function loadOf(agent: HttpAgent | undefined): EngineLoad {
  const count = (lists: NodeJS.ReadOnlyDict<readonly unknown[]> | undefined) =>
    Object.values(lists ?? {}).reduce((sum, list) => sum + (list?.length ?? 0), 0);
  return {
    openSockets: count(agent?.sockets) + count(agent?.freeSockets),
    idleSockets: count(agent?.freeSockets),
    waitingCalls: count(agent?.requests),
  };
}

function sameEndpoint(a: EngineEndpoint, b: EngineEndpoint): boolean {
  return nameOf(a) === nameOf(b) && JSON.stringify(a) === JSON.stringify(b);
}
