import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../lab/run.ts';

const repository = join(import.meta.dirname, '..', '..');

export type Service = 'agent' | 'aggregator';

const building = new Map<Service, Promise<string>>();

/** Path of a service's built entry point; built first where it is missing or older than its sources. */
export async function builtMain(service: Service): Promise<string> {
  const known = building.get(service);
  if (known !== undefined) return await known;
  const build = buildIfOld(service);
  building.set(service, build);
  return await build;
}

async function buildIfOld(service: Service): Promise<string> {
  const directory = join(repository, 'packages', service);
  const main = join(directory, 'dist', 'main.js');
  const sources = [
    join(directory, 'src'),
    join(directory, 'package.json'),
    join(repository, 'packages', 'shared', 'src'),
    join(repository, 'scripts', 'bundle.mjs'),
  ];
  if (newest(main) > Math.max(...sources.map(newest))) return main;
  await run(
    '/bin/sh',
    ['-c', 'cd "$1" && exec "$2" ../../scripts/bundle.mjs', 'sh', directory, process.execPath],
    { deadlineSeconds: 120 },
  );
  return main;
}

/** Time of the last change of a file, or of anything in a folder but its tests; 0 if there is none. */
function newest(path: string): number {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return 0;
  if (!facts.isDirectory()) return facts.mtimeMs;
  const entries = readdirSync(path).filter((name) => !name.endsWith('.test.ts'));
  return Math.max(facts.mtimeMs, ...entries.map((name) => newest(join(path, name))));
}
