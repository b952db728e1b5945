import type { ServerView } from '@docker-data-exporter/shared/metrics';
import type { FetchResult } from './fetchSnapshot.ts';
import type { Memory } from './knownServersFile.ts';
import { identify, type Known, type NameConflict } from './targets/identity.ts';
import type { Target } from './targets/target.ts';

/** What makes a server’s identity doubtful. */
export type IdentityFlag =
  /** Two servers would have one name; one of them is called `NAME@ADDRESS`. */
  | 'hostname_conflict'
  /** Its agent answers under several configured addresses. */
  | 'listed_twice';

/** One server after one scrape. */
export interface ServerState {
  /** What the exposition writer gets. */
  readonly view: ServerView;
  /** The target its data came from, or would have come from. */
  readonly target: Target;
  /** Addresses of all targets that lead to it; the first one names it. */
  readonly addresses: readonly string[];
  readonly result: FetchResult;
  readonly memory: Memory;
  readonly flags: readonly IdentityFlag[];
  /** The name it would have, and the address of the server that has it. */
  readonly conflict?: NameConflict;
}

/** One target, what asking it gave, and what is remembered of it, this answer included. */
export interface Asked {
  readonly target: Target;
  readonly result: FetchResult;
  readonly memory: Memory;
}

/**
 * The servers behind the targets, in configuration order: exactly one for each agent, up or down. Of
 * targets that lead to one agent, the first that answered gives the data.
 */
export function serverStates(asked: readonly Asked[]): readonly ServerState[] {
  const identities = identify(asked.map(knownOf));
  const contested = new Set(identities.map(({ conflict }) => conflict?.wanted));
  return identities.map(({ hostname, members, conflict }): ServerState => {
    const [first] = members;
    const { target, result, memory } = (members.find((one) => one.asked.result.ok) ?? first).asked;
    const flags: IdentityFlag[] = [];
    if (conflict !== undefined || contested.has(hostname)) flags.push('hostname_conflict');
    if (members.length > 1) flags.push('listed_twice');
    return {
      view: {
        hostname,
        address: target.endpoint.host,
        labels: first.asked.target.labels,
        ...(result.ok && { snapshot: result.snapshot }),
      },
      target,
      addresses: members.map(({ address }) => address),
      result,
      memory,
      flags,
      ...(conflict !== undefined && { conflict }),
    };
  });
}

function knownOf(asked: Asked): Known & { readonly asked: Asked } {
  const { target, memory } = asked;
  return {
    address: target.address,
    asked,
    ...(target.name !== undefined && { name: target.name }),
    ...(memory.hostname !== undefined && { hostname: memory.hostname }),
    ...(memory.agentId !== undefined && { agentId: memory.agentId }),
  };
}
