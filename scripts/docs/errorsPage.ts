import type { ErrorRow } from '@docker-data-exporter/shared/errors';
import { cell, code, generatedNotice, page, table } from './markdown.ts';

/** docs/ERRORS.md */
export function errorsPage(rows: Readonly<Record<string, ErrorRow>>): string {
  const body = Object.entries(rows).map(([name, row]) => [
    `<a id="${name}"></a>${code(name)}`,
    consequence(row),
    cell(row.meaning),
    cell(row.fix),
  ]);
  return page(
    generatedNotice,
    '# Errors',
    'Every fault a user can meet has a code that stays the same. It stands in brackets behind the message on the command line, in the field `code` of log lines, and in the agent’s JSON beside what is missing.',
    'A *warning* does not stop the service. *Exit 2* is a mistake in flags, variables or files: nothing was started. *Exit 1* is anything else that stops a service.',
    table(['Code', 'Then', 'What happened', 'What to do'], body),
  );
}

function consequence({ severity, exitCode }: ErrorRow): string {
  if (severity === 'warning') return 'warning';
  return exitCode === undefined ? 'error' : `exit ${exitCode}`;
}
