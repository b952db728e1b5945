import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commonChecks } from '@docker-data-exporter/shared/commonSettings';
import { loadSettings } from '@docker-data-exporter/shared/settings';
import { agentSettings } from './settings.ts';

const folder = fileURLToPath(new URL('../../../testdata/config/agent/', import.meta.url));
const readFile = (path: string) => readFileSync(join(folder, path), 'utf8');

const load = (name: string) =>
  loadSettings(agentSettings, {
    service: { name: 'dde-agent', version: '0', summary: '' },
    argv: ['--config', name],
    env: {},
    readFile,
    check: (settings) => commonChecks(settings, readFile),
  });

const files = (start: string) =>
  readdirSync(folder).filter((name) => name.startsWith(start) && name.endsWith('.yml'));
const textBeside = (name: string) => readFile(name.replace(/\.yml$/, '.txt'));

test.each(files('invalid-'))('%s is refused with the text beside it', (name) => {
  const expected = { kind: 'exit', exitCode: 2, stdout: '', stderr: textBeside(name) };
  expect(load(name)).toMatchObject(expected);
});
