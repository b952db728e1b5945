import { Buffer } from 'node:buffer';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, type Zlib } from 'node:zlib';
import request from 'supertest';
import { acceptsGzip, negotiateFormat, sendExposition } from './sendExposition.ts';

describe('the format', () => {
  test.each([
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/html', 'text'],
    ['text/plain', 'text'],
    // Prometheus 2.42
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    // Prometheus 3.5
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      'openmetrics',
    ],
    ['application/openmetrics-text; version=0.0.1', 'text'],
    ['application/openmetrics-text;version=1.0.0;q=0.2, text/plain;q=0.9', 'text'],
    ['application/openmetrics-text;version=1.0.0;q=0', 'text'],
    ['application/openmetrics-text;q=nonsense', 'text'],
    [';;;,,=', 'text'],
  ])('for Accept %j is %s', (accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });
});

test.each([
  ['gzip', true],
  ['deflate, gzip;q=0.5', true],
  ['gzip;q=0', false],
  ['identity', false],
  [undefined, false],
])('Accept-Encoding %j allows gzip: %p', (header, allowed) => {
  expect(acceptsGzip(header)).toBe(allowed);
});

describe('a page', () => {
  const body = 'metric 1\n'.repeat(300_000);
  const server = createServer((incoming, response) => {
    const chunks = (format: string) =>
      incoming.url === '/small'
        ? [Buffer.from(format)]
        : body.match(/[^]{1,100000}/g)!.map((part) => Buffer.from(part));
    sendExposition({ request: incoming, response, chunks }).catch(() => response.destroy());
  });

  test('is sent whole, plain', async () => {
    const answer = await request(server).get('/').set('Accept-Encoding', 'identity');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.text === body).toBe(true);
  });

  test('is sent whole, as one gzip member', async () => {
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
    const raw = await new Promise<Buffer>((resolve, reject) => {
      get({ port, host: '127.0.0.1', headers: { 'accept-encoding': 'gzip' } }, (response) => {
        const parts: Buffer[] = [];
        expect(response.headers['content-encoding']).toBe('gzip');
        expect(response.headers.vary).toBe('Accept, Accept-Encoding');
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve(Buffer.concat(parts)));
      }).on('error', reject);
    });
    await new Promise((resolve) => server.close(resolve));
    const { buffer: inflated, engine } = gunzipSync(raw, { info: true }) as unknown as {
      buffer: Buffer;
      engine: Zlib;
    };
    expect(inflated.toString() === body).toBe(true);
    expect(engine.bytesWritten).toBe(raw.length);
  });

  test('comes in OpenMetrics when that is preferred', async () => {
    const answer = await request(server)
      .get('/small')
      .set('Accept', 'application/openmetrics-text;version=1.0.0')
      .buffer(true);
    expect(answer.headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(answer.text).toBe('openmetrics');
  });

  test('has a head without a body', async () => {
    const answer = await request(server).head('/small');
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.text).toBeFalsy();
  });
});
