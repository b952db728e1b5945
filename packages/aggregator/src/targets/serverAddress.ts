import { isIP, isIPv4, isIPv6 } from 'node:net';

/** Where an agent is asked. */
export interface ServerAddress {
  readonly protocol: 'http:' | 'https:';
  /** A name in lower case or an IP address; IPv6 in its shortest form, without brackets. */
  readonly host: string;
  readonly port: number;
}

export const DEFAULT_AGENT_PORT = 5050;

const pattern =
  /^(?:(?<scheme>https?):\/\/)?(?:\[(?<bracketed>[^\]]*)\]|(?<name>[^:/?#@[\]\s]+))(?::(?<port>\d{1,5}))?\/?$/i;

// Underscores are no host name by the RFC, yet Docker and Compose make such names.
const hostNamePattern =
  /^(?=.{1,253}\.?$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/;

// Resolvers take 10.1, 0x7f.1 and 2130706433 as addresses: a typing error would ask a strange host.
const numericEndPattern = /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/;

/**
 * Reads `host`, `host:port`, `[ipv6]:port`, a bare IPv6 address, or any of them behind `http://` or
 * `https://`. Undefined if it is none of these: no path, no credentials, no zone.
 */
export function parseServerAddress(
  text: string,
  defaultPort = DEFAULT_AGENT_PORT,
): ServerAddress | undefined {
  if (isIPv6(text)) return ofIPv6(text, { protocol: 'http:', port: defaultPort });
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const protocol = groups.scheme?.toLowerCase() === 'https' ? 'https:' : 'http:';
  const port = groups.port === undefined ? defaultPort : Number(groups.port);
  if (port < 1 || port > 65_535) return undefined;
  if (groups.bracketed !== undefined) return ofIPv6(groups.bracketed, { protocol, port });
  const host = groups.name?.toLowerCase() ?? '';
  if (isIPv4(host)) return { protocol, host, port };
  if (!hostNamePattern.test(host) || numericEndPattern.test(host)) return undefined;
  return { protocol, host, port };
}

function ofIPv6(
  text: string,
  rest: Pick<ServerAddress, 'protocol' | 'port'>,
): ServerAddress | undefined {
  if (!isIPv6(text) || text.includes('%')) return undefined;
  // The URL parser gives every spelling of an address the same form.
  return { ...rest, host: new URL(`http://[${text}]`).hostname.slice(1, -1) };
}

/** `HOST:PORT` or `[IPV6]:PORT`: what identifies an agent’s place, whatever the protocol. */
export function formatPlace({ host, port }: Pick<ServerAddress, 'host' | 'port'>): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The origin to send requests to, such as `http://10.0.0.7:5050`. */
export function originOf(address: ServerAddress): string {
  return `${address.protocol}//${formatPlace(address)}`;
}

/** The shortest spelling that is read as the same address. */
export function formatServerAddress(address: ServerAddress): string {
  return address.protocol === 'https:' ? originOf(address) : formatPlace(address);
}
