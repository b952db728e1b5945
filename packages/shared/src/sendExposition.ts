import type { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { ExpositionFormat } from './exposition.ts';

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

// Measured on metric pages: faster than level 1, three times faster than 6, for 4% of the ratio.
const GZIP_LEVEL = 2;

/**
 * The format the `Accept` header prefers. Text 0.0.4 is always safe and wins ties; OpenMetrics is
 * chosen only where version 1.0.0 is asked for by name with a higher weight.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const wanted = parseWeights(accept ?? '');
  const openmetrics = wanted
    .filter(
      ({ token, parameters }) =>
        token === 'application/openmetrics-text' &&
        (parameters.get('version') ?? '1.0.0') === '1.0.0',
    )
    .reduce((most, { weight }) => Math.max(most, weight), 0);
  const text = wanted
    .filter(({ token }) => token === 'text/plain')
    .reduce((most, { weight }) => Math.max(most, weight), 0);
  return openmetrics > text ? 'openmetrics' : 'text';
}

/** Whether the `Accept-Encoding` header allows gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return parseWeights(acceptEncoding ?? '').some(
    ({ token, weight }) => token === 'gzip' && weight > 0,
  );
}

/**
 * Answers a request with a page, in the format and coding it asks for. Chunks are computed one at a
 * time as the client takes them, so that a slow reader costs one chunk and blocks nobody.
 *
 * @throws what the socket throws when the client goes away before the end.
 */
export async function sendExposition(exchange: {
  request: IncomingMessage;
  response: ServerResponse;
  chunks: (format: ExpositionFormat) => Iterable<Buffer>;
}): Promise<void> {
  const { request, response } = exchange;
  const format = negotiateFormat(request.headers.accept);
  response.setHeader('Content-Type', CONTENT_TYPES[format]);
  response.setHeader('Vary', 'Accept, Accept-Encoding');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const chunks = Readable.from(politely(exchange.chunks(format)), { objectMode: false });
  if (acceptsGzip(request.headers['accept-encoding'])) {
    response.setHeader('Content-Encoding', 'gzip');
    await pipeline(chunks, createGzip({ level: GZIP_LEVEL, chunkSize: 1 << 18 }), response);
  } else {
    await pipeline(chunks, response);
  }
}

/** Lets other work in between chunks: each costs about a millisecond, a fleet has hundreds. */
async function* politely(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    yield chunk;
    await setImmediate();
  }
}

interface Weighted {
  token: string;
  weight: number;
  parameters: ReadonlyMap<string, string>;
}

/** `a/b;version=1;q=0.5, c/d` as tokens with their weight (RFC 9110, 12.4.2) and parameters. */
function parseWeights(header: string): Weighted[] {
  return header.split(',').map((part) => {
    const [token = '', ...rest] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const parameters = new Map(
      rest.map((piece): [string, string] => {
        const at = piece.indexOf('=');
        return [piece.slice(0, at), piece.slice(at + 1).replaceAll('"', '')];
      }),
    );
    const weight = Number(parameters.get('q') ?? 1);
    return { token, parameters, weight: Number.isFinite(weight) ? weight : 0 };
  });
}
