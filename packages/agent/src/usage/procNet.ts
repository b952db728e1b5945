import type { InterfaceReading, NetworkReading } from './usageReading.ts';
import { byteAt, type Cursor, skipLine, takeNumber } from './kernelText.ts';

const SPACE = 32;
const COLON = 58;

/**
 * Of no container's making, and not Docker's: loopback, and the tunnels that exist in every network
 * namespace once their kernel module is loaded.
 */
const KERNEL_OWN: ReadonlySet<string> = new Set([
  ...['lo', 'tunl0', 'gre0', 'gretap0', 'erspan0', 'ip_vti0', 'ip6_vti0', 'sit0', 'ip6tnl0'],
  ...['ip6gre0'],
]);

/** What engines call the interfaces they make. */
const ENGINE_MADE = /^eth\d+$/;

/** Reads `/proc/PID/net/dev`: two lines of headings, then a line for each interface. */
export function parseNetDev(bytes: Uint8Array): InterfaceReading[] {
  const interfaces: InterfaceReading[] = [];
  const cursor: Cursor = { bytes, at: 0 };
  skipLine(cursor);
  skipLine(cursor);
  while (byteAt(cursor) !== 0) {
    const name = takeName(cursor);
    if (name !== undefined && !KERNEL_OWN.has(name)) interfaces.push(takeCounters(name, cursor));
    skipLine(cursor);
  }
  return interfaces;
}

function takeName(cursor: Cursor): string | undefined {
  while (byteAt(cursor) === SPACE) cursor.at += 1;
  let name = '';
  for (let byte = byteAt(cursor); byte !== COLON; byte = byteAt(cursor)) {
    if (byte <= SPACE) return undefined;
    name += String.fromCharCode(byte);
    cursor.at += 1;
  }
  cursor.at += 1;
  return name;
}

/** Columns: bytes packets errs drop fifo frame compressed multicast, then the same for sending. */
function takeCounters(name: string, cursor: Cursor): InterfaceReading {
  const receiveBytes = takeNumber(cursor);
  const receivePackets = takeNumber(cursor);
  const receiveErrors = takeNumber(cursor);
  const receiveDropped = takeNumber(cursor);
  for (let column = 0; column < 4; column += 1) takeNumber(cursor);
  const transmitBytes = takeNumber(cursor);
  const transmitPackets = takeNumber(cursor);
  const transmitErrors = takeNumber(cursor);
  const transmitDropped = takeNumber(cursor);
  // One plain literal: spreading costs as much here as all the rest of the line.
  return {
    name,
    receiveBytes,
    receivePackets,
    receiveErrors,
    receiveDropped,
    transmitBytes,
    transmitPackets,
    transmitErrors,
    transmitDropped,
  };
}

/**
 * The sum as `docker stats` gives it, over the interfaces the engine made. What a container makes
 * itself (VPN tunnels, bridges) carries the same bytes once more. Where no name is an engine's
 * usual one, all are taken to be its. Undefined if there is none.
 */
export function networkOf(interfaces: readonly InterfaceReading[]): NetworkReading | undefined {
  if (interfaces.length === 0) return undefined;
  const usual = interfaces.filter(({ name }) => ENGINE_MADE.test(name));
  const counted = usual.length > 0 ? usual : interfaces;
  let receiveBytes = 0;
  let transmitBytes = 0;
  for (const one of counted) {
    receiveBytes += one.receiveBytes;
    transmitBytes += one.transmitBytes;
  }
  return { receiveBytes, transmitBytes };
}
