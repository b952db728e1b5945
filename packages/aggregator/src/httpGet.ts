import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Connection } from './connections.ts';
import { classifyError, type Down } from './downReason.ts';
import type { ReadingGate } from './readingGate.ts';

export interface HttpGet<T> {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted at the scrape’s deadline. */
  readonly signal: AbortSignal;
  readonly gate: ReadingGate;
  readonly maxBodyBytes: number;
  /** Looks at status and headers; a body that is refused is not read. */
  readonly refuse: (status: number, headers: IncomingHttpHeaders) => Down | undefined;
  /** Makes something of the whole body. Must not throw. */
  readonly decode: (body: Buffer) => T;
}

export type HttpAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly down: Down;
      /** The status, if an answer began. */
      readonly status?: number;
    };

/**
 * One GET over a kept connection. Never rejects and never outlives its signal, whatever the other side
 * does. Redirects are answers like any other: nothing is ever sent to where they point.
 */
export function httpGet<T>(connection: Connection, request: HttpGet<T>): Promise<HttpAnswer<T>> {
  const { signal, gate, maxBodyBytes } = request;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status: number | undefined;
    let controller: Dispatcher.DispatchController | undefined;
    let settled = false;
    let leaveGate: (() => void) | undefined;

    const settle = (answer: HttpAnswer<T>) => {
      if (settled) return;
      settled = true;
      signal.removeEventListener('abort', onDeadline);
      leaveGate?.();
      resolve(answer);
    };
    const fail = (down: Down) => {
      if (settled) return;
      settle({ ok: false, down, ...(status !== undefined && { status }) });
      // Ends the connection too: what is left of this answer must not reach the next request.
      if (controller === undefined) connection.giveUp();
      else controller.abort(new Error(down.reason));
    };
    const onDeadline = () => {
      const detail =
        controller === undefined
          ? 'no connection before the deadline'
          : status === undefined
            ? 'connected, but no answer before the deadline'
            : 'answer not complete before the deadline';
      fail({ reason: 'timeout', detail });
    };
    const tooLarge = () => fail({ reason: 'too_large', detail: `more than ${maxBodyBytes} bytes` });

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (started) => {
        controller = started;
        if (settled) started.abort(new Error('nobody waits for it'));
      },
      onResponseStart: (started, statusCode, headers) => {
        if (statusCode < 200) return;
        status = statusCode;
        const refused = request.refuse(statusCode, headers);
        if (refused !== undefined) {
          fail(refused);
          return;
        }
        if (Number(headers['content-length'] ?? 0) > maxBodyBytes) {
          tooLarge();
          return;
        }
        started.pause();
        gate.read(() => {
          if (settled) return Promise.resolve();
          const left = new Promise<void>((leave) => (leaveGate = leave));
          started.resume();
          return left;
        });
      },
      onResponseData: (_, chunk) => {
        bytes += chunk.length;
        if (bytes > maxBodyBytes) tooLarge();
        else chunks.push(chunk);
      },
      onResponseEnd: () => {
        void gate.turn().then(() => {
          if (!settled) settle({ ok: true, value: request.decode(Buffer.concat(chunks, bytes)) });
        });
      },
      onResponseError: (_, error) => fail(classifyError(error)),
    };

    if (signal.aborted) {
      onDeadline();
      return;
    }
    signal.addEventListener('abort', onDeadline, { once: true });
    connection.dispatch(
      { method: 'GET', path: request.path, headers: { ...request.headers } },
      handler,
    );
  });
}
