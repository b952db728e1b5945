import type { ContainerSnapshot } from '@docker-data-exporter/shared/snapshot';
import type { Clock } from './clock.ts';
import { containerFacts } from './collectors/containerList.ts';
import type { DetailsReader } from './collectors/details.ts';
import type { ListAnswer } from './engineAnswers.ts';
import { changesContainers, changesEngine, type EngineEvent } from './eventLine.ts';
import { ages, readStatusText, statusText } from './statusText.ts';

/**
 * The container list, kept for as long as nothing happens. What ages in it, the text of `docker ps`,
 * is worked out from `inspect` facts, and only for containers whose text of the list was proven to be
 * what these facts give; as long as there is one of whom that cannot be said, the list is asked again.
 */
export interface Inventory {
  readonly heed: (event: EngineEvent) => void;
  /** Something may have happened unheard: the list and all that is known of the engine are old. */
  readonly distrust: () => void;
  /** To be called before the list is asked for; the ticket goes back with the answer. */
  readonly ticket: () => ListTicket;
  /** The containers as the list tells them; keeps them. */
  readonly take: (ticket: ListTicket, answer: ListAnswer) => readonly ContainerSnapshot[];
  /** The containers as a list of now would tell them; undefined if it has to be asked. */
  readonly now: () => readonly ContainerSnapshot[] | undefined;
  /** How often the engine's own facts (images, swarm, …) may have changed so far. */
  readonly engineChanges: () => number;
}

export interface ListTicket {
  readonly happened: number;
  readonly steadyMs: number;
  readonly unixMs: number;
}

interface Kept {
  readonly ticket: ListTicket;
  readonly answeredUnixMs: number;
  readonly containers: readonly ContainerSnapshot[];
}

/** Events come a little before the list shows what they tell (die, seen on 20.10). */
const SETTLE_MS = 1000;
/** How finely the time between question and answer is searched for the moment of the list. */
const MOMENTS = 20;

export function createInventory(options: {
  readonly clock: Clock;
  readonly details: Pick<DetailsReader, 'of' | 'changed' | 'doubtAll' | 'forget'>;
  /** How long a list is kept though nothing happens. */
  readonly relistEveryMs: number;
  /** Whether events are heard at all. */
  readonly isConnected: () => boolean;
}): Inventory {
  const { clock, details, relistEveryMs, isConnected } = options;
  let kept: Kept | undefined;
  let happened = 0;
  let happenedMs = -Infinity;
  let engineChanges = 0;
  /** Facts that did not fit the last list, by container id. */
  let misfits: ReadonlyMap<string, string> = new Map();

  const happen = (): void => {
    happened += 1;
    happenedMs = clock.steadyMs();
  };

  const holds = ({ ticket }: Kept): boolean =>
    ticket.happened === happened &&
    ticket.steadyMs >= happenedMs + (happened === 0 ? 0 : SETTLE_MS) &&
    clock.steadyMs() - ticket.steadyMs < relistEveryMs;

  /** Whether `inspect` gives the text the list gave, at the moment it did. */
  const isProven = ({ id, status }: ContainerSnapshot, { ticket, answeredUnixMs }: Kept) => {
    const life = details.of(id)?.life;
    if (life === undefined) return false;
    const stepMs = (answeredUnixMs - ticket.unixMs) / MOMENTS;
    for (let step = 0; step <= MOMENTS; step += 1) {
      if (statusText(life, ticket.unixMs + step * stepMs) === status) return true;
    }
    return false;
  };

  /**
   * Facts that do not fit the list are older than it, or newer, and there may have been no event: read
   * again. The same facts once more are right, and do not fit for another reason: the engine's clock
   * is not ours, or it words things in its own way. Then the list is what tells the text.
   */
  const doubtMisfits = (taken: Kept): void => {
    const before = misfits;
    const now = new Map<string, string>();
    misfits = now;
    for (const container of taken.containers) {
      const { id, status } = container;
      const life = details.of(id)?.life;
      const earlier = before.get(id);
      if (life === undefined) {
        // Being read again: what was found before is still to be compared with.
        if (earlier !== undefined) now.set(id, earlier);
        continue;
      }
      if (!ages(status) || isProven(container, taken)) continue;
      const facts = JSON.stringify(life);
      now.set(id, facts);
      if (earlier !== facts) details.changed(id);
    }
  };

  const aged = (container: ContainerSnapshot, nowMs: number): ContainerSnapshot | undefined => {
    if (!ages(container.status)) return container;
    const life = details.of(container.id)?.life;
    const status = life && statusText(life, nowMs);
    return status === undefined ? undefined : { ...container, status, ...readStatusText(status) };
  };

  return {
    heed: (event) => {
      if (changesEngine(event)) engineChanges += 1;
      if (!changesContainers(event)) return;
      happen();
      if (event.action === 'destroy') details.forget(event.id);
      else details.changed(event.id);
    },
    distrust: () => {
      happen();
      // Nothing was heard that would have to settle.
      happenedMs = -Infinity;
      engineChanges += 1;
      details.doubtAll();
    },
    ticket: () => ({ happened, steadyMs: clock.steadyMs(), unixMs: clock.unixMs() }),
    take: (ticket, answer) => {
      const containers = answer.containers.map(containerFacts);
      const taken: Kept = { ticket, answeredUnixMs: clock.unixMs(), containers };
      // An entry that makes no sense may make sense the next time.
      kept = answer.unusable === 0 ? taken : undefined;
      doubtMisfits(taken);
      return containers;
    },
    now: () => {
      const last = kept;
      if (last === undefined || !isConnected() || !holds(last)) return undefined;
      const nowMs = clock.unixMs();
      const containers: ContainerSnapshot[] = [];
      for (const container of last.containers) {
        const isKnown = !ages(container.status) || isProven(container, last);
        const current = isKnown ? aged(container, nowMs) : undefined;
        if (current === undefined) return undefined;
        containers.push(current);
      }
      return containers;
    },
    engineChanges: () => engineChanges,
  };
}
