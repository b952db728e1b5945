import { type Problem, problem } from '@docker-data-exporter/shared/errors';
import type {
  CollectorReport,
  ContainerSnapshot,
  Snapshot,
} from '@docker-data-exporter/shared/snapshot';
import type { Clock } from './clock.ts';
import { isAlive } from './collectors/containerList.ts';
import type { DetailsReader } from './collectors/details.ts';
import { dockerFacts, hostFacts } from './collectors/engineFacts.ts';
import { containerUsage } from './collectors/usage.ts';
import type { Engine } from './engine.ts';
import type { InfoAnswer, VersionAnswer } from './engineAnswers.ts';
import { askContainers, askPing } from './engineQuestions.ts';
import type { EventFeed } from './events.ts';
import type { Inventory } from './inventory.ts';
import type { KeptEngineFacts } from './keptEngineFacts.ts';
import type { LifecycleCounters } from './lifecycle.ts';
import { collectorReport, faultOf, type Found, runCollector } from './runCollector.ts';
import { compact } from './shape.ts';
import type { ContainerLife } from './statusText.ts';
import type { CpuPercent } from './usage/cpuPercent.ts';
import type { UsageResult, UsageSource } from './usage/usageSource.ts';
import type { UserPattern } from './userPattern.ts';

/** What a collection is put together from. Everything that lasts between two of them is in here. */
export interface CollectionParts {
  readonly engine: Engine;
  readonly usageSource: UsageSource;
  readonly cpuPercent: CpuPercent;
  readonly details: DetailsReader;
  readonly events: Pick<EventFeed, 'problem' | 'gaps' | 'retryNow'>;
  readonly inventory: Inventory;
  readonly engineFacts: KeptEngineFacts;
  readonly lifecycle: LifecycleCounters;
  readonly clock: Clock;
  readonly version: string;
  readonly agentId: () => string;
  /** The host's name, given what the engine says about itself, if it does; takes note of it. */
  readonly hostname: (info: InfoAnswer | undefined) => string;
  /** For one question to the engine. */
  readonly deadlineMs: number;
  /** The user by a container's name, where there is a pattern for it. */
  readonly userOf?: UserPattern | undefined;
  /** Told how each part went, every time: a change log. */
  readonly report: (subject: string, problem: Problem | undefined) => void;
}

export interface Collection {
  /**
   * Everything about the host, now. Never rejects, and settles within the deadlines of two
   * questions (engine and list, then usage). Callers that come meanwhile share the one that runs.
   */
  readonly collect: () => Promise<Snapshot>;
}

export function createCollection(parts: CollectionParts): Collection {
  let running: Promise<Snapshot> | undefined;
  return {
    collect: () => {
      running ??= collectOnce(parts).finally(() => (running = undefined));
      return running;
    },
  };
}

async function collectOnce(parts: CollectionParts): Promise<Snapshot> {
  const { clock, engineFacts, events, lifecycle, report } = parts;
  const kept = await runCollector('containers', clock, () => keptList(parts));
  const isGone = kept.problem !== undefined;
  // Usage waits for the version, but not for info, which some engines take long for.
  const asked = isGone ? undefined : engineFacts.ask({ hasHeard: kept.value !== undefined });
  const engineRun = runCollector('engine', clock, async () =>
    asked === undefined ? compact({ problem: kept.problem }) : await asked.all,
  );
  const listRun =
    isGone || kept.value !== undefined
      ? kept
      : runCollector('containers', clock, () => collectList(parts));
  const [list, version] = await Promise.all([listRun, asked?.version]);
  const usageRun = runCollector('usage', clock, () => collectUsage(parts, list, version));
  const [facts, usage] = await Promise.all([engineRun, usageRun]);

  const isRunning = facts.value !== undefined || list.value !== undefined;
  report('engine', isRunning ? undefined : facts.problem);
  if (isRunning) {
    report('collector engine', facts.problem);
    report('collector containers', list.problem);
    report('collector usage', usage.problem);
    report('collector events', events.problem());
  }
  const info = facts.value?.info;
  const hostname = parts.hostname(info);
  return {
    // The schema itself stays out of the agent's memory; a test holds this to SCHEMA_VERSION.
    schemaVersion: 1,
    takenAt: new Date(clock.unixMs()).toISOString(),
    agent: { id: parts.agentId(), version: parts.version, usageSource: parts.usageSource.name },
    host: hostFacts(hostname, info),
    docker: isRunning
      ? dockerFacts({ ...facts.value, states: list.value?.map(({ state }) => state) })
      : compact({ running: false, fault: facts.problem && faultOf(facts.problem) }),
    containers: containersOf(parts, list, { usage, info }),
    lifecycle: lifecycle.read(events.gaps()),
    collectors: [
      ...[facts.report, list.report, usage.report, detailsReport(parts, list)],
      collectorReport('events', 0, events.problem() ?? (isRunning ? undefined : facts.problem)),
    ],
  };
}

/**
 * The list as it was kept, if it still holds. Then nothing else would tell whether the engine is
 * there: so it is asked that, and no more. Neither value nor problem: the list has to be asked.
 */
async function keptList(parts: CollectionParts): Promise<Found<readonly ContainerSnapshot[]>> {
  const { engine, inventory, deadlineMs } = parts;
  if (inventory.now() === undefined) return {};
  const alive = await engine.ask(askPing, deadlineMs);
  // A proxy may refuse this question and take the others.
  if (!alive.ok) return alive.status === undefined ? { problem: alive.problem } : {};
  // What happened before the answer has been heard by now, or nearly so.
  return compact({ value: inventory.now() });
}

async function collectList(parts: CollectionParts): Promise<Found<readonly ContainerSnapshot[]>> {
  const { engine, events, inventory, lifecycle, deadlineMs } = parts;
  const ticket = inventory.ticket();
  const answer = await engine.ask(askContainers, deadlineMs);
  if (!answer.ok) return { problem: answer.problem };
  events.retryNow();
  const value = inventory.take(ticket, answer.value);
  lifecycle.know(value);
  const { unusable } = answer.value;
  if (unusable === 0) return { value };
  const message = `${unusable} entries of the engine’s container list make no sense and are left out.`;
  return { value, problem: problem('engine-bad-answer', message) };
}

async function collectUsage(
  { usageSource }: CollectionParts,
  list: Found<readonly ContainerSnapshot[]>,
  version: VersionAnswer | undefined,
): Promise<Found<UsageResult>> {
  if (list.value === undefined) return compact({ problem: list.problem });
  const value = await usageSource.read({
    containers: list.value.filter(isAlive),
    engine: version ?? {},
  });
  return compact({ value, problem: value.problem });
}

/** The containers of the list, with what they use and what is known of them from before. */
function containersOf(
  { cpuPercent, details, userOf }: CollectionParts,
  list: Found<readonly ContainerSnapshot[]>,
  found: { readonly usage: Found<UsageResult>; readonly info: InfoAnswer | undefined },
): ContainerSnapshot[] {
  if (list.value === undefined) return [];
  cpuPercent.keepOnly(new Set(list.value.map(({ id }) => id)));
  const { memoryBytes: hostMemoryBytes, cpus: hostCpus } = found.info ?? {};
  const context = { cpuPercent, hostMemoryBytes, hostCpus };
  return list.value.map((facts) => {
    const { id, name } = facts;
    const reading = found.usage.value?.readings.get(id);
    const unread = found.usage.value?.unread.get(id);
    const known = details.of(id);
    return compact({
      ...facts,
      user: userOf?.(name) ?? known?.user,
      ...(known?.life === undefined ? {} : lifeFacts(known.life)),
      ...(reading === undefined ? {} : containerUsage(id, reading, context)),
      unread: unread === undefined ? undefined : [{ part: 'usage', fault: faultOf(unread) }],
    });
  });
}

function lifeFacts({ startedMs, finishedMs, restartCount, oomKilled }: ContainerLife) {
  return compact({
    ...{ startedAt: isoTime(startedMs), finishedAt: isoTime(finishedMs) },
    ...{ restartCount, oomKilled },
  });
}

function isoTime(unixMs: number | undefined): string | undefined {
  return unixMs === undefined ? undefined : new Date(unixMs).toISOString();
}

/** Details are read behind the collection's back: this is how the last round went. */
function detailsReport(
  { details }: CollectionParts,
  list: Found<readonly ContainerSnapshot[]>,
): CollectorReport {
  if (list.value !== undefined) details.refresh(list.value.map(({ id }) => id));
  const { seconds, problem } = details.report();
  return collectorReport('details', seconds, list.value === undefined ? list.problem : problem);
}
