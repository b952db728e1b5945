import { type Problem, problem, systemCode } from './errors.ts';
import { formatHostPort, type HostPort } from './hostPort.ts';

/** Why listening failed, from the error of `net.Server.listen`. `platform` is `process.platform`. */
export function listenProblem(error: unknown, address: HostPort, platform: string): Problem {
  const code = systemCode(error) ?? 'unknown error';
  const where = formatHostPort(address);
  const key = 'listen';
  switch (code) {
    case 'EADDRINUSE':
      // AirPlay Receiver holds both ports since macOS 12.
      if (platform === 'darwin' && (address.port === 5000 || address.port === 7000)) {
        return problem('port-in-use', `Port ${address.port} is held by macOS’s AirPlay Receiver.`, {
          key,
          fix: 'Switch it off in System Settings, General, AirDrop & Handoff, or choose another port with --listen HOST:PORT.',
        });
      }
      return problem('port-in-use', `Another process listens on ${where}.`, { key });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return problem('listen-address-unavailable', `${where} is no address of this machine.`, {
        key,
      });
    case 'EACCES':
    case 'EPERM':
      return problem('listen-not-permitted', `Listening on ${where} is not permitted.`, { key });
    default:
      return problem('listen-failed', `Listening on ${where} failed (${code}).`, { key });
  }
}
