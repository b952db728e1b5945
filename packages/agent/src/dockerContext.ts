import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { problem } from '@docker-data-exporter/shared/errors';
import type { Discovery, Surroundings } from './engineEndpoint.ts';
import { endpointOf, tlsFromFolder } from './engineAddress.ts';
import { objectOf, textOf } from './shape.ts';

export interface NamedContext {
  readonly name: string;
  /** `variable DOCKER_CONTEXT`, or the file that names it. */
  readonly namedBy: string;
}

/** The docker context in use; undefined for the default one, which is no context at all. */
export async function currentContext(around: Surroundings): Promise<NamedContext | undefined> {
  const { DOCKER_CONTEXT } = around.env;
  if (DOCKER_CONTEXT !== undefined && DOCKER_CONTEXT !== '') {
    return chosen(DOCKER_CONTEXT, 'variable DOCKER_CONTEXT');
  }
  const file = join(configFolder(around), 'config.json');
  const text = await around.files.readText(file).catch(() => undefined);
  const name = text === undefined ? undefined : textOf(objectOf(parseJson(text))?.currentContext);
  return name === undefined ? undefined : chosen(name, file);
}

/** Reads a context from the CLI's store: `contexts/meta/SHA256/meta.json`, TLS files beside it. */
export async function contextEndpoint(
  { name, namedBy }: NamedContext,
  around: Surroundings,
): Promise<Discovery> {
  const store = join(configFolder(around), 'contexts');
  const id = createHash('sha256').update(name).digest('hex');
  const file = join(store, 'meta', id, 'meta.json');
  const text = await around.files.readText(file);
  const meta = text === undefined ? undefined : objectOf(parseJson(text));
  const docker = objectOf(objectOf(meta?.Endpoints)?.docker);
  const host = textOf(docker?.Host);
  if (host === undefined) {
    return {
      ok: false,
      problem: problem(
        'docker-host-unusable',
        `The docker context “${name}” (${namedBy}) has no docker endpoint in ${file}.`,
        { fix: 'Choose another one (docker context use NAME), or give --docker-host.' },
      ),
    };
  }
  const tlsFolder = join(store, 'tls', id, 'docker');
  const verify = docker?.SkipTLSVerify !== true;
  const tls = await tlsFromFolder(tlsFolder, around.files, verify);
  return endpointOf({
    address: host,
    namedBy: `docker context ${name}`,
    tls: tls ?? (verify ? undefined : { verify }),
  });
}

function chosen(name: string, namedBy: string): NamedContext | undefined {
  return name === 'default' ? undefined : { name, namedBy };
}

function configFolder({ env, homeDirectory }: Surroundings): string {
  const { DOCKER_CONFIG } = env;
  return DOCKER_CONFIG === undefined || DOCKER_CONFIG === ''
    ? join(homeDirectory, '.docker')
    : DOCKER_CONFIG;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
