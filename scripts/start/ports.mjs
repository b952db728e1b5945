import { createServer } from 'node:net';

const TRIED = 50;

/**
 * The wanted loopback port, or the next one that is free.
 *
 * @param {number} wanted
 * @param {ReadonlySet<number>} taken ports to leave alone
 */
export async function freePortFrom(wanted, taken) {
  for (let port = wanted; port < Math.min(wanted + TRIED, 65_536); port++) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`No port from ${wanted} to ${wanted + TRIED - 1} is free.`);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
