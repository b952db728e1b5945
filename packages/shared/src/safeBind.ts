import { BlockList, isIP } from 'node:net';
import { type HostPort, formatHostPort } from './hostPort.ts';
import { type Problem, problem } from './errors.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether only this machine can reach a service that listens there. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host === 'localhost' || host.endsWith('.localhost');
  // BlockList also recognises IPv4 addresses mapped into IPv6.
  return loopback.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

export interface BindSafety {
  readonly listen: HostPort;
  /** Whether callers have to show a token. */
  readonly hasToken: boolean;
  readonly insecure: boolean;
}

/**
 * The rule of safe binding: beyond loopback only with a token, or when `insecure` says so.
 * Answers the problem `bind-open` (an error), `bind-insecure` (a warning) or nothing.
 */
export function checkSafeBind({ listen, hasToken, insecure }: BindSafety): Problem | undefined {
  if (hasToken || isLoopback(listen.host)) return undefined;
  const address = formatHostPort(listen);
  return insecure
    ? problem('bind-insecure', `Anyone who can reach ${address} can read everything.`, {
        key: 'listen',
      })
    : problem('bind-open', `Listening on ${address} needs a token.`, { key: 'listen' });
}
