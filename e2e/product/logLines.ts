import type { RunningService } from './service.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly code?: string;
  readonly fix?: string;
}

/** What a service has logged so far (as JSON, its default). Throws if a line is no JSON. */
export function logLines({ process }: Pick<RunningService, 'process'>): LogLine[] {
  return process
    .stderr()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      // Safe: every line is an object; what is missing in it shows in the test that looks for it.
      return JSON.parse(line) as LogLine;
    });
}

/** Codes of all problems logged so far, in order. */
export function loggedCodes(service: Pick<RunningService, 'process'>): string[] {
  return logLines(service).flatMap(({ code }) => (code === undefined ? [] : [code]));
}
