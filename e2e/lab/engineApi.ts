import { Buffer } from 'node:buffer';
import { request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * One plain HTTP request to an engine's unix socket, without a pinned API version. Any status is an
 * answer; throws if there is none within `deadlineSeconds`.
 */
export async function askSocket(
  socket: string,
  path: string,
  { method = 'GET', deadlineSeconds = 15 } = {},
): Promise<RawAnswer> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath: socket,
        path,
        method,
        agent: false,
        signal: AbortSignal.timeout(deadlineSeconds * 1000),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}
