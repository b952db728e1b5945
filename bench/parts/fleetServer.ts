/**
 * A fleet of agents in one process: `fleetServer.ts FIRST_PORT SERVERS CONTAINERS`. Bodies are made
 * beforehand, so that what serves them costs next to nothing.
 */
import { createServer } from 'node:http';
import { syntheticBody } from './syntheticSnapshot.ts';

const MOMENTS = [0, 1, 2];

const [firstPort = 0, servers = 0, containers = 0] = process.argv.slice(2).map(Number);
const listening = Array.from({ length: servers }, (_, server) => {
  const bodies = MOMENTS.map((moment) => syntheticBody(server, containers, moment));
  let asked = 0;
  const agent = createServer((_request, response) => {
    const body = bodies[asked++ % bodies.length];
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': body?.length,
    });
    response.end(body);
  });
  return new Promise<void>((resolve) => agent.listen(firstPort + server, '127.0.0.1', resolve));
});
await Promise.all(listening);
// The last to listen: whoever gets an answer here gets one from all.
createServer((_, response) => response.end('ready')).listen(firstPort + servers, '127.0.0.1');
