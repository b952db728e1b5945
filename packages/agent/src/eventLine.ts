import { objectOf, stringOf, textOf } from './shape.ts';

/** One line of the engine's event stream, as far as the agent looks at it. */
export interface EngineEvent {
  /** container, image, network, volume, daemon, node, service, … */
  readonly type: string;
  /** Without what stands behind a colon: `health_status: healthy` is health_status. */
  readonly action: string;
  /** Of the container, image, … */
  readonly id: string;
  readonly name?: string;
  /** Of a `rename`: without a slash. */
  readonly oldName?: string;
  /** Of a `die`. */
  readonly exitCode?: number;
  /** Of a `health_status`. */
  readonly health?: string;
}

/** Unix time in ns, all digits of it: more than a number holds. Undefined if the line has none. */
export function eventTimeNano(line: string): string | undefined {
  // In a text a quote has a backslash in front, so only a real key with a number fits.
  return /"timeNano":(\d{1,25})/.exec(line)?.[1];
}

/**
 * Whether a line is about a command run in a container: each health check makes three of them, and
 * they are not worth parsing. Docker sorts a container's labels by name, so none can look like this.
 */
export function isNoise(line: string): boolean {
  return line.includes('"Type":"container","Action":"exec_');
}

/** Undefined if the line is no event. Docker's form, and Podman's of the same endpoint. */
export function readEventLine(line: string): EngineEvent | undefined {
  let event: Readonly<Record<string, unknown>> | undefined;
  try {
    event = objectOf(JSON.parse(line));
  } catch {
    return undefined;
  }
  const type = textOf(event?.Type);
  const said = textOf(event?.Action) ?? textOf(event?.status);
  if (event === undefined || type === undefined || said === undefined) return undefined;
  const actor = objectOf(event.Actor);
  const attributes = objectOf(actor?.Attributes);
  const colon = said.indexOf(':');
  const action = colon === -1 ? said : said.slice(0, colon);
  const id = textOf(actor?.ID) ?? textOf(event.id) ?? '';
  const name = textOf(attributes?.name);
  const oldName = textOf(attributes?.oldName)?.replace(/^\//, '');
  const exitCode = exitCodeOf(attributes?.exitCode ?? attributes?.containerExitCode);
  const health = healthOf(colon === -1 ? attributes?.health_status : said.slice(colon + 1));
  return {
    type,
    action: PODMAN_WORDS.get(action) ?? action,
    id,
    ...(name !== undefined && { name }),
    ...(oldName !== undefined && { oldName }),
    ...(exitCode !== undefined && { exitCode }),
    ...(action === 'health_status' && health !== undefined && { health }),
  };
}

/** What Podman's own events are called where its Docker-compatible API does not translate them. */
const PODMAN_WORDS: ReadonlyMap<string, string> = new Map([
  ['died', 'die'],
  ['remove', 'destroy'],
]);

function exitCodeOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : (stringOf(value) ?? '');
  return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function healthOf(value: unknown): string | undefined {
  const text = stringOf(value)?.trim() ?? '';
  return /^[a-z]{1,32}$/.test(text) ? text : undefined;
}

/** What happens to a container and changes nothing that the list or `inspect` would tell. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...['exec', 'exec_create', 'exec_start', 'exec_die', 'exec_died', 'exec_detach'],
  ...['attach', 'detach', 'resize', 'top', 'kill', 'export', 'commit', 'copy', 'archive-path'],
  ...['extract-to-dir', 'mount', 'unmount', 'sync', 'prune'],
]);

/** Whether the container list may be another one now. Actions nobody knows yet count as well. */
export function changesContainers({ type, action }: EngineEvent): boolean {
  return type === 'container' && !HARMLESS.has(action);
}

const ENGINE_FACTS: ReadonlySet<string> = new Set(['image', 'node', 'service', 'daemon', 'swarm']);

/** Whether `info` may tell something else now. */
export function changesEngine({ type }: EngineEvent): boolean {
  return ENGINE_FACTS.has(type);
}
