import { type Problem, problem } from '@docker-data-exporter/shared/errors';
import type { EngineEndpoint } from './engineEndpoint.ts';
import { codeOf, groupOf } from './localFiles.ts';
import { objectOf, textOf } from './shape.ts';

/** Codes of the HTTP parser and of connections that ended in the middle of something. */
const GARBLED = /^(HPE_|ERR_HTTP|ERR_STREAM)/;

/** `unix:///run/docker.sock` or `https://10.0.0.7:2376`. */
export function nameOf(endpoint: EngineEndpoint): string {
  if (endpoint.kind === 'unix') return `unix://${endpoint.socketPath}`;
  const { protocol, host, port, basePath } = endpoint;
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}${basePath}`;
}

/** What a failed connection means, and what the user has to do about it. */
export async function connectionProblem(
  error: unknown,
  endpoint: EngineEndpoint,
): Promise<Problem> {
  const code = codeOf(error);
  const name = nameOf(endpoint);
  if (GARBLED.test(code)) {
    return problem('engine-bad-answer', `${name} does not speak HTTP as an engine does (${code}).`);
  }
  if (endpoint.kind === 'unix') {
    const { socketPath } = endpoint;
    if (code === 'ENOENT') {
      return problem('socket-missing', `${socketPath} does not exist (${endpoint.namedBy}).`);
    }
    if (code === 'EACCES' || code === 'EPERM') return await permissionProblem(socketPath);
    if (code === 'ENOTSOCK' || code === 'EISDIR') {
      return problem('socket-missing', `${socketPath} exists, but is no socket.`, {
        fix: 'A container engine makes such a folder when what is mounted does not exist: start Docker first, remove the folder, mount again.',
      });
    }
  }
  const reason = code === '' ? messageOf(error) : code;
  return problem('engine-unreachable', `No engine answers at ${name} (${reason}).`);
}

async function permissionProblem(socketPath: string): Promise<Problem> {
  const message = `The agent’s user may not open ${socketPath}`;
  const group = await groupOf(socketPath);
  if (group === undefined) return problem('socket-permission', `${message}.`);
  const { gid, name } = group;
  return problem(
    'socket-permission',
    `${message}; it belongs to the group ${name ?? 'without a name'} (gid ${gid}).`,
    {
      fix: `Add the user to that group (usermod -aG ${name ?? gid} USER) and restart the agent; in a container: --group-add ${gid}.`,
    },
  );
}

/** An answer with a status other than 200. `body` is what came with it. */
export function statusProblem(status: number, path: string, body: string): Problem {
  if (status >= 300 && status < 400) {
    return problem('engine-http-status', `GET ${path} was answered ${status}, a redirect.`, {
      fix: 'Name the engine itself; redirects are never followed.',
    });
  }
  return problem(
    'engine-http-status',
    `GET ${path} was answered ${status}: ${oneLine(messageIn(body))}.`,
  );
}

function messageIn(body: string): string {
  try {
    return textOf(objectOf(JSON.parse(body))?.message) ?? body;
  } catch {
    return body;
  }
}

/** Whatever an engine says ends up in logs and JSON: one line, and not too long a one. */
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().slice(0, 200).replace(/\.$/, '');
  return line === '' ? 'no reason given' : line;
}

function messageOf(error: unknown): string {
  return oneLine(textOf(objectOf(error)?.message) ?? '');
}
