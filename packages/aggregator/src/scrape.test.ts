import { setImmediate } from 'node:timers/promises';
import type { FetchResult, FetchSnapshot } from './fetchSnapshot.ts';
import type { KnownServers } from './knownServers.ts';
import type { Memory } from './knownServersFile.ts';
import { createScraper, type FanOut } from './scrape.ts';
import type { Target } from './targets/target.ts';
import { exampleSnapshot } from './testing/exampleSnapshot.ts';
import { targetAt } from './testing/fetchBench.ts';
import { handClock } from './testing/handClock.ts';

/** Longer than any test: ends only what is told to end. */
const LONG_MS = 1_000_000;

function memoryOnly(): KnownServers {
  const memories = new Map<string, Memory>();
  return {
    get: (address) => memories.get(address),
    learn: (address, result) =>
      memories.set(
        address,
        result.ok
          ? {
              hostname: result.snapshot.host.hostname,
              agentId: result.snapshot.agent.id,
              outcome: 'up',
            }
          : { ...memories.get(address), outcome: result.reason },
      ),
    retain: (addresses) => {
      for (const one of memories.keys()) if (!addresses.includes(one)) memories.delete(one);
    },
    save: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

const up = (hostname: string, agentId = hostname): FetchResult => ({
  ok: true,
  snapshot: { ...exampleSnapshot(hostname), agent: { id: agentId, version: '1' } },
  droppedContainers: 1,
  seconds: 0.1,
  dialect: 'snapshot',
});
const down: FetchResult = { ok: false, reason: 'timeout', detail: 'x', seconds: 1 };

/** Agents by address, which answer when they are told to, or when the deadline comes. */
function agents() {
  const asked: string[] = [];
  const waiting: { address: string; answer: (result: FetchResult) => void }[] = [];
  const fetchSnapshot: FetchSnapshot = (target, { signal }) => {
    asked.push(target.address);
    return new Promise((resolve) => {
      waiting.push({ address: target.address, answer: resolve });
      signal.addEventListener('abort', () => resolve(down));
    });
  };
  return {
    asked,
    fetchSnapshot,
    answer: (address: string, hostname: string, agentId?: string) => {
      for (const one of waiting) if (one.address === address) one.answer(up(hostname, agentId));
    },
  };
}

function bench(...addresses: string[]) {
  let targets: readonly Target[] = addresses.map((address) => targetAt(address));
  const clock = handClock();
  const fleet = agents();
  const known = memoryOnly();
  const fanOuts: FanOut[] = [];
  const scraper = createScraper({
    targets: () => targets,
    limits: () => ({ concurrency: 1, maxBodyBytes: 1000 }),
    fetchSnapshot: fleet.fetchSnapshot,
    known,
    clock,
    onFanOut: (fanOut) => fanOuts.push(fanOut),
  });
  return {
    ...fleet,
    ...{ clock, known, fanOuts, scraper },
    retarget: (...next: string[]) => (targets = next.map((address) => targetAt(address))),
  };
}

const online = ({ servers }: FanOut) =>
  servers.map(({ view }) => [view.hostname, view.snapshot !== undefined]);

describe('a scrape', () => {
  test('asks all at once, whatever the concurrency of reading', async () => {
    const { asked, scraper, answer } = bench('a:1', 'b:1', 'c:1');
    const scrape = scraper.scrape(LONG_MS);
    await setImmediate();
    expect(asked).toEqual(['a:1', 'b:1', 'c:1']);
    for (const address of asked) answer(address, address);
    await scrape;
  });

  test('has every server once, in configuration order, whoever answers first or not at all', async () => {
    const { scraper, answer } = bench('a:1', 'b:1', 'c:1');
    const scrape = scraper.scrape(20);
    answer('c:1', 'host-c');
    answer('a:1', 'host-a');
    expect(online(await scrape)).toEqual([
      ['host-a', true],
      ['b:1', false],
      ['host-c', true],
    ]);
  });

  test('of no servers is empty', async () => {
    expect(await bench().scraper.scrape(LONG_MS)).toMatchObject({ servers: [] });
  });

  test('keeps the name of a server that went down', async () => {
    const { scraper, answer } = bench('a:1', 'b:1');
    const first = scraper.scrape(LONG_MS);
    answer('a:1', 'host-a');
    answer('b:1', 'host-b');
    await first;
    const second = scraper.scrape(20);
    answer('b:1', 'host-b');
    expect(online(await second)).toEqual([
      ['host-a', false],
      ['host-b', true],
    ]);
  });

  test('takes one agent at two addresses for one server, with the data of the one that answers', async () => {
    const { scraper, answer } = bench('a:1', 'b:1', 'c:1');
    const first = scraper.scrape(LONG_MS);
    answer('a:1', 'web');
    answer('b:1', 'db');
    answer('c:1', 'web');
    expect(online(await first)).toEqual([
      ['web', true],
      ['db', true],
    ]);
    const second = scraper.scrape(20);
    answer('c:1', 'web');
    const { servers } = await second;
    expect(servers.map(({ view }) => [view.hostname, view.address])).toEqual([
      ['web', 'c'],
      ['db', 'b'],
    ]);
    expect(servers[0]).toMatchObject({
      flags: ['listed_twice'],
      addresses: ['a:1', 'c:1'],
      view: { snapshot: {} },
    });
  });

  test('flags both servers that would have one name', async () => {
    const { scraper, answer } = bench('a:1', 'b:1', 'c:1');
    const scrape = scraper.scrape(LONG_MS);
    answer('a:1', 'web', 'one id');
    answer('b:1', 'db');
    answer('c:1', 'web', 'another id');
    expect((await scrape).servers.map(({ view, flags }) => [view.hostname, flags])).toEqual([
      ['web', ['hostname_conflict']],
      ['db', []],
      ['web@c:1', ['hostname_conflict']],
    ]);
  });

  test('tells its length and what was dropped', async () => {
    const { scraper, answer, clock, fanOuts } = bench('a:1', 'b:1');
    const scrape = scraper.scrape(LONG_MS);
    clock.forward(2500);
    answer('a:1', 'host-a');
    answer('b:1', 'host-b');
    expect(await scrape).toMatchObject({ seconds: 2.5, droppedContainers: 2 });
    expect(fanOuts).toHaveLength(1);
  });
});

describe('scrapes at the same time', () => {
  test('share one round if it ends in time for both', async () => {
    const { asked, scraper, answer, clock } = bench('a:1');
    const first = scraper.scrape(1000);
    clock.forward(500);
    const second = scraper.scrape(1000);
    const third = scraper.scrape(500);
    answer('a:1', 'host-a');
    expect(await second).toBe(await first);
    expect(await third).toBe(await first);
    expect(asked).toHaveLength(1);
  });

  test('do not share one that would end too late for the other', async () => {
    const { asked, scraper, answer } = bench('a:1');
    const first = scraper.scrape(LONG_MS);
    const second = scraper.scrape(LONG_MS - 1);
    expect(scraper.running()).toBe(2);
    answer('a:1', 'host-a');
    expect(await second).not.toBe(await first);
    expect(asked).toHaveLength(2);
  });

  test('do not share one that began before the list of servers changed', async () => {
    const { scraper, answer, retarget } = bench('a:1');
    const before = scraper.scrape(LONG_MS);
    retarget('a:1', 'b:1');
    const after = scraper.scrape(LONG_MS);
    answer('a:1', 'host-a');
    answer('b:1', 'host-b');
    expect((await before).servers).toHaveLength(1);
    expect((await after).servers).toHaveLength(2);
  });

  test('do not share one that is over', async () => {
    const { asked, scraper, answer } = bench('a:1');
    const first = scraper.scrape(LONG_MS);
    answer('a:1', 'host-a');
    await first;
    expect(scraper.running()).toBe(0);
    const second = scraper.scrape(LONG_MS);
    answer('a:1', 'host-a');
    await second;
    expect(asked).toHaveLength(2);
  });
});

test('a server that left the list in mid-scrape is not remembered', async () => {
  const { scraper, answer, retarget, known } = bench('a:1', 'b:1');
  const scrape = scraper.scrape(LONG_MS);
  retarget('b:1');
  answer('a:1', 'host-a');
  answer('b:1', 'host-b');
  await scrape;
  expect(known.get('a:1')).toBeUndefined();
  expect(known.get('b:1')).toBeDefined();
});

test('recent answers are used until they are too old', async () => {
  const { asked, scraper, answer, clock } = bench('a:1');
  const first = scraper.recent(10_000, LONG_MS);
  await setImmediate();
  answer('a:1', 'host-a');
  await first;
  clock.forward(10_000);
  expect(await scraper.recent(10_000, LONG_MS)).toBe(await first);
  clock.forward(1);
  const second = scraper.recent(10_000, LONG_MS);
  await setImmediate();
  answer('a:1', 'host-a');
  expect(await second).not.toBe(await first);
  expect(asked).toHaveLength(2);
});
