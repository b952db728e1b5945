/** The endpoints of the Docker Engine the fake knows; anything else is answered 404. */
export const engineEndpoints = [
  'ping',
  'version',
  'info',
  'containers',
  'inspect',
  'stats',
  'images',
  'df',
  'events',
] as const;

export type EngineEndpoint = (typeof engineEndpoints)[number];

export interface EngineRoute {
  /** Absent for paths the fake does not know. */
  endpoint?: EngineEndpoint;
  /** Id, start of an id, or name, as it stands in the path. */
  container?: string;
  /** Of the path’s prefix, such as 1.41. */
  apiVersion?: string;
  query: URLSearchParams;
}

const fixed = new Map<string, EngineEndpoint>([
  ['/_ping', 'ping'],
  ['/version', 'version'],
  ['/info', 'info'],
  ['/containers/json', 'containers'],
  ['/images/json', 'images'],
  ['/system/df', 'df'],
  ['/events', 'events'],
]);

/** Which endpoint a request means. Only GET (and HEAD of `/_ping`) mean any. */
export function engineRoute(method: string, url: string): EngineRoute {
  const { pathname, searchParams: query } = new URL(url, 'http://engine');
  const [, apiVersion, path] = /^(?:\/v(\d+\.\d+))?(\/.*)$/.exec(pathname) ?? [];
  const known = path === undefined ? undefined : knownPath(path);
  const allowed = method === 'GET' || (method === 'HEAD' && known?.endpoint === 'ping');
  return { ...(apiVersion !== undefined && { apiVersion }), ...(allowed && known), query };
}

function knownPath(path: string): Pick<EngineRoute, 'endpoint' | 'container'> | undefined {
  const endpoint = fixed.get(path);
  if (endpoint !== undefined) return { endpoint };
  const [, name, leaf] = /^\/containers\/([^/]+)\/(json|stats)$/.exec(path) ?? [];
  if (name === undefined) return undefined;
  return { endpoint: leaf === 'json' ? 'inspect' : 'stats', container: decode(name) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
