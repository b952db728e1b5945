import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createChangeLog } from '@docker-data-exporter/shared/changeLog';
import type { Problem } from '@docker-data-exporter/shared/errors';
import { silentLog } from '@docker-data-exporter/shared/log';
import { openStateDir, type StateDir } from '@docker-data-exporter/shared/stateDir';
import { temporaryDirectory } from '@docker-data-exporter/testkit/temporaryDirectory';
import fc from 'fast-check';
import type { FetchResult } from './fetchSnapshot.ts';
import { openKnownServers } from './knownServers.ts';
import {
  formatKnownServers,
  type Memory,
  outcomes,
  parseKnownServers,
} from './knownServersFile.ts';
import { exampleSnapshot } from './testing/exampleSnapshot.ts';
import { handClock } from './testing/handClock.ts';

const FILE = 'known-servers.json';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => (directory = temporaryDirectory()));
afterEach(() => directory.remove());

const up = (hostname: string): FetchResult => ({
  ok: true,
  snapshot: exampleSnapshot(hostname),
  droppedContainers: 0,
  seconds: 0.1,
  dialect: 'snapshot',
});
const down: FetchResult = { ok: false, reason: 'refused', detail: 'x', seconds: 0.1 };

async function open(changes: Partial<{ stateDir: StateDir; problems: Problem[] }> = {}) {
  const clock = handClock();
  const log = silentLog();
  const { problems } = changes;
  const stateDir = changes.stateDir ?? (await openStateDir(directory.path)).stateDir;
  const known = await openKnownServers({
    stateDir,
    clock,
    changes: createChangeLog({ ...log, problem: (found) => problems?.push(found) }),
  });
  return { known, clock };
}

const fileText = () => readFileSync(join(directory.path, FILE), 'utf8');

describe('what was learnt about a server', () => {
  test('is there after a restart', async () => {
    const before = await open();
    before.known.learn('a:1', up('web'));
    before.known.learn('b:1', down);
    await before.known.close();
    const after = await open();
    expect(after.known.get('a:1')).toEqual({
      hostname: 'web',
      agentId: 'id-of-web',
      lastSeenAt: '2026-01-02T03:04:05.000Z',
      outcome: 'up',
    });
    expect(after.known.get('b:1')).toEqual({ outcome: 'refused' });
  });

  test('stays while it is down, with the reason', async () => {
    const { known } = await open();
    known.learn('a:1', up('web'));
    known.learn('a:1', down);
    expect(known.get('a:1')).toMatchObject({
      hostname: 'web',
      lastSeenAt: '2026-01-02T03:04:05.000Z',
      outcome: 'refused',
    });
  });

  test('is forgotten when it leaves the list', async () => {
    const { known } = await open();
    known.learn('a:1', up('web'));
    known.learn('b:1', up('db'));
    known.retain(['b:1']);
    await known.close();
    expect(known.get('a:1')).toBeUndefined();
    expect([...(parseKnownServers(fileText())?.keys() ?? [])]).toEqual(['b:1']);
  });
});

describe('the file', () => {
  test('is written at once when a server was told apart anew, else once a minute at most', async () => {
    const { known, clock } = await open();
    const written: boolean[] = [];
    const scrape = async (hostname: string) => {
      rmSync(join(directory.path, FILE), { force: true });
      known.learn('a:1', up(hostname));
      await known.save();
      written.push(readdirSync(directory.path).includes(FILE));
    };
    await scrape('web');
    await scrape('web');
    clock.forward(59_999);
    await scrape('web');
    clock.forward(1);
    await scrape('web');
    await scrape('other');
    expect(written).toEqual([true, false, false, true, true]);
  });

  test('is written at the stop, if there is anything new', async () => {
    const { known } = await open();
    known.learn('a:1', up('web'));
    await known.save();
    const before = fileText();
    known.learn('a:1', down);
    await known.close();
    expect(fileText()).not.toBe(before);
    rmSync(join(directory.path, FILE));
    await known.close();
    expect(readdirSync(directory.path)).not.toContain(FILE);
  });

  test('is set aside with a warning if it makes no sense', async () => {
    writeFileSync(join(directory.path, FILE), '{"version":1,"serv');
    const problems: Problem[] = [];
    const { known } = await open({ problems });
    expect(problems.map(({ code }) => code)).toEqual(['state-file-corrupt']);
    expect(readdirSync(directory.path)).toContain(`${FILE}.corrupt`);
    known.learn('a:1', up('web'));
    await known.save();
    expect(parseKnownServers(fileText())?.get('a:1')).toMatchObject({ hostname: 'web' });
  });

  test('that cannot be written is warned of once, tried again, and told when it is well', async () => {
    const { stateDir } = await openStateDir(directory.path);
    const { path } = directory;
    const problems: Problem[] = [];
    const { known, clock } = await open({ stateDir, problems });
    rmSync(path, { recursive: true });
    writeFileSync(path, 'a file where the directory was');
    for (let minute = 0; minute < 3; minute++) {
      known.learn('a:1', up(`web${minute}`));
      await known.save();
      clock.forward(60_000);
    }
    expect(problems.map(({ code }) => code)).toEqual(['state-dir-unwritable']);
    rmSync(path);
    await known.save();
    expect(parseKnownServers(fileText())?.get('a:1')).toMatchObject({ hostname: 'web2' });
  });

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '{"version":2,"servers":[]}',
    '{"version":1,"servers":{}}',
    '{"version":1,"servers":[null]}',
    '{"version":1,"servers":[{}]}',
    '{"version":1,"servers":[{"address":7}]}',
    '{"version":1,"servers":[{"address":"a:1","hostname":7}]}',
    '{"version":1,"servers":[{"address":"a:1","lastSeenAt":"yesterday"}]}',
    '{"version":1,"servers":[{"address":"a:1","outcome":"fine"}]}',
  ])('is not %j', (text) => {
    expect(parseKnownServers(text)).toBeUndefined();
  });

  test('holds what was put into it', () => {
    const memory: fc.Arbitrary<Memory> = fc.record(
      {
        hostname: fc.string({ unit: 'binary' }),
        agentId: fc.string(),
        lastSeenAt: fc
          .date({ noInvalidDate: true, min: new Date(0) })
          .map((at) => at.toISOString()),
        outcome: fc.constantFrom(...outcomes),
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    const address = fc.oneof(fc.constantFrom('__proto__', 'constructor'), fc.string());
    const memories = fc.array(fc.tuple(address, memory)).map((entries) => new Map(entries));
    fc.assert(
      fc.property(memories, (map) => {
        expect(parseKnownServers(formatKnownServers(map))).toEqual(map);
      }),
    );
  });
});
