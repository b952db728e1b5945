import { join } from 'node:path';
import { problem } from '@docker-data-exporter/shared/errors';
import type { Discovery, EndpointFiles, Surroundings, TlsMaterial } from './engineEndpoint.ts';

/** By scheme, where the address names none. */
const usualPorts = new Map([
  ['tcp/http', 2375],
  ['tcp/https', 2376],
  ['http/http', 80],
  ['https/https', 443],
]);

/** An address as `DOCKER_HOST` writes it, with TLS by the variables the `docker` CLI takes. */
export async function addressEndpoint(
  address: string,
  around: Surroundings,
  namedBy: string,
): Promise<Discovery> {
  return endpointOf({ address, namedBy, tls: await tlsFromVariables(around) });
}

/**
 * Reads `unix:///PATH`, `/PATH`, `tcp://HOST:PORT`, `http(s)://HOST:PORT` or `HOST:PORT`.
 * `tcp` and bare addresses are spoken to over TLS where there is TLS material.
 */
export function endpointOf(named: {
  readonly address: string;
  readonly namedBy: string;
  readonly tls: TlsMaterial | undefined;
}): Discovery {
  const { address, namedBy, tls } = named;
  if (address.startsWith('unix://') || address.startsWith('/')) {
    const socketPath = address.replace(/^unix:\/\//, '');
    return socketPath.startsWith('/')
      ? { ok: true, endpoint: { kind: 'unix', socketPath, namedBy } }
      : unusable(`“${address}” (${namedBy}) has no absolute path; write unix:///PATH.`);
  }
  if (address.startsWith('ssh://')) {
    return unusable(
      `“${hideUser(address)}” (${namedBy}) is reached over ssh, which the agent does not speak.`,
      'Run the agent on that host, or forward its socket: ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST.',
    );
  }
  const [, scheme = 'tcp', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/.exec(address) ?? [];
  const protocol = protocolOf(scheme, tls);
  // As tcp, because of http and https the parser forgets a port that is the usual one.
  const url = URL.canParse(`tcp://${rest}`) ? new URL(`tcp://${rest}`) : undefined;
  const port = url?.port === '' ? usualPorts.get(`${scheme}/${protocol}`) : Number(url?.port);
  if (url === undefined || protocol === undefined || port === undefined || url.hostname === '') {
    return unusable(
      `“${hideUser(address)}” (${namedBy}) is no address of an engine.`,
      'Write unix:///PATH, tcp://HOST:PORT, http://HOST:PORT or https://HOST:PORT.',
    );
  }
  return {
    ok: true,
    endpoint: {
      kind: 'tcp',
      protocol,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port,
      basePath: url.pathname.replace(/\/+$/, ''),
      ...(protocol === 'https' && tls !== undefined && { tls }),
      namedBy,
    },
  };
}

/** The PEM files of a folder, as `docker` lays them out. Undefined if there is none of them. */
export async function tlsFromFolder(
  folder: string,
  files: EndpointFiles,
  verify: boolean,
): Promise<TlsMaterial | undefined> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => files.readText(join(folder, name))),
  );
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    verify,
  };
}

/** TLS is on with `DOCKER_TLS_VERIFY` or `DOCKER_TLS`, verified only with the first, as in the CLI. */
async function tlsFromVariables(around: Surroundings): Promise<TlsMaterial | undefined> {
  const { env, files, homeDirectory } = around;
  const verify = (env.DOCKER_TLS_VERIFY ?? '') !== '';
  if (!verify && (env.DOCKER_TLS ?? '') === '') return undefined;
  const folder =
    firstSet(env.DOCKER_CERT_PATH, env.DOCKER_CONFIG) ?? join(homeDirectory, '.docker');
  return (await tlsFromFolder(folder, files, verify)) ?? { verify };
}

function firstSet(...values: readonly (string | undefined)[]): string | undefined {
  return values.find((value) => value !== undefined && value !== '');
}

function protocolOf(scheme: string, tls: TlsMaterial | undefined): 'http' | 'https' | undefined {
  if (scheme === 'http' || scheme === 'https') return scheme;
  if (scheme === 'tcp') return tls === undefined ? 'http' : 'https';
  return undefined;
}

/** Addresses end up in logs: a password in one must not. */
function hideUser(address: string): string {
  return address.replace(/[^/@]*@/, '');
}

function unusable(message: string, fix?: string): Discovery {
  return {
    ok: false,
    problem: problem('docker-host-unusable', message, fix === undefined ? {} : { fix }),
  };
}
