import { Buffer } from 'node:buffer';
import { type IncomingHttpHeaders, request } from 'node:http';

/** What came back, all of it. */
export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface AskOptions {
  method?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * One plain HTTP request on a connection of its own, to a unix socket (an address with a slash in
 * it) or to HOST:PORT. Follows nothing, inflates nothing. Rejects if the answer is not complete.
 */
export function ask(address: string, path: string, options: AskOptions = {}): Promise<Reply> {
  const where = address.includes('/') ? { socketPath: address } : hostAndPort(address);
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...where, path, agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function hostAndPort(address: string): { host: string; port: number } {
  const { hostname, port } = new URL(`http://${address}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}
