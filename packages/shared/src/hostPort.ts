/** A host name or address (IPv6 without brackets, '' for every address) and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const pattern = /^(?:\[(?<ipv6>[0-9a-fA-F:.%\w]+)\]|(?<name>[^:[\]/@\s]*)):(?<port>\d{1,5})$/;

/** Reads `HOST:PORT`, `[IPV6]:PORT` or `:PORT`. Undefined if it is none of these. */
export function parseHostPort(text: string): HostPort | undefined {
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const port = Number(groups.port);
  if (port > 65_535) return undefined;
  return { host: groups.ipv6 ?? groups.name ?? '', port };
}

/** The spelling `parseHostPort` reads. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
