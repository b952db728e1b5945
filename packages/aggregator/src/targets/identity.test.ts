import fc from 'fast-check';
import { cleanHostname, identify, type Known } from './identity.ts';

const names = (known: readonly Known[]) => identify(known).map(({ hostname }) => hostname);

describe('a server is called by', () => {
  test.each<[string, Known, string]>([
    ['its configured name', { address: 'a:1', name: 'web', hostname: 'host', agentId: 'x' }, 'web'],
    ['the host name its agent reported', { address: 'a:1', hostname: 'host' }, 'host'],
    ['its address before it ever answered', { address: 'a:1' }, 'a:1'],
    ['its address if the host name is empty', { address: 'a:1', hostname: ' \n' }, 'a:1'],
  ])('%s', (_, known, expected) => {
    expect(names([known])).toEqual([expected]);
  });
});

describe('two servers that would have one name', () => {
  test('are told apart by the address of the later one', () => {
    const servers = identify([
      { address: 'a:1', hostname: 'web', agentId: 'x' },
      { address: 'b:1', hostname: 'web', agentId: 'y' },
    ]);
    expect(servers.map(({ hostname, conflict }) => [hostname, conflict])).toEqual([
      ['web', undefined],
      ['web@b:1', { wanted: 'web', heldBy: 'a:1' }],
    ]);
  });

  test('are told apart if one has it by configuration and one by report', () => {
    expect(
      names([
        { address: 'a:1', hostname: 'web' },
        { address: 'b:1', name: 'web' },
      ]),
    ).toEqual(['web', 'web@b:1']);
  });

  test('are told apart without an agent id, as the earlier project’s agents have none', () => {
    expect(
      names([
        { address: 'a:80', hostname: 'web', agentId: '' },
        { address: 'b:80', hostname: 'web', agentId: '' },
      ]),
    ).toEqual(['web', 'web@b:80']);
  });

  test('never take the name of a third one that looks like theirs', () => {
    expect(
      names([
        { address: 'a:1', hostname: 'web' },
        { address: 'b:1', hostname: 'web' },
        { address: 'c:1', name: 'web@b:1' },
      ]),
    ).toEqual(['web', 'web@b:1#2', 'web@b:1']);
  });

  test('are told apart after the characters that a label cannot hold are gone', () => {
    expect(
      names([
        { address: 'a:1', hostname: 'web' },
        { address: 'b:1', hostname: 'w\u0000eb' },
        { address: 'c:1', hostname: 'x\ud800' },
        { address: 'd:1', hostname: 'x\ufffd' },
      ]),
    ).toEqual(['web', 'web@b:1', 'x\ufffd', 'x\ufffd@d:1']);
  });
});

describe('one agent under two addresses', () => {
  const twice: Known[] = [
    { address: 'a:1', hostname: 'web', agentId: 'x' },
    { address: 'b:1', hostname: 'db', agentId: 'y' },
    { address: 'c:1', hostname: 'web', agentId: 'x' },
  ];

  test('is one server, at the place of the first', () => {
    const servers = identify(twice);
    expect(servers.map(({ hostname }) => hostname)).toEqual(['web', 'db']);
    expect(servers[0]?.members.map(({ address }) => address)).toEqual(['a:1', 'c:1']);
    expect(servers[0]?.conflict).toBeUndefined();
  });

  test('is two servers once another agent answers there', () => {
    expect(names([twice[0]!, { address: 'c:1', hostname: 'web', agentId: 'z' }])).toHaveLength(2);
  });

  test('is two servers if the machine was cloned and then renamed', () => {
    expect(names([twice[0]!, { address: 'c:1', hostname: 'web2', agentId: 'x' }])).toEqual([
      'web',
      'web2',
    ]);
  });
});

describe('whatever is known', () => {
  // Few values, so that they clash.
  const text = fc.oneof(
    fc.constantFrom('web', 'db', 'a:1', 'web@a:2', 'web@a:2#2', 'w\u0000eb', ''),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  const known = fc
    .array(
      fc.record(
        {
          name: text.filter((name) => cleanHostname(name) === name),
          hostname: text,
          agentId: text,
        },
        { requiredKeys: [] },
      ),
      { maxLength: 12 },
    )
    .map((list) => list.map((one, index): Known => ({ ...one, address: `a:${index + 1}` })));

  test('names are unique, and stay so as labels', () => {
    fc.assert(
      fc.property(known, (list) => {
        const found = names(list);
        expect(new Set(found).size).toBe(found.length);
        expect(found.map(cleanHostname)).toEqual(found);
      }),
    );
  });

  test('every target leads to exactly one server, and the order is kept', () => {
    fc.assert(
      fc.property(known, (list) => {
        const members = identify(list).map((one) => one.members.map(({ address }) => address));
        expect(members.flat().toSorted()).toEqual(list.map(({ address }) => address).toSorted());
        const firsts = members.map(([first]) => list.findIndex(({ address }) => address === first));
        expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
      }),
    );
  });

  test('a server that is alone with its name has it, wherever the others stand', () => {
    fc.assert(
      fc.property(known, fc.nat(12), (list, at) => {
        const own: Known = { address: 'own:1', hostname: 'a name nobody else has', agentId: 'own' };
        const mixed = [...list.slice(0, at), own, ...list.slice(at)];
        expect(names(mixed)).toContain('a name nobody else has');
      }),
    );
  });

  test('an agent that answers for the first time renames nobody who stands before it', () => {
    fc.assert(
      fc.property(known, text, (list, hostname) => {
        const before = names([...list, { address: 'late:1' }]);
        const after = names([...list, { address: 'late:1', hostname, agentId: 'late' }]);
        const withoutNumber = (name: string) => name.replace(/#\d+$/, '');
        // A made-up name may have to give way to one that is reported later; nothing else may.
        expect(after.slice(0, -1).map(withoutNumber)).toEqual(
          before.slice(0, -1).map(withoutNumber),
        );
      }),
    );
  });
});
