import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { formatProblem } from '@docker-data-exporter/shared/errors';
import { loadSettings } from '@docker-data-exporter/shared/settings';
import { aggregatorSettings, checkAggregator } from './settings.ts';

const folder = fileURLToPath(new URL('../../../testdata/config/aggregator/', import.meta.url));
const readFile = (path: string) => readFileSync(join(folder, path), 'utf8');

const load = (name: string) =>
  loadSettings(aggregatorSettings, {
    service: { name: 'dde-aggregator', version: '0', summary: '' },
    argv: ['--config', name],
    env: {},
    readFile,
    check: (settings) => checkAggregator(settings, readFile),
  });

const files = (start: string) =>
  readdirSync(folder).filter((name) => name.startsWith(start) && name.endsWith('.yml'));
const textBeside = (name: string) => readFile(name.replace(/\.yml$/, '.txt'));

test.each(files('invalid-'))('%s is refused with the text beside it', (name) => {
  const expected = { kind: 'exit', exitCode: 2, stdout: '', stderr: textBeside(name) };
  expect(load(name)).toMatchObject(expected);
});

test.each(files('warning-'))('%s is accepted with the warnings beside it', (name) => {
  const result = load(name);
  if (result.kind === 'exit') throw new Error(result.stderr);
  const lines = result.warnings.map((found) => `${formatProblem(found)}\n`);
  expect(lines.join('')).toBe(textBeside(name));
});
