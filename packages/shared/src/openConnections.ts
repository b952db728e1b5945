import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Which connections of a server have a running reply; what a graceful stop needs to know. */
export interface OpenConnections {
  /** Closes idle connections now and busy ones after their reply. */
  readonly drain: () => void;
  /** Cuts all that is left. Answers how many had a running reply. */
  readonly cut: () => number;
}

/**
 * Node’s own closeIdleConnections leaves connections that never sent a request (browsers open such
 * ones in advance) and those that turn idle later; both would hold a stop until its deadline.
 */
export function trackConnections(server: Server): OpenConnections {
  const running = new Map<Socket, Set<ServerResponse>>();
  let draining = false;

  server.on('connection', (socket) => {
    running.set(socket, new Set());
    socket.once('close', () => running.delete(socket));
  });
  // Before the app, which may reply at once.
  server.prependListener('request', ({ socket }, response: ServerResponse) => {
    const replies = running.get(socket);
    if (replies === undefined) return;
    replies.add(response);
    if (draining) response.setHeader('Connection', 'close');
    response.once('close', () => {
      replies.delete(response);
      if (draining && replies.size === 0) socket.destroySoon();
    });
  });

  return {
    drain: () => {
      draining = true;
      for (const [socket, replies] of running) {
        if (replies.size === 0) socket.destroySoon();
        for (const reply of replies) {
          if (!reply.headersSent) reply.setHeader('Connection', 'close');
        }
      }
    },
    cut: () => {
      const busy = [...running.values()].filter((replies) => replies.size > 0).length;
      for (const socket of running.keys()) socket.destroy();
      return busy;
    },
  };
}
