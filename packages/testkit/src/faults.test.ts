import { Buffer } from 'node:buffer';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ask } from './ask.ts';
import { createFaultBoard } from './faultBoard.ts';
import { type Fault, sendAnswer, sendFault } from './faults.ts';
import { type ListenOn, type Listener, startListener } from './listener.ts';
import { temporaryDirectory } from './temporaryDirectory.ts';

const answer = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ hello: 'world', numbers: [1, 2, 3] })),
};
const halfBody = answer.body.subarray(0, Math.floor(answer.body.length / 2)).toString();

describe.each(['loopback port', 'unix socket'])('faults on a %s', (kind) => {
  const directory = temporaryDirectory();
  let listener: Listener;
  let fault: Fault | undefined;
  let raw: Socket[] = [];

  beforeAll(async () => {
    const on: ListenOn =
      kind === 'unix socket' ? { socket: join(directory.path, 's') } : { port: 0 };
    listener = await startListener(on, (request, response) => {
      const exchange = { request, response, answer };
      if (fault === undefined || request.url === '/fine') sendAnswer(exchange);
      else sendFault(fault, exchange);
    });
  });
  afterEach(() => {
    for (const socket of raw) socket.destroy();
    raw = [];
  });
  afterAll(async () => {
    await listener.close();
    directory.remove();
  });

  /** Sends a request and collects raw bytes until `enough`, or until the other side closes. */
  const bytesUntil = async (enough: (text: string) => boolean): Promise<string> => {
    const socket = connect(connectOptions(listener.address));
    raw.push(socket);
    socket.setEncoding('latin1');
    socket.write('GET / HTTP/1.1\r\nHost: fake\r\n\r\n');
    let text = '';
    for await (const chunk of socket) {
      text += String(chunk);
      if (enough(text)) break;
    }
    return text;
  };
  const closes = (): boolean => false;
  const whole = () => ask(listener.address, '/');

  test.each<[Fault['kind'], Fault, RegExp]>([
    ['dead', { kind: 'dead' }, /socket hang up|ECONNRESET/],
    ['reset', { kind: 'reset' }, /socket hang up|ECONNRESET/],
    ['cutBody', { kind: 'cutBody' }, /aborted/],
    ['badContentLength', { kind: 'badContentLength' }, /aborted/],
    ['garbage', { kind: 'garbage' }, /Parse Error/],
    ['badContentLength', { kind: 'badContentLength', declared: 'invalid' }, /Parse Error/],
  ])('%s makes the request fail', async (_name, current, message) => {
    fault = current;
    await expect(whole()).rejects.toThrow(message);
  });

  test.each<[string, Fault, number, string]>([
    ['truncatedJson', { kind: 'truncatedJson' }, 200, halfBody],
    ['http10Cut', { kind: 'http10Cut' }, 200, halfBody],
    ['wrongShape', { kind: 'wrongShape', json: '[]' }, 200, '[]'],
    ['status', { kind: 'status', status: 403 }, 403, '{"message":"Forbidden"}\n'],
    ['status', { kind: 'status', status: 500, message: 'x' }, 500, '{"message":"x"}\n'],
    ['slow', { kind: 'slow', delayMs: 1 }, 200, answer.body.toString()],
    ['answer', { kind: 'answer', status: 418, body: 'tea' }, 418, 'tea'],
    ['dripHeader', { kind: 'dripHeader', everyMs: 0 }, 200, answer.body.toString()],
    ['dripBody', { kind: 'dripBody', everyMs: 0 }, 200, answer.body.toString()],
  ])('%s comes as a complete answer', async (...row) => {
    const [, current, status, body] = row;
    fault = current;
    const reply = await whole();
    expect([reply.status, reply.body.toString()]).toEqual([status, body]);
  });

  test('wrongType says it is HTML, redirect names the place', async () => {
    fault = { kind: 'wrongType' };
    expect((await whole()).headers['content-type']).toBe('text/html; charset=utf-8');
    fault = { kind: 'redirect', location: 'http://127.0.0.1:1/' };
    const reply = await whole();
    expect([reply.status, reply.headers.location]).toEqual([302, 'http://127.0.0.1:1/']);
  });

  test('a short content length leaves bytes behind', async () => {
    fault = { kind: 'badContentLength', declared: 'short' };
    expect(await bytesUntil(closes)).toContain(answer.body.toString());
  });

  test('huge and gzipBomb have the size that was asked for', async () => {
    fault = { kind: 'huge', bytes: 1_000_000 };
    const huge = await whole();
    expect(huge.body.length).toBe(1_000_000);
    expect(JSON.parse(huge.body.toString())).toHaveProperty('padding');
    fault = { kind: 'gzipBomb', bytes: 1_000_000 };
    const bomb = await whole();
    expect(bomb.headers['content-encoding']).toBe('gzip');
    expect(bomb.body.length).toBeLessThan(10_000);
    expect(gunzipSync(bomb.body).length).toBe(1_000_000);
  });

  test('endless goes on for as long as it is read, and stops when the reader leaves', async () => {
    fault = { kind: 'endless' };
    const text = await bytesUntil((soFar) => soFar.length > 2_000_000);
    expect(text.toLowerCase()).toContain('transfer-encoding: chunked');
  });

  test.each<[string, Fault, (text: string) => boolean]>([
    ['halfOpen', { kind: 'halfOpen' }, (text) => text.endsWith('\r\n\r\n')],
    ['stallBody', { kind: 'stallBody' }, (text) => text.endsWith(halfBody)],
  ])('%s stays open after what it sends, and holds up nobody else', async (...row) => {
    const [, current, enough] = row;
    fault = current;
    const stuck = bytesUntil((text) => enough(text) && text.length > 1_000_000);
    expect((await ask(listener.address, '/fine')).status).toBe(200);
    expect(await bytesUntil(enough)).toContain(`content-length: ${answer.body.length}`);
    raw[0]?.destroy();
    await stuck.catch(() => undefined);
  });

  test('silent answers nothing while others are served', async () => {
    fault = { kind: 'silent' };
    const abort = new AbortController();
    const stuck = ask(listener.address, '/', { signal: abort.signal });
    const fine = ask(listener.address, '/fine').then(() => 'fine');
    expect(await Promise.race([stuck, fine])).toBe('fine');
    abort.abort();
    await expect(stuck).rejects.toThrow('aborted');
  });

  test('closing ends the stuck connections too', async () => {
    fault = { kind: 'silent' };
    const stuck = ask(listener.address, '/');
    const refused = expect(stuck).rejects.toThrow('socket hang up');
    await ask(listener.address, '/fine');
    await listener.refuse();
    await refused;
    expect(listener.connections()).toBe(0);
    await listener.accept();
    expect((await ask(listener.address, '/fine')).status).toBe(200);
  });
});

describe('the fault board', () => {
  const dead: Fault = { kind: 'dead' };
  const silent: Fault = { kind: 'silent' };

  test('a fault covers every exchange that has all keys of its place', () => {
    const board = createFaultBoard();
    board.set({ endpoint: 'stats', container: 'web' }, dead);
    expect(board.take({ endpoint: 'stats', container: 'web' })).toBe(dead);
    expect(board.take({ endpoint: 'stats', container: 'db' })).toBeUndefined();
    expect(board.take({ endpoint: 'stats' })).toBeUndefined();
  });

  test('the fault switched on last wins, until it is lifted', () => {
    const board = createFaultBoard();
    board.set({}, dead);
    const lift = board.set({}, silent);
    expect(board.take({ endpoint: 'info' })).toBe(silent);
    lift();
    expect(board.take({ endpoint: 'info' })).toBe(dead);
    board.clear();
    expect(board.take({ endpoint: 'info' })).toBeUndefined();
  });

  test('a fault for two exchanges is gone at the third', () => {
    const board = createFaultBoard();
    board.set({}, dead, 2);
    expect([board.take({}), board.take({}), board.take({})]).toEqual([dead, dead, undefined]);
  });
});

function connectOptions(address: string) {
  if (address.includes('/')) return { path: address };
  const [host = '', port = ''] = address.split(':');
  return { host, port: Number(port) };
}
