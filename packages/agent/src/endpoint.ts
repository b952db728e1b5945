import { problem } from '@docker-data-exporter/shared/errors';
import { contextEndpoint, currentContext } from './dockerContext.ts';
import { addressEndpoint } from './engineAddress.ts';
import type { Discovery, Surroundings } from './engineEndpoint.ts';
import { usualSockets } from './usualSockets.ts';

/**
 * Finds the engine as the `docker` CLI does: an explicit address, `DOCKER_HOST`, `DOCKER_CONTEXT`,
 * the current context, and where none of these says anything, the first usual socket the agent may
 * open (Docker, rootless Docker, Docker Desktop, Colima and their like, Podman).
 *
 * Never throws. Sockets appear and vanish, so it is called again for as long as no engine answers.
 */
export async function discoverEndpoint(around: Surroundings): Promise<Discovery> {
  const { dockerHost, env } = around;
  try {
    if (dockerHost !== undefined) {
      return await addressEndpoint(dockerHost, around, 'setting dockerHost');
    }
    if (isSet(env.DOCKER_HOST)) {
      return await addressEndpoint(env.DOCKER_HOST, around, 'variable DOCKER_HOST');
    }
    const context = await currentContext(around);
    if (context !== undefined) return await contextEndpoint(context, around);
    return await usualEndpoint(around);
  } catch (error) {
    return {
      ok: false,
      problem: problem(
        'docker-host-unusable',
        `Looking for the engine failed: ${error instanceof Error ? error.message : String(error)}.`,
      ),
    };
  }
}

async function usualEndpoint(around: Surroundings): Promise<Discovery> {
  const paths = usualSockets(around);
  const found = await Promise.all(
    paths.map(async (socketPath) => ({ socketPath, facts: await around.files.look(socketPath) })),
  );
  // A socket that may not be opened still beats none: connecting to it tells what is needed.
  const best =
    found.find(({ facts }) => facts === 'socket') ?? found.find(({ facts }) => facts === 'denied');
  if (best !== undefined) {
    const { socketPath } = best;
    return { ok: true, endpoint: { kind: 'unix', socketPath, namedBy: 'usual place' } };
  }
  const tried = found
    .map(({ socketPath, facts }) =>
      facts === 'not-a-socket' ? `${socketPath} (exists, but is no socket)` : socketPath,
    )
    .join(', ');
  return {
    ok: false,
    problem: problem('socket-missing', `No engine’s socket was found; tried ${tried}.`),
  };
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
