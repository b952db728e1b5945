/** `npm run bench -- NAME`: runs bench/NAME.ts, prints its table and writes bench/results/NAME.json. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { formatTable } from '../scripts/steps/terminal.mjs';
import type { BenchRow } from './frame.ts';

/** What bench/NAME.ts exports. */
interface BenchModule {
  readonly bench: () => Promise<readonly BenchRow[]>;
}

const notBenches = new Set(['frame', 'run']);
const names = readdirSync(import.meta.dirname)
  .flatMap((file) => /^(\w+)\.ts$/.exec(file)?.[1] ?? [])
  .filter((name) => !notBenches.has(name));

const [name = ''] = process.argv.slice(2);
if (!names.includes(name)) {
  console.log(`usage: npm run bench -- NAME, with NAME one of: ${names.join(', ')}`);
  process.exit(2);
}

// Safe: every file beside this one that is not excluded above is a bench.
const { bench } = (await import(`./${name}.ts`)) as BenchModule;
const rows = await bench();

const heading = ['measure', 'floor', 'peer', 'ours', 'ratio', 'goal', 'held'];
const cells = rows.map((row) => [
  row.measure,
  `${row.floor}`,
  row.peer === undefined ? '' : `${row.peer}`,
  `${row.ours}`,
  row.ratio.toFixed(2),
  `<= ${row.goal}`,
  row.held ? 'yes' : 'NO',
]);
for (const line of formatTable([heading, ...cells])) console.log(`  ${line}`);

const results = join(import.meta.dirname, 'results');
mkdirSync(results, { recursive: true });
const machine = {
  cpus: availableParallelism(),
  cpuModel: cpus()[0]?.model ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
  platform: `${process.platform} ${process.arch}`,
  node: process.versions.node,
};
const file = join(results, `${name}.json`);
const report = { name, date: new Date().toISOString(), machine, rows };
writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
console.log(`  written to bench/results/${name}.json`);
// The fakes may still hold sockets open.
process.exit(rows.every(({ held }) => held) ? 0 : 1);
