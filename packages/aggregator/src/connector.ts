import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isNativeError } from 'node:util/types';
import type { buildConnector } from 'undici';
import type { DnsCache } from './dnsCache.ts';

export interface ConnectorParts {
  readonly dns: DnsCache;
  /** Name look-up, connecting and TLS handshake together must be done within this. */
  readonly connectTimeoutMs: () => number;
}

export interface Connector {
  /** What undici calls to get a socket. */
  readonly connect: buildConnector.connector;
  /** Ends all attempts that run; undici gets an error for each. */
  readonly giveUp: () => void;
}

/** Any error with a code; see downReason.ts. */
function codedError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

/**
 * Makes connections to one agent. In place of undici’s own connector, whose time-out comes up to a
 * second late, and which goes on with an attempt nobody waits for any more.
 */
export function createConnector({ dns, connectTimeoutMs }: ConnectorParts): Connector {
  const attempts = new Set<(error: Error) => void>();

  const connect: buildConnector.connector = ({ hostname, port, protocol }, callback) => {
    let phase = isIP(hostname) === 0 ? 'lookup' : 'connect';
    const lookup: LookupFunction = (name, _options, done) => {
      dns.resolve(name).then(
        (addresses) => {
          phase = 'connect';
          done(null, [...addresses]);
        },
        (error: unknown) => done(isNativeError(error) ? error : new Error(String(error)), []),
      );
    };
    const timeoutMs = connectTimeoutMs();
    const tcp = connectTcp({
      host: hostname,
      port: Number(port === '' ? defaultPorts.get(protocol) : port),
      lookup,
      noDelay: true,
      keepAlive: true,
      autoSelectFamily: true,
      // Node’s own 250 ms cut off whoever is further away than that.
      autoSelectFamilyAttemptTimeout: Math.max(10, Math.floor(timeoutMs / 2)),
    });
    const socket = protocol === 'https:' ? overTls(tcp, hostname) : tcp;

    const settle = (error: Error | null) => {
      if (!attempts.delete(fail)) return;
      clearTimeout(timer);
      if (error === null) callback(null, socket);
      else callback(error, null);
    };
    const fail = (error: Error) => {
      tcp.destroy();
      socket.destroy();
      settle(error);
    };
    const timer = setTimeout(
      () => fail(phase === 'lookup' ? codedError('EAI_AGAIN', 'lookup') : timedOut(phase)),
      timeoutMs,
    );
    attempts.add(fail);
    if (tcp !== socket) tcp.once('connect', () => (phase = 'handshake'));
    socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => settle(null));
    // Stays for the socket’s life: an error after the attempt is over has no other listener yet.
    const onError = (error: Error) => fail(phase === 'handshake' ? handshakeError(error) : error);
    socket.on('error', onError);
    if (tcp !== socket) tcp.on('error', onError);
  };

  return {
    connect,
    giveUp: () => {
      for (const fail of [...attempts]) fail(timedOut('connect'));
    },
  };
}

const defaultPorts = new Map([
  ['http:', 80],
  ['https:', 443],
]);

const timedOut = (phase: string) => codedError('ETIMEDOUT', phase);

/** Who hangs up in mid-handshake speaks no TLS, or not with us; it is no reset of an answer. */
function handshakeError(error: Error): Error {
  const isCut = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
  return isCut ? codedError('ERR_TLS_HANDSHAKE_CUT', 'handshake') : error;
}

function overTls(socket: Socket, hostname: string): Socket {
  return connectTls({
    socket,
    host: hostname,
    // An address is no server name (RFC 6066); the certificate is then checked against the host.
    servername: isIP(hostname) === 0 ? hostname : '',
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
  });
}
