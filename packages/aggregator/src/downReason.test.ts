import { lookup } from 'node:dns/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { once } from 'node:events';
import { errors } from 'undici';
import { classifyError, type DownReason, downReasons } from './downReason.ts';

/** The error a real connection to a loopback server ends with. */
async function errorOf(socket: Socket): Promise<unknown> {
  socket.resume();
  const failed: unknown[] = await once(socket, 'error');
  socket.destroy();
  return failed[0];
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('errors of real sockets', () => {
  test('a port where nobody listens is refused', async () => {
    const server = createServer();
    const port = await listening(server);
    server.close();
    await once(server, 'close');
    const error = await errorOf(connect(port, '127.0.0.1'));
    expect(classifyError(error)).toEqual({ reason: 'refused', detail: 'connect ECONNREFUSED' });
  });

  test('a name with several addresses that all refuse is refused', async () => {
    const server = createServer();
    const port = await listening(server);
    server.close();
    await once(server, 'close');
    const socket = connect({
      port,
      host: 'two.example',
      autoSelectFamily: true,
      lookup: (_name, _options, done) =>
        done(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '127.0.0.2', family: 4 },
        ]),
    });
    const error = await errorOf(socket);
    expect(error).toHaveProperty('errors.length', 2);
    expect(classifyError(error).reason).toBe('refused');
  });

  test('a connection that is reset is a reset', async () => {
    const server = createServer((socket) => socket.resetAndDestroy());
    const port = await listening(server);
    const error = await errorOf(connect(port, '127.0.0.1'));
    server.close();
    expect(classifyError(error).reason).toBe('reset');
  });

  test('a server that speaks no TLS fails by tls', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const port = await listening(server);
    const error = await errorOf(connectTls({ port, host: '127.0.0.1' }));
    server.close();
    expect(classifyError(error).reason).toBe('tls');
  });

  test('a TLS handshake that fails is tls', async () => {
    // Without a certificate the server can only refuse.
    const server = createTlsServer();
    const port = await listening(server);
    const error = await errorOf(connectTls({ port, host: '127.0.0.1' }));
    server.close();
    expect(classifyError(error).reason).toBe('tls');
  });

  test('a name that does not exist fails by dns', async () => {
    // Too long for a name, so that no resolver is asked.
    const error: unknown = await lookup('a'.repeat(300)).catch((caught: unknown) => caught);
    expect(classifyError(error).reason).toBe('dns');
  });

  test('an address without a route is unreachable', async () => {
    // The kernel knows no way from loopback to anywhere else.
    const socket = connect({ port: 1, host: '192.0.2.1', localAddress: '127.0.0.1' });
    const error = await errorOf(socket);
    expect(classifyError(error).reason).toBe('unreachable');
  });
});

describe('errors by their code', () => {
  test.each<[string, DownReason]>([
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['EAI_FAIL', 'dns'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['EHOSTDOWN', 'unreachable'],
    ['EACCES', 'unreachable'],
    ['EMFILE', 'unreachable'],
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['ETIMEDOUT', 'timeout'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['HPE_INVALID_CONSTANT', 'parse'],
    ['HPE_HEADER_OVERFLOW', 'too_large'],
    ['ESOMETHINGNEW', 'unreachable'],
  ])('%s is %s', (code, reason) => {
    expect(classifyError(Object.assign(new Error('x'), { code })).reason).toBe(reason);
  });

  test.each<[Error, DownReason]>([
    [new errors.SocketError('other side closed'), 'reset'],
    [new errors.ConnectTimeoutError(), 'timeout'],
    [new errors.HeadersTimeoutError(), 'timeout'],
    [new errors.BodyTimeoutError(), 'timeout'],
    [new errors.HeadersOverflowError(), 'too_large'],
    [new errors.ResponseExceededMaxSizeError(), 'too_large'],
    [new errors.ResponseContentLengthMismatchError(), 'reset'],
    [new errors.HTTPParserError('not HTTP'), 'parse'],
  ])('undici’s %s is %s', (error, reason) => {
    expect(classifyError(error).reason).toBe(reason);
  });
});

describe('whatever is thrown', () => {
  const selfContained = new Error('loop');
  selfContained.cause = selfContained;

  test.each([
    undefined,
    null,
    'text',
    7,
    {},
    new Error('plain'),
    selfContained,
    new AggregateError([]),
  ])('gives a reason of the closed set: %p', (thrown) => {
    expect(downReasons).toContain(classifyError(thrown).reason);
  });

  test('tells the cause inside and never the message', () => {
    const cause = Object.assign(new Error('secret'), { code: 'ECONNREFUSED', syscall: 'connect' });
    const error = new Error('secret', { cause: new Error('secret', { cause }) });
    expect(classifyError(error)).toEqual({ reason: 'refused', detail: 'connect ECONNREFUSED' });
  });

  test('of several addresses tells what says most about the host', () => {
    const failed = (code: string) => Object.assign(new Error(code), { code });
    const error = new AggregateError([failed('ENETUNREACH'), failed('ECONNREFUSED')]);
    expect(classifyError(error).reason).toBe('refused');
  });
});
