/**
 * What no aggregator can go below, as a server of its own: `aggregatorFloor.ts PORT FIRST_PORT SERVERS`.
 * `GET /?bytes=N` fetches all agents, parses their JSON and answers a body of that size made before.
 */
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import { Pool } from 'undici';

const [port = 0, firstPort = 0, servers = 0] = process.argv.slice(2).map(Number);
const pools = Array.from(
  { length: servers },
  (_, server) => new Pool(`http://127.0.0.1:${firstPort + server}`, { connections: 1 }),
);
let page = Buffer.alloc(0);

createServer((request, response) => {
  const bytes = Number(new URL(request.url ?? '/', 'http://floor').searchParams.get('bytes'));
  if (page.length !== bytes) page = Buffer.alloc(bytes, 'a line of a page\n');
  const fetched = pools.map(async (pool) => {
    const { body } = await pool.request({ method: 'GET', path: '/snapshot' });
    return JSON.parse(Buffer.from(await body.arrayBuffer()).toString()) as unknown;
  });
  void Promise.all(fetched).then((snapshots) => {
    response.setHeader('x-snapshots', snapshots.length);
    response.end(page);
  });
}).listen(port, '127.0.0.1');
