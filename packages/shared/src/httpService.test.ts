import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import request from 'supertest';
import { bearerAuth } from './bearerAuth.ts';
import {
  createHttpService,
  type HttpLimits,
  type HttpServiceOptions,
  httpUrl,
} from './httpService.ts';
import { createLog, silentLog } from './log.ts';

const token = '0123456789abcdef';
const authorize = bearerAuth(() => Promise.resolve([token]));
const loopback = { host: '127.0.0.1', port: 0 };

const options: HttpServiceOptions = {
  log: silentLog(),
  readiness: () => ({ ready: true }),
  routes: (router) => {
    router.get('/data', (_request, response) => {
      response.json({ data: 1 });
    });
    router.post('/data', (_request, response) => {
      response.send('posted');
    });
    router.get('/only-read', (_request, response) => {
      response.send('read');
    });
    router.get('/broken', () => {
      throw new Error('secret inside');
    });
    router.get('/broken-later', async () => {
      await Promise.resolve();
      throw new Error('secret inside');
    });
    router.get('/broken-midway', (_request, response) => {
      response.write('half');
      throw new Error('secret inside');
    });
  },
};

const ask = (more: Partial<HttpServiceOptions> = {}) =>
  request(createHttpService({ ...options, ...more }).handler);

describe('every answer', () => {
  test.each(['/data', '/-/healthy', '/nowhere', '/broken'])('of %s is guarded', async (path) => {
    const { headers } = await ask().get(path);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
    });
    expect(Object.keys(headers)).not.toContain('x-powered-by');
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('health', () => {
  test('is answered as long as the process lives', async () => {
    await ask({ readiness: () => ({ ready: false, reason: 'x' }) })
      .get('/-/healthy')
      .expect(200, 'healthy\n');
  });

  test('readiness is what the service says', async () => {
    await ask().get('/-/ready').expect(200, 'ready\n');
    await ask({ readiness: () => ({ ready: false, reason: 'first scrape is running' }) })
      .get('/-/ready')
      .expect(503, 'not ready: first scrape is running\n');
  });
});

describe('access', () => {
  const guarded = () => ask({ authorize });

  test.each(['/-/healthy', '/-/ready'])('%s needs no token', async (path) => {
    await guarded().get(path).expect(200);
  });

  test.each(['/data', '/', '/nowhere', '/-/reload', '/-/healthy/x', '/broken'])(
    '%s needs one, and its absence tells nothing more',
    async (path) => {
      await guarded()
        .get(path)
        .expect(401, { error: { status: 401, message: 'A valid bearer token is needed.' } })
        .expect('www-authenticate', 'Bearer realm="docker-data-exporter"');
    },
  );

  test('a valid token opens, a wrong one does not', async () => {
    await guarded().get('/data').set('Authorization', `Bearer ${token}`).expect(200, { data: 1 });
    await guarded().get('/data').set('Authorization', `Bearer ${token}x`).expect(401);
    await guarded().post('/data').expect(401);
  });

  test('refusals are logged once, without the token, until someone gets in', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(line) });
    const { handler } = createHttpService({ ...options, authorize, log });
    const wrong = 'wrong-token-0123456789';
    for (let n = 0; n < 3; n++)
      await request(handler).get('/').set('Authorization', `Bearer ${wrong}`);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('auth-refused');
    expect(lines[0]).not.toContain(wrong);
    await request(handler).get('/data').set('Authorization', `Bearer ${token}`);
    await request(handler).get('/');
    expect(lines).toHaveLength(2);
  });
});

describe('methods', () => {
  test('a route answers GET and HEAD, and others only if it says so', async () => {
    await ask().head('/data').expect(200);
    await ask().post('/data').expect(200, 'posted');
    const { status, headers } = await ask().post('/only-read');
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
    await ask().delete('/nowhere').expect(405);
  });

  test.each(['options', 'trace', 'patch'] as const)('%s is never answered', async (method) => {
    await ask()[method]('/data').expect(405);
  });
});

describe('errors', () => {
  test('an unknown path is a JSON 404', async () => {
    await ask()
      .get('/nowhere')
      .expect(404, { error: { status: 404, message: 'Not found.' } })
      .expect('content-type', /^application\/json/);
  });

  test.each(['/broken', '/broken-later'])(
    '%s is a 500 that tells nothing, and is logged',
    async (path) => {
      const lines: string[] = [];
      const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(line) });
      const { status, text } = await ask({ log }).get(path);
      expect(status).toBe(500);
      expect(text).toBe('{"error":{"status":500,"message":"Internal error."}}');
      expect(lines.join('')).toContain('secret inside');
    },
  );

  test('a path that cannot be decoded is a 400', async () => {
    const routes: HttpServiceOptions['routes'] = (router) =>
      router.get('/servers/:id', (_request, response) => void response.send('ok'));
    await ask({ routes })
      .get('/servers/%ff')
      .expect(400, { error: { status: 400, message: 'Bad Request.' } });
  });

  test('a reply that breaks in the middle does not look complete', async () => {
    await expect(ask().get('/broken-midway')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('listening', () => {
  test('takes a free port and tells it', async () => {
    const service = createHttpService(options);
    const bound = await service.listen(loopback);
    expect(bound).toEqual({ host: '127.0.0.1', port: expect.any(Number) as number });
    expect(bound.port).toBeGreaterThan(0);
    await request(httpUrl(bound)).get('/data').expect(200);
    await service.stop(1000);
    await expect(request(httpUrl(bound)).get('/data')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  test('works on IPv6', async () => {
    const service = createHttpService(options);
    const bound = await service.listen({ host: '::1', port: 0 });
    expect(httpUrl(bound)).toBe(`http://[::1]:${bound.port}`);
    await request(httpUrl(bound)).get('/data').expect(200);
    await service.stop(1000);
  });

  test('on a port in use is a coded error, and the other stays', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const service = createHttpService(options);
    const { port } = address;
    await expect(service.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'port-in-use',
      problems: [{ message: `Another process listens on 127.0.0.1:${port}.` }],
    });
    await service.stop(1000);
    expect(other.listening).toBe(true);
    other.close();
  });

  const elsewhere = { host: '192.0.2.1', port: 0 };

  test('beyond loopback without a token is refused before anything starts', async () => {
    const refused = createHttpService(options).listen(elsewhere);
    await expect(refused).rejects.toMatchObject({ code: 'bind-open' });
  });

  // The address is no one's, so that getting past the rule ends with another code.
  test.each([
    ['insecure', { insecure: true }],
    ['a token', { authorize }],
  ])('%s lifts that rule', async (_, more) => {
    const listening = createHttpService({ ...options, ...more }).listen(elsewhere);
    await expect(listening).rejects.toMatchObject({ code: 'listen-address-unavailable' });
  });
});

/** A raw connection, and what came over it until it was closed. */
function dial(port: number): { socket: Socket; received: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  // A reset is a way to close too.
  socket.on('error', () => undefined);
  const received = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  return { socket, received };
}

describe('limits', () => {
  const limits = {
    headerTimeoutMs: 100,
    requestTimeoutMs: 200,
    maxHeaderBytes: 1024,
    maxConnections: 2,
  };

  async function withService(
    test: (port: number) => Promise<void>,
    more: Partial<HttpLimits> = {},
    routes = options.routes,
  ) {
    const service = createHttpService({ ...options, routes, limits: { ...limits, ...more } });
    const { port } = await service.listen(loopback);
    try {
      await test(port);
    } finally {
      await service.stop(0);
    }
  }

  test('cut a connection that sends nothing', () =>
    withService(async (port) => {
      const answer = await dial(port).received;
      expect(answer === '' || answer.startsWith('HTTP/1.1 408')).toBe(true);
    }));

  test('cut headers that never end', () =>
    withService(async (port) => {
      const { socket, received } = dial(port);
      socket.write('GET /data HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      await expect(received).resolves.toMatch(/^HTTP\/1\.1 408 /);
    }));

  test('cut a body that never comes', () =>
    withService(async (port) => {
      const { socket, received } = dial(port);
      socket.write('POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1');
      await expect(received).resolves.toMatch(/^HTTP\/1\.1 (405|408) /);
    }));

  test('cut a connection on which nothing moves', () => {
    const routes: HttpServiceOptions['routes'] = (router) => router.get('/never', () => undefined);
    return withService(
      async (port) => {
        const { socket, received } = dial(port);
        socket.write('GET /never HTTP/1.1\r\nHost: x\r\n\r\n');
        await expect(received).resolves.toBe('');
      },
      { stalledReplyMs: 50 },
      routes,
    );
  });

  test('refuse headers that are too large', () =>
    withService(async (port) => {
      const { socket, received } = dial(port);
      socket.write(`GET /data HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(2000)}\r\n\r\n`);
      await expect(received).resolves.toMatch(/^HTTP\/1\.1 431 /);
    }));

  test('drop connections above the cap, and take new ones when others left', () =>
    withService(
      async (port) => {
        const held = [dial(port), dial(port)];
        await Promise.all(held.map(({ socket }) => once(socket, 'connect')));
        await expect(dial(port).received).resolves.toBe('');
        for (const { socket } of held) socket.destroy();
        await Promise.all(held.map(({ received }) => received));
        let answer = '';
        for (let attempt = 0; attempt < 1000 && answer === ''; attempt++) {
          const { socket, received } = dial(port);
          socket.write('GET /data HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
          answer = await received;
        }
        expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      },
      { headerTimeoutMs: 60_000, requestTimeoutMs: 60_000 },
    ));
});

describe('a stop', () => {
  /** A service whose `/wait` is answered when told so. */
  async function waiting() {
    let answer: () => void = () => undefined;
    let arrived: () => void = () => undefined;
    const hasArrived = new Promise<void>((resolve) => (arrived = resolve));
    const service = createHttpService({
      ...options,
      routes: (router) =>
        router.get('/wait', (_request, response) => {
          answer = () => void response.send('done');
          arrived();
        }),
    });
    const { port } = await service.listen(loopback);
    const { socket, received } = dial(port);
    socket.write('GET /wait HTTP/1.1\r\nHost: x\r\n\r\n');
    await hasArrived;
    return { service, port, received, answer: () => answer() };
  }

  test('lets a running reply finish and then closes its connection', async () => {
    const { service, port, received, answer } = await waiting();
    const stopped = service.stop(60_000);
    await expect(dial(port).received).resolves.toBe('');
    answer();
    const text = await received;
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/\r\nConnection: close\r\n/);
    expect(text).toMatch(/done$/);
    await expect(stopped).resolves.toEqual({ cutReplies: 0 });
  });

  test('cuts what is left at the deadline and says so', async () => {
    const { service, received } = await waiting();
    await expect(service.stop(1)).resolves.toEqual({ cutReplies: 1 });
    await expect(received).resolves.toBe('');
  });

  test('closes idle and silent connections at once', async () => {
    const service = createHttpService(options);
    const { port } = await service.listen(loopback);
    const idle = dial(port);
    idle.socket.write('GET /data HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(idle.socket, 'data');
    const silent = dial(port);
    await once(silent.socket, 'connect');
    // Its connection was accepted before, so the silent one is known too.
    await request(`http://127.0.0.1:${port}`).get('/data');
    await expect(service.stop(60_000)).resolves.toEqual({ cutReplies: 0 });
    await Promise.all([idle.received, silent.received]);
  });

  test('is done once, also when nothing was started', async () => {
    const service = createHttpService(options);
    const [first, second] = [service.stop(1000), service.stop(1000)];
    await expect(first).resolves.toEqual({ cutReplies: 0 });
    expect(second).toBe(first);
  });

  test('makes it unready', async () => {
    const service = createHttpService(options);
    await service.stop(0);
    await request(service.handler).get('/-/ready').expect(503, 'not ready: stopping\n');
  });
});
