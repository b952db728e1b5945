import { renameSync, rmSync } from 'node:fs';
import { type RequestListener, type Server, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A unix socket, or a loopback port (0: any free one). */
export type ListenOn = { socket: string } | { port: number; host?: string };

/** An HTTP server of a fake that can also refuse connections, vanish and come back. */
export interface Listener {
  /** Path of the socket, or HOST:PORT. */
  readonly address: string;
  /** The port; 0 on a unix socket. */
  readonly port: number;
  /** How many connections are open now. */
  connections: () => number;
  /** From now on connecting fails with ECONNREFUSED; open connections are cut. */
  refuse: () => Promise<void>;
  /** As refuse, but a unix socket’s file is gone too: ENOENT. */
  vanish: () => Promise<void>;
  /** Listens again at the same address. */
  accept: () => Promise<void>;
  /** Ends all for good, without waiting for anyone. */
  close: () => Promise<void>;
}

/** Starts to listen. Fails as `listen` does, for example with EADDRINUSE. */
export async function startListener(on: ListenOn, handler: RequestListener): Promise<Listener> {
  const server = createServer(
    { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 },
    handler,
  );
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // A peer that goes away in mid-fault is the normal case here.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('clientError', (_error, socket) => socket.destroy());

  let bound = await listen(server, on);

  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  return {
    get address() {
      return 'socket' in bound ? bound.socket : `${bound.host ?? '127.0.0.1'}:${bound.port}`;
    },
    get port() {
      return 'socket' in bound ? 0 : bound.port;
    },
    connections: () => sockets.size,
    refuse: async () => {
      if (!server.listening) return;
      if (!('socket' in bound)) return stop();
      // Closing removes the file; a file without a listener is what a dead engine leaves behind.
      const aside = `${bound.socket}.aside`;
      renameSync(bound.socket, aside);
      await stop();
      renameSync(aside, bound.socket);
    },
    vanish: async () => {
      await stop();
      if ('socket' in bound) rmSync(bound.socket, { force: true });
    },
    accept: async () => {
      if (server.listening) return;
      if ('socket' in bound) rmSync(bound.socket, { force: true });
      bound = await listen(server, bound);
    },
    close: async () => {
      await stop();
      if ('socket' in bound) rmSync(bound.socket, { force: true });
    },
  };
}

async function listen(server: Server, on: ListenOn): Promise<ListenOn> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const listening = (): void => {
      server.off('error', reject);
      resolve();
    };
    if ('socket' in on) server.listen(on.socket, listening);
    else server.listen({ port: on.port, host: on.host ?? '127.0.0.1' }, listening);
  });
  if ('socket' in on) return on;
  // Safe: only a server on a pipe has another kind of address.
  const { port } = server.address() as AddressInfo;
  return { ...on, port };
}
