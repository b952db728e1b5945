/** What is known of a target when servers are told apart. In configuration order. */
export interface Known {
  /** Unique among targets. */
  readonly address: string;
  /** The configured name, if any. */
  readonly name?: string;
  /** The host name the agent last reported, if it ever did. */
  readonly hostname?: string;
  /** The agent’s own id, if it ever reported one. */
  readonly agentId?: string;
}

/** One server: the targets that lead to it, and what it is called. */
export interface Identity<T extends Known> {
  /** Value of `server_hostname`. Unique. */
  readonly hostname: string;
  /** The targets under which its agent answers, in configuration order; nearly always one. */
  readonly members: readonly [T, ...T[]];
  /** Set where the name it would have is another server’s. */
  readonly conflict?: NameConflict;
}

export interface NameConflict {
  readonly wanted: string;
  /** The address of the server that has the name. */
  readonly heldBy: string;
}

/** Longer host names do not exist (RFC 1035); what an agent reports may be anything. */
const MAX_NAME_LENGTH = 253;

// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u001f\u007f]/g;
const halfCharacter = /\p{Surrogate}/gu;

/**
 * A reported host name as it can stand in a label: the encoder would change such characters, and two
 * names that differ here must not become one there. Undefined if nothing is left.
 */
export function cleanHostname(reported: string | undefined): string | undefined {
  const text = reported?.replace(unprintable, '').trim().slice(0, MAX_NAME_LENGTH) ?? '';
  return text === '' ? undefined : text.replace(halfCharacter, '\ufffd');
}

/**
 * Names servers by the contract: the configured name, else the host name the agent last reported,
 * else the address. The later of two that would have one name, in configuration order, becomes
 * `NAME@ADDRESS`. Targets whose agents have one id and one host name are one agent: one server.
 *
 * Pure: the answer depends on what is known and in which order it is configured, never on who
 * answered first, so names stay the same from scrape to scrape.
 */
export function identify<T extends Known>(known: readonly T[]): readonly Identity<T>[] {
  const groups = groupByAgent(known);
  // A name belongs to the first who would have it, so all are looked at before any is made up.
  const holders = new Map<string, T>();
  for (const [first] of groups) {
    const wanted = wantedName(first);
    if (!holders.has(wanted)) holders.set(wanted, first);
  }
  const taken = new Set(holders.keys());
  return groups.map((members): Identity<T> => {
    const [first] = members;
    const wanted = wantedName(first);
    const holder = holders.get(wanted);
    if (holder === undefined || holder === first) return { hostname: wanted, members };
    const hostname = freeName(`${wanted}@${first.address}`, taken);
    taken.add(hostname);
    return { hostname, members, conflict: { wanted, heldBy: holder.address } };
  });
}

function wantedName({ name, hostname, address }: Known): string {
  return name ?? cleanHostname(hostname) ?? address;
}

function groupByAgent<T extends Known>(known: readonly T[]): readonly (readonly [T, ...T[]])[] {
  const groups: [T, ...T[]][] = [];
  const byAgent = new Map<string, [T, ...T[]]>();
  for (const target of known) {
    const agent = agentOf(target);
    const group = agent === undefined ? undefined : byAgent.get(agent);
    if (group !== undefined) {
      group.push(target);
      continue;
    }
    const alone: [T, ...T[]] = [target];
    groups.push(alone);
    if (agent !== undefined) byAgent.set(agent, alone);
  }
  return groups;
}

function agentOf({ agentId, hostname }: Known): string | undefined {
  const host = cleanHostname(hostname);
  if (agentId === undefined || agentId === '' || host === undefined) return undefined;
  return JSON.stringify([agentId, host]);
}

/** Only a name made to look like ours (`web@10.0.0.7:5050`) can be taken already. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}#${number}`;
  return free;
}
