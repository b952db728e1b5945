import type { ChangeLog } from '@docker-data-exporter/shared/changeLog';
import { type Problem, problem } from '@docker-data-exporter/shared/errors';
import type { FanOut } from './scrape.ts';
import type { ServerState } from './serverState.ts';

export interface ServerLog {
  /** Logs what is different since the last fan-out: who went down, came back, lost a name. */
  readonly scraped: (fanOut: FanOut) => void;
}

export function createServerLog(changes: ChangeLog): ServerLog {
  let subjects: ReadonlySet<string> = new Set();
  return {
    scraped: ({ servers }) => {
      const reports = new Map(servers.flatMap(reportsOf));
      for (const [subject, found] of reports) changes.report(subject, found);
      for (const subject of subjects) if (!reports.has(subject)) changes.forget(subject);
      subjects = new Set(reports.keys());
    },
  };
}

type Report = readonly [subject: string, found: Problem | undefined];

function reportsOf(server: ServerState): readonly Report[] {
  const { view, addresses, result, conflict, target } = server;
  const { hostname } = view;
  const [first = target.address, ...others] = addresses;
  return [
    [
      `server ${first}`,
      result.ok
        ? undefined
        : problem('server-down', `${hostname} is down: ${result.reason} (${result.detail}).`),
    ],
    [
      `containers of ${first}`,
      result.ok && result.droppedContainers > 0
        ? problem(
            'containers-dropped',
            `${result.droppedContainers} containers of ${hostname} were left out.`,
          )
        : undefined,
    ],
    [
      `addresses of ${first}`,
      others.length === 0
        ? undefined
        : problem(
            'server-duplicate',
            `${others.join(', ')} leads to ${hostname} as ${first} does.`,
          ),
    ],
    [
      `name of ${first}`,
      conflict &&
        problem(
          'server-name-taken',
          `${first} is called ${hostname}, for ${conflict.heldBy} is called ${conflict.wanted}.`,
        ),
    ],
  ];
}
