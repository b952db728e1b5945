import type { ChangeLog } from '@docker-data-exporter/shared/changeLog';
import { type Problem, problem } from '@docker-data-exporter/shared/errors';
import type { FanOut } from './scrape.ts';
import type { ServerState } from './serverState.ts';

export interface ServerLog {
  /** Logs what is different since the last fan-out: who went down, came back, lost a name. */
  readonly scraped: (fanOut: FanOut) => void;
}

/** Something that is wrong with a server, as the change log tells it apart from others. */
interface Trouble {
  readonly subject: string;
  readonly found: Problem;
  readonly address: string;
}

export function createServerLog(changes: ChangeLog): ServerLog {
  let before: readonly Trouble[] = [];
  return {
    scraped: ({ servers }) => {
      const troubles = servers.flatMap(troublesOf);
      for (const { subject, found } of troubles) changes.report(subject, found);
      const present = new Set(servers.map(firstAddress));
      const subjects = new Set(troubles.map(({ subject }) => subject));
      for (const { subject, address } of before) {
        if (subjects.has(subject)) continue;
        if (present.has(address)) changes.report(subject, undefined);
        else changes.forget(subject);
      }
      before = troubles;
    },
  };
}

function firstAddress({ addresses, target }: ServerState): string {
  return addresses[0] ?? target.address;
}

function troublesOf(server: ServerState): readonly Trouble[] {
  const { view, addresses, result, conflict } = server;
  const { hostname } = view;
  const address = firstAddress(server);
  const troubles: Trouble[] = [];
  const add = (what: string, found: Problem) =>
    troubles.push({ subject: `${what} ${address}`, found, address });

  if (!result.ok) {
    const message = `${hostname} is down: ${result.reason} (${result.detail}).`;
    add('server', problem('server-down', message));
  } else if (result.droppedContainers > 0) {
    const message = `${result.droppedContainers} containers of ${hostname} were left out.`;
    add('containers of', problem('containers-dropped', message));
  }
  if (addresses.length > 1) {
    const others = addresses.slice(1).join(', ');
    const message = `${others} leads to ${hostname} as ${address} does.`;
    add('addresses of', problem('server-duplicate', message));
  }
  if (conflict !== undefined) {
    const message = `${address} is called ${hostname}, for ${conflict.heldBy} is called ${conflict.wanted}.`;
    add('name of', problem('server-name-taken', message));
  }
  return troubles;
}
