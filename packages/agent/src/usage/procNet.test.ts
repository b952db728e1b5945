import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { networkOf, parseNetDev } from './procNet.ts';

const headings = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
const parsed = (lines: string) => parseNetDev(Buffer.from(`${headings}${lines}\0`));
const line = (name: string, receive = 1, transmit = 2) =>
  `${name.padStart(6)}: ${receive} 11 12 13 14 15 16 17 ${transmit} 21 22 23 24 25 26 27\n`;

test('every column of an interface goes to its place', () => {
  expect(parsed(line('eth0', 10, 20))).toEqual([
    {
      name: 'eth0',
      receiveBytes: 10,
      receivePackets: 11,
      receiveErrors: 12,
      receiveDropped: 13,
      transmitBytes: 20,
      transmitPackets: 21,
      transmitErrors: 22,
      transmitDropped: 23,
    },
  ]);
});

test('old kernels put no space behind the name', () => {
  const [one] = parsed('  eth0:12345 1 0 0 0 0 0 0 67890 2 0 0 0 0 0 0\n');
  expect([one?.receiveBytes, one?.transmitBytes]).toEqual([12345, 67890]);
});

test('loopback and the kernel’s own tunnels are no interfaces of a container', () => {
  expect(parsed(line('lo') + line('tunl0') + line('sit0') + line('ip6tnl0'))).toEqual([]);
});

test.each([
  ['those an engine makes, where there are any', ['eth0', 'eth1', 'tun0', 'docker0'], 2],
  ['all, where the engine calls them otherwise', ['tap0', 'wan'], 2],
  ['nothing, where there are none', [], 0],
])('the network is the sum of %s', (_, names, count) => {
  const network = networkOf(parsed(names.map((name) => line(name, 100, 1)).join('')));
  expect(network).toEqual(
    count === 0 ? undefined : { receiveBytes: 100 * count, transmitBytes: count },
  );
});

test('any bytes come to an end, and no counter is negative', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const one of parseNetDev(new Uint8Array([...bytes, 0]))) {
        expect(one.receiveBytes < 0 || one.transmitBytes < 0).toBe(false);
      }
    }),
  );
});
