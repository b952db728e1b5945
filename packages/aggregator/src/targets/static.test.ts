import { parseServerAddress } from './serverAddress.ts';
import type { ServerEntry } from './serverEntry.ts';
import { staticTargets } from './static.ts';

const entry = (text: string, rest: Partial<ServerEntry> = {}): ServerEntry => ({
  address: parseServerAddress(text)!,
  labels: {},
  firstDialect: 'snapshot',
  place: { key: 'servers', path: 'servers[0]' },
  ...rest,
});

describe('the targets of the configuration', () => {
  test('are in its order', () => {
    const { targets, warnings } = staticTargets([entry('b'), entry('a'), entry('c:1')]);
    expect(targets.map(({ address }) => address)).toEqual(['b:5050', 'a:5050', 'c:1']);
    expect(warnings).toEqual([]);
  });

  test('are one where two entries have one address, with the first entry’s say', () => {
    const { targets } = staticTargets([
      entry('a', { labels: { env: 'prod' } }),
      entry('https://a', { name: 'web', labels: { env: 'test', rack: '1' }, tokenFile: '/token' }),
      entry('a', { firstDialect: 'get-data', name: 'other' }),
    ]);
    expect(targets).toEqual([
      {
        address: 'a:5050',
        endpoint: { protocol: 'http:', host: 'a', port: 5050 },
        name: 'web',
        labels: { env: 'prod', rack: '1' },
        tokenFile: '/token',
        firstDialect: 'snapshot',
      },
    ]);
  });

  test('name both places where an entry was merged', () => {
    const at = (path: string, line: number) => ({ place: { key: 'servers', path, line } });
    const { warnings } = staticTargets([
      entry('a', at('servers[0]', 3)),
      entry('a', at('servers[1]', 7)),
      entry('a', { place: { key: 'server', path: 'server a' } }),
    ]);
    expect(warnings).toEqual([
      {
        code: 'server-duplicate',
        message: 'servers[1] (line 7) is a:5050, as is servers[0] (line 3): it is scraped once.',
        key: 'servers',
        line: 7,
      },
      {
        code: 'server-duplicate',
        message: 'server a is a:5050, as is servers[0] (line 3): it is scraped once.',
        key: 'server',
      },
    ]);
  });
});
