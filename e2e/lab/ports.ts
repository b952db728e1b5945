import { createServer } from 'node:net';

/** A loopback TCP port nobody listens on now. */
export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') {
          reject(new Error('the loopback server has no port'));
        } else {
          resolve(address.port);
        }
      });
    });
  });
}
