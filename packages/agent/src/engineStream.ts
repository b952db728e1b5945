import { Buffer } from 'node:buffer';
import { IncomingMessage } from 'node:http';
import { type Problem, problem } from '@docker-data-exporter/shared/errors';
import type { EngineEndpoint } from './engineEndpoint.ts';
import { connectionProblem, statusProblem } from './engineProblems.ts';
import type { EngineStream } from './engineQuestions.ts';
import { badAnswer } from './engineReply.ts';

/** Who listens to an engine's stream. */
export interface EngineListener {
  /** The engine has begun to answer. */
  readonly onOpen: () => void;
  /** A line without its end; undefined where one was too long to be kept. */
  readonly onLine: (line: string | undefined) => void;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** For the answer to begin; not for its lines. */
  readonly deadlineMs: number;
}

/** Hands on the lines of an answer until it ends, and tells why it did. */
export async function followLines(
  opened: IncomingMessage | { readonly error: unknown },
  context: {
    readonly stream: EngineStream;
    readonly listener: EngineListener;
    readonly endpoint: EngineEndpoint;
  },
): Promise<Problem> {
  const { stream, listener, endpoint } = context;
  if (!(opened instanceof IncomingMessage)) return await connectionProblem(opened.error, endpoint);
  const status = opened.statusCode ?? 0;
  if (status !== 200) {
    opened.destroy();
    return statusProblem(status, stream.path, '');
  }
  const splitter = createLineSplitter(stream.maxLineBytes, listener.onLine);
  listener.onOpen();
  await new Promise<void>((resolve) => {
    opened.on('data', splitter);
    opened.on('end', resolve);
    opened.on('close', resolve);
    if (opened.destroyed) resolve();
  });
  return opened.complete
    ? problem('engine-unreachable', `The engine ended the stream of ${stream.about}.`)
    : badAnswer(stream, 'was cut').problem;
}

const NEWLINE = 0x0a;

/** Puts chunks together and cuts them into lines of `maxBytes` at most. Blank lines are left out. */
export function createLineSplitter(
  maxBytes: number,
  onLine: (line: string | undefined) => void,
): (chunk: Buffer) => void {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let isTooLong = false;

  const add = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes > maxBytes) {
      isTooLong = true;
      pieces = [];
    } else if (piece.length > 0) pieces.push(piece);
  };
  const end = (): void => {
    const line = Buffer.concat(pieces).toString().trim();
    const wasTooLong = isTooLong;
    pieces = [];
    bytes = 0;
    isTooLong = false;
    if (wasTooLong) onLine(undefined);
    else if (line !== '') onLine(line);
  };

  return (chunk) => {
    let from = 0;
    for (;;) {
      const at = chunk.indexOf(NEWLINE, from);
      if (at === -1) break;
      add(chunk.subarray(from, at));
      end();
      from = at + 1;
    }
    add(chunk.subarray(from));
  };
}
