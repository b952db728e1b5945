import { Buffer } from 'node:buffer';
import { type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable, pipeline } from 'node:stream';
import { gzipSync } from 'node:zlib';

/** What a fake would answer if nothing were wrong. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/**
 * What can go wrong with one exchange. The connection itself (refused, vanished) is a matter of
 * the listener.
 */
export type Fault =
  /** The connection is closed without an answer. */
  | { kind: 'dead' }
  /** The connection is reset (RST on TCP, closed on a unix socket). */
  | { kind: 'reset' }
  /** Nothing is ever answered; the connection stays. */
  | { kind: 'silent' }
  /** The header comes and no body; the connection stays. */
  | { kind: 'halfOpen' }
  /** Header and half the body come; the connection stays. */
  | { kind: 'stallBody' }
  /** Header with the full length and half the body come, then the connection is closed. */
  | { kind: 'cutBody' }
  /** The header comes byte by byte. */
  | { kind: 'dripHeader'; everyMs?: number }
  /** The body comes byte by byte. */
  | { kind: 'dripBody'; everyMs?: number }
  /** Half the body, correctly framed. */
  | { kind: 'truncatedJson' }
  /** Another type of body: an HTML page, correctly framed. */
  | { kind: 'wrongType' }
  /** JSON of another shape; a string unless given. */
  | { kind: 'wrongShape'; json?: string }
  /** An error status with a JSON message. */
  | { kind: 'status'; status: number; message?: string }
  | { kind: 'redirect'; location: string; status?: number }
  /** JSON of that many bytes, correctly framed. */
  | { kind: 'huge'; bytes?: number }
  /** A body without end. */
  | { kind: 'endless' }
  /** long: more is announced than comes, then closed; short: less; invalid: not a number. */
  | { kind: 'badContentLength'; declared?: 'long' | 'short' | 'invalid' }
  /** The right answer after a while. */
  | { kind: 'slow'; delayMs: number }
  /** Bytes that are no HTTP, then closed. */
  | { kind: 'garbage'; bytes?: Buffer }
  /** HTTP/1.0 without a length, closed after half the body: looks complete. */
  | { kind: 'http10Cut' }
  /** Small on the wire, that many bytes inflated. */
  | { kind: 'gzipBomb'; bytes?: number }
  /** Any other answer, correctly framed. */
  | { kind: 'answer'; status?: number; headers?: Record<string, string>; body: Buffer | string };

export type FaultKind = Fault['kind'];

/** One request and what would be answered to it. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  answer: Answer;
}

const MEBIBYTE = 1024 * 1024;
const DRIP_MS = 50;

/** Answers as agreed, nothing wrong. */
export function sendAnswer({ request, response, answer }: Exchange): void {
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-length': String(answer.body.length),
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

/** Answers with the fault. Never throws, whatever the peer does. */
export function sendFault(fault: Fault, exchange: Exchange): void {
  const { response, answer } = exchange;
  const half = answer.body.subarray(0, Math.floor(answer.body.length / 2));
  const json = { 'content-type': 'application/json' };
  const reply = (changes: Partial<Answer>): void =>
    sendAnswer({ ...exchange, answer: { ...answer, ...changes } });

  switch (fault.kind) {
    case 'dead':
      takeSocket(exchange).destroy();
      return;
    case 'reset':
      reset(takeSocket(exchange));
      return;
    case 'silent':
      return;
    case 'halfOpen':
      takeSocket(exchange).write(headOf(answer));
      return;
    case 'stallBody':
      takeSocket(exchange).write(Buffer.concat([headOf(answer), half]));
      return;
    case 'cutBody':
      takeSocket(exchange).end(Buffer.concat([headOf(answer), half]));
      return;
    case 'dripHeader':
      drip(takeSocket(exchange), Buffer.concat([headOf(answer), answer.body]), fault.everyMs);
      return;
    case 'dripBody': {
      const socket = takeSocket(exchange);
      socket.write(headOf(answer));
      drip(socket, answer.body, fault.everyMs);
      return;
    }
    case 'truncatedJson':
      reply({ body: half });
      return;
    case 'wrongType':
      reply({
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: Buffer.from('<!doctype html><title>Welcome</title><p>Please log in.</p>\n'),
      });
      return;
    case 'wrongShape':
      reply({ headers: json, body: Buffer.from(fault.json ?? '"not what you asked for"') });
      return;
    case 'status': {
      const message = fault.message ?? STATUS_CODES[fault.status] ?? 'unknown';
      const body = Buffer.from(`${JSON.stringify({ message })}\n`);
      reply({ status: fault.status, headers: json, body });
      return;
    }
    case 'redirect':
      reply({
        status: fault.status ?? 302,
        headers: { location: fault.location },
        body: Buffer.alloc(0),
      });
      return;
    case 'huge': {
      const bytes = fault.bytes ?? 64 * MEBIBYTE;
      response.writeHead(200, { ...json, 'content-length': String(bytes) });
      stream(exchange, paddedJson(bytes));
      return;
    }
    case 'endless':
      response.writeHead(200, json);
      stream(exchange, paddedJson(Infinity));
      return;
    case 'badContentLength':
      takeSocket(exchange).end(
        Buffer.concat([headOf(answer, announced(fault, answer)), answer.body]),
      );
      return;
    case 'slow':
      later(exchange, fault.delayMs);
      return;
    case 'garbage':
      takeSocket(exchange).end(
        fault.bytes ?? Buffer.from('\u0000\u0001SSH-2.0-nothing\r\n\r\n\u00ff'),
      );
      return;
    case 'http10Cut':
      takeSocket(exchange).end(
        Buffer.concat([
          Buffer.from('HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n'),
          half,
        ]),
      );
      return;
    case 'gzipBomb':
      reply({
        headers: { ...json, 'content-encoding': 'gzip' },
        body: gzipBomb(fault.bytes ?? 64 * MEBIBYTE),
      });
      return;
    case 'answer':
      reply({
        status: fault.status ?? 200,
        headers: fault.headers ?? json,
        body: Buffer.from(fault.body),
      });
      return;
  }
}

/** Takes the connection away from the response, so that raw bytes can be written to it. */
function takeSocket({ request, response }: Exchange): Socket {
  const { socket } = request;
  response.detachSocket(socket);
  return socket;
}

function headOf(answer: Answer, contentLength = String(answer.body.length)): Buffer {
  const headers = { ...answer.headers, 'content-length': contentLength };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? 'Unknown'}`;
  return Buffer.from(`${[status, ...lines].join('\r\n')}\r\n\r\n`);
}

function announced(fault: { declared?: 'long' | 'short' | 'invalid' }, answer: Answer): string {
  switch (fault.declared ?? 'long') {
    case 'long':
      return String(answer.body.length + 10);
    case 'short':
      return String(Math.floor(answer.body.length / 2));
    case 'invalid':
      return 'banana';
  }
}

function reset(socket: Socket): void {
  // Only TCP knows a reset.
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

function drip(socket: Socket, bytes: Buffer, everyMs = DRIP_MS): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at < bytes.length) socket.write(bytes.subarray(at, ++at));
    else clearInterval(timer);
  }, everyMs);
  timer.unref();
  socket.on('close', () => clearInterval(timer));
}

function later(exchange: Exchange, delayMs: number): void {
  const timer = setTimeout(() => sendAnswer(exchange), delayMs);
  exchange.request.socket.on('close', () => clearTimeout(timer));
}

function stream({ response }: Exchange, chunks: Iterable<Buffer>): void {
  // The peer is expected to hang up; nothing is to be done about it.
  pipeline(Readable.from(chunks, { objectMode: false }), response, () => undefined);
}

/** A JSON object of exactly that many bytes (at least 16), in pieces. */
function* paddedJson(bytes: number): Iterable<Buffer> {
  const start = Buffer.from('{"padding":"');
  const end = Buffer.from('"}');
  const piece = Buffer.alloc(64 * 1024, 'x');
  yield start;
  for (let left = bytes - start.length - end.length; left > 0; left -= piece.length) {
    yield left < piece.length ? piece.subarray(0, left) : piece;
  }
  yield end;
}

const bombs = new Map<number, Buffer>();

function gzipBomb(bytes: number): Buffer {
  let bomb = bombs.get(bytes);
  if (bomb === undefined) {
    bomb = gzipSync(Buffer.concat([...paddedJson(bytes)]));
    bombs.set(bytes, bomb);
  }
  return bomb;
}
