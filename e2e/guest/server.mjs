// Runs inside the guest. The emulator forwards its two ports from this machine's loopback:
//   2375  the engine's unix socket, byte by byte
//   8080  POST /run             runs the body as a shell script, answers { stdout, stderr, code }
//         PUT  /file?path=PATH  writes the body into the file
import { execFile } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

createServer((socket) => {
  const engine = connect('/run/docker.sock');
  socket.pipe(engine).pipe(socket);
  socket.on('error', () => engine.destroy());
  engine.on('error', () => socket.destroy());
}).listen(2375);

const maxBuffer = 64 * 1024 * 1024;

/** @type {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => Promise<void>} */
async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://guest');
  const path = searchParams.get('path');
  if (request.method === 'POST' && pathname === '/run') {
    const child = execFile(
      '/bin/sh',
      ['-c', await text(request)],
      { maxBuffer },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? -1);
        response.end(JSON.stringify({ stdout, stderr, code }));
      },
    );
    child.stdin?.end();
  } else if (request.method === 'PUT' && pathname === '/file' && path !== null) {
    mkdirSync(dirname(path), { recursive: true });
    await pipeline(request, createWriteStream(path));
    response.end();
  } else {
    response.writeHead(404).end();
  }
}

createHttpServer((request, response) => {
  answer(request, response).catch((/** @type {unknown} */ error) =>
    response.writeHead(500).end(String(error)),
  );
}).listen(8080);
