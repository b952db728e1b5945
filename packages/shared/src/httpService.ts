import { createServer, type RequestListener, STATUS_CODES } from 'node:http';
import { isNativeError } from 'node:util/types';
import express, { type ErrorRequestHandler, type RequestHandler, type Router } from 'express';
import type { Authorize } from './bearerAuth.ts';
import { createChangeLog } from './changeLog.ts';
import { CodedError, isWarning, problem } from './errors.ts';
import { formatHostPort, type HostPort } from './hostPort.ts';
import { listenProblem } from './listenProblem.ts';
import type { Logger } from './log.ts';
import { trackConnections } from './openConnections.ts';
import { checkSafeBind } from './safeBind.ts';

/** Limits against slow and many clients. Times in milliseconds, sizes in bytes. */
export interface HttpLimits {
  readonly maxConnections: number;
  /** A request’s headers must be complete within this; silent connections are cut too. */
  readonly headerTimeoutMs: number;
  /** A whole request, body included, must have come within this. */
  readonly requestTimeoutMs: number;
  /** An unused connection stays open this long. */
  readonly keepAliveMs: number;
  /** A connection on which nothing moves for this long in mid-reply is cut. */
  readonly stalledReplyMs: number;
  readonly maxHeaderBytes: number;
}

export const defaultHttpLimits: HttpLimits = {
  maxConnections: 256,
  headerTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  // Longer than usual scrape intervals: a scraper that finds its connection closed has to redial.
  keepAliveMs: 120_000,
  stalledReplyMs: 120_000,
  maxHeaderBytes: 16 * 1024,
};

export type Readiness =
  { readonly ready: true } | { readonly ready: false; readonly reason: string };

export interface HttpServiceOptions {
  readonly log: Logger;
  /** Adds the service’s routes. Only GET and HEAD are answered unless a route says otherwise. */
  readonly routes: (router: Router) => void;
  /** Asked on `/-/ready`. The reason is public: name no server and no secret. */
  readonly readiness: () => Readiness;
  /** Asked on everything but `/-/healthy` and `/-/ready`. Absent: open to all who can connect. */
  readonly authorize?: Authorize | undefined;
  /** Allows an address beyond loopback without `authorize`. */
  readonly insecure?: boolean;
  readonly limits?: Partial<HttpLimits>;
  /** `process.platform`: on macOS the message for port 5000 names AirPlay. */
  readonly platform?: string;
}

export interface HttpService {
  /** The app without a socket, for tests. */
  readonly handler: RequestListener;
  /**
   * Answers the address it is bound to (port 0 takes a free one).
   * Rejects with a coded error: bind-open, port-in-use, listen-address-unavailable, …
   */
  readonly listen: (address: HostPort) => Promise<HostPort>;
  /**
   * Stops accepting, closes idle connections, lets running replies finish, and cuts what is left
   * after the deadline. Answers how many replies were cut. A second call waits for the first.
   */
  readonly stop: (deadlineMs: number) => Promise<{ readonly cutReplies: number }>;
}

const securityHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  // Every answer is of this moment, and may need a token.
  'Cache-Control': 'no-store',
};

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE']);

/** Answers an error as JSON. The message is for strangers: it tells nothing of the inside. */
export interface ErrorBody {
  readonly status: number;
  readonly message: string;
}

function sendError(response: express.Response, { status, message }: ErrorBody): void {
  response.status(status).json({ error: { status, message } });
}

/** The frame both services hang their routes in: access, limits, headers, health, errors, stop. */
export function createHttpService(options: HttpServiceOptions): HttpService {
  const { log, authorize, insecure = false, platform = 'linux' } = options;
  const limits = { ...defaultHttpLimits, ...options.limits };
  let stopping: Promise<{ readonly cutReplies: number }> | undefined;

  const app = createApp({
    ...options,
    readiness: () =>
      stopping === undefined ? options.readiness() : { ready: false, reason: 'stopping' },
  });
  const server = createServer(
    {
      headersTimeout: limits.headerTimeoutMs,
      requestTimeout: Math.max(limits.requestTimeoutMs, limits.headerTimeoutMs),
      keepAliveTimeout: limits.keepAliveMs,
      maxHeaderSize: limits.maxHeaderBytes,
      // Node looks every 30 s unless told, which would make the two limits above 40 s.
      connectionsCheckingInterval: Math.min(1000, Math.ceil(limits.headerTimeoutMs / 4)),
    },
    app,
  );
  server.timeout = limits.stalledReplyMs;
  server.maxConnections = limits.maxConnections;
  const connections = trackConnections(server);
  const changes = createChangeLog(log);
  // Failing to accept one connection (no descriptors left) must not end the process.
  server.on('error', (error) => {
    if (server.listening) log.error('A connection could not be accepted.', { error });
  });
  server.on('drop', () => {
    const message = `More than ${limits.maxConnections} connections were tried at once.`;
    changes.report('connections', problem('connections-full', message));
  });

  return {
    handler: app,
    listen: async (address) => {
      const unsafe = checkSafeBind({
        listen: address,
        hasToken: authorize !== undefined,
        insecure,
      });
      if (unsafe !== undefined && !isWarning(unsafe)) throw new CodedError(unsafe);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        const { host, port } = address;
        server.listen(host === '' ? { port } : { host, port }, () => {
          server.off('error', reject);
          resolve();
        });
      }).catch((error: unknown) => {
        throw new CodedError(listenProblem(error, address, platform), { cause: error });
      });
      const bound = server.address();
      if (bound === null || typeof bound === 'string') return address;
      return { host: bound.address, port: bound.port };
    },
    stop: (deadlineMs) => {
      stopping ??= new Promise((resolve) => {
        let cutReplies = 0;
        const deadline = setTimeout(() => {
          cutReplies = connections.cut();
          if (cutReplies > 0) {
            log.problem(problem('stop-forced', `${cutReplies} replies were cut at the stop.`));
          }
        }, deadlineMs);
        server.close(() => {
          clearTimeout(deadline);
          resolve({ cutReplies });
        });
        connections.drain();
      });
      return stopping;
    },
  };
}

function createApp({ routes, readiness, authorize, log }: HttpServiceOptions): express.Express {
  const app = express();
  app.disable('x-powered-by');
  // Bodies are of this moment; hashing megabytes for a comparison that never succeeds is waste.
  app.disable('etag');
  app.set('query parser', 'simple');

  app.use((request, response, next) => {
    response.set(securityHeaders);
    if (knownMethods.has(request.method)) next();
    else sendNotAllowed(request, response, next);
  });
  app.get('/-/healthy', (_request, response) => {
    response.type('text/plain').send('healthy\n');
  });
  app.get('/-/ready', (_request, response) => {
    const state = readiness();
    response.type('text/plain');
    if (state.ready) response.send('ready\n');
    else response.status(503).send(`not ready: ${state.reason}\n`);
  });
  if (authorize !== undefined) app.use(requireToken(authorize, log));

  const router = express.Router();
  routes(router);
  app.use(router);

  app.use((request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') {
      sendError(response, { status: 404, message: 'Not found.' });
    } else sendNotAllowed(request, response, next);
  });
  app.use(errorHandler(log));
  return app;
}

const sendNotAllowed: RequestHandler = (_request, response) => {
  response.set('Allow', 'GET, HEAD');
  sendError(response, { status: 405, message: 'Only GET and HEAD are answered here.' });
};

function requireToken(authorize: Authorize, log: Logger): RequestHandler {
  const changes = createChangeLog(log);
  return async (request, response, next) => {
    // At most one line per valid request in between: a stranger must not fill the log.
    if (await authorize(request.headers.authorization)) {
      changes.forget('access');
      next();
      return;
    }
    const peer = request.socket.remoteAddress ?? 'unknown';
    changes.report('access', problem('auth-refused', `A request from ${peer} had no valid token.`));
    response.set('WWW-Authenticate', 'Bearer realm="docker-data-exporter"');
    sendError(response, { status: 401, message: 'A valid bearer token is needed.' });
  };
}

/** The status of errors that are the client’s (bad path, body too large), as express marks them. */
function clientStatus(error: unknown): number | undefined {
  const status = isNativeError(error) && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

function errorHandler(log: Logger): ErrorRequestHandler {
  // eslint-disable-next-line max-params, @typescript-eslint/no-unused-vars -- express knows an error handler by its four parameters
  return (error: unknown, request, response, _next) => {
    const status = clientStatus(error);
    if (status === undefined) {
      log.error('A request failed.', { code: 'internal', path: request.path, error });
    }
    if (response.headersSent) {
      // A reply that stops in the middle must not look complete.
      response.destroy();
      return;
    }
    const message =
      status === undefined ? 'Internal error.' : `${STATUS_CODES[status] ?? 'Error'}.`;
    sendError(response, { status: status ?? 500, message });
  };
}

/** `http://127.0.0.1:5050` of a bound address, for people. */
export function httpUrl({ host, port }: HostPort): string {
  return `http://${formatHostPort({ host: host === '' ? 'localhost' : host, port })}`;
}
