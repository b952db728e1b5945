import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchRow, contest } from './frame.ts';
import { body, bundleOf, type Server, startServer, startServerAt } from './parts/processes.ts';

const fleets = [
  { servers: 10, containers: 20, rounds: 61 },
  { servers: 100, containers: 50, rounds: 31 },
] as const;

type Fleet = (typeof fleets)[number];

/** At most this much longer than fetching, parsing and sending take at least. */
const GOAL = 1.6;

const FIRST_PORT = 21_000;

/** A whole scrape of a fleet, as Prometheus sees it, against the floor in a process of its own. */
export async function bench(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const fleet of fleets) rows.push(await measure(fleet));
  return rows;
}

async function measure({ servers, containers, rounds }: Fleet): Promise<BenchRow> {
  const folder = mkdtempSync(join(tmpdir(), 'dde-bench-'));
  const config = join(folder, 'aggregator.yml');
  const ports = Array.from({ length: servers }, (_, server) => FIRST_PORT + server);
  writeFileSync(config, `servers:\n${ports.map((port) => `  - 127.0.0.1:${port}\n`).join('')}`);

  const started: Server[] = [];
  const keep = async (starting: Promise<Server>): Promise<Server> => {
    const server = await starting;
    started.push(server);
    return server;
  };
  try {
    const fleet = [program('fleetServer'), FIRST_PORT, servers, containers].map(String);
    await keep(startServerAt(FIRST_PORT + servers, ['--import', 'tsx', ...fleet]));
    const floor = await keep(
      startServer((address) => [
        ...['--import', 'tsx', program('aggregatorFloor')],
        ...[address.split(':')[1] ?? '', String(FIRST_PORT), String(servers)],
      ]),
    );
    const ours = await keep(
      startServer(
        (address) => [
          ...[bundleOf('aggregator'), '--config', config],
          ...['--listen', address, '--state-dir', folder],
        ],
        { path: '/-/ready' },
      ),
    );
    const page = await body(`${ours.url}/metrics`);
    const online = page.match(/^server_online\{.*\} 1$/gm)?.length ?? 0;
    if (online !== servers) throw new Error(`${online} of ${servers} servers are online`);
    return await contest({
      measure: `scrape of ${servers} x ${containers}, ms`,
      goal: GOAL,
      rounds,
      warmUpRounds: 10,
      floor: () => body(`${floor.url}/?bytes=${page.length}`),
      ours: () => body(`${ours.url}/metrics`),
    });
  } finally {
    for (const server of started.reverse()) await server.process.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function program(name: string): string {
  return join(import.meta.dirname, 'parts', `${name}.ts`);
}
