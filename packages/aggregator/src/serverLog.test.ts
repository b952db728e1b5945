import { createChangeLog } from '@docker-data-exporter/shared/changeLog';
import { silentLog } from '@docker-data-exporter/shared/log';
import type { FetchResult } from './fetchSnapshot.ts';
import type { FanOut } from './scrape.ts';
import { createServerLog } from './serverLog.ts';
import { serverStates } from './serverState.ts';
import { exampleSnapshot } from './testing/exampleSnapshot.ts';
import { targetAt } from './testing/fetchBench.ts';

const up: FetchResult = {
  ok: true,
  snapshot: exampleSnapshot('web'),
  droppedContainers: 0,
  seconds: 1,
  dialect: 'snapshot',
};
const down: FetchResult = { ok: false, reason: 'refused', detail: 'ECONNREFUSED', seconds: 1 };

const fanOut = (...results: readonly FetchResult[]): FanOut => ({
  servers: serverStates(
    results.map((result, index) => ({ target: targetAt(`web${index}:1`), result, memory: {} })),
  ),
  endedMs: 0,
  seconds: 1,
  droppedContainers: 0,
});

function logged() {
  const lines: string[] = [];
  const changes = createChangeLog({
    ...silentLog(),
    problem: ({ code, message }) => lines.push(`${code}: ${message}`),
    info: (message) => lines.push(message),
  });
  return { lines, log: createServerLog(changes) };
}

test('a server that goes down and comes back is told once each', () => {
  const { lines, log } = logged();
  for (const result of [up, down, down, up, up]) log.scraped(fanOut(result));
  expect(lines).toEqual([
    'server-down: web0:1 is down: refused (ECONNREFUSED).',
    'server web0:1: well again.',
  ]);
});

test('a server that left the list while it was down is new when it comes again', () => {
  const { lines, log } = logged();
  log.scraped(fanOut(down));
  log.scraped(fanOut());
  log.scraped(fanOut(down));
  expect(lines).toHaveLength(2);
});

test('dropped containers are told with their number', () => {
  const { lines, log } = logged();
  log.scraped(fanOut({ ...up, droppedContainers: 3 }));
  expect(lines).toEqual(['containers-dropped: 3 containers of web0:1 were left out.']);
});
