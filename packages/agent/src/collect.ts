import { type Problem, problem } from '@docker-data-exporter/shared/errors';
import type {
  CollectorReport,
  ContainerSnapshot,
  Snapshot,
} from '@docker-data-exporter/shared/snapshot';
import type { Clock } from './clock.ts';
import { containerFacts, isAlive } from './collectors/containerList.ts';
import type { DetailsReader } from './collectors/details.ts';
import { dockerFacts, hostFacts } from './collectors/engineFacts.ts';
import { containerUsage } from './collectors/usage.ts';
import type { Engine } from './engine.ts';
import type { EngineAnswer } from './engineReply.ts';
import type { InfoAnswer, VersionAnswer } from './engineAnswers.ts';
import { askContainers, askInfo, askVersion } from './engineQuestions.ts';
import { collectorReport, faultOf, type Found, runCollector } from './runCollector.ts';
import { compact } from './shape.ts';
import type { CpuPercent } from './usage/cpuPercent.ts';
import type { UsageResult, UsageSource } from './usage/usageSource.ts';
import type { UserPattern } from './userPattern.ts';

/** What a collection is put together from. Everything that lasts between two of them is in here. */
export interface CollectionParts {
  readonly engine: Engine;
  readonly usageSource: UsageSource;
  readonly cpuPercent: CpuPercent;
  readonly details: DetailsReader;
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

interface EngineFound {
  readonly version: VersionAnswer | undefined;
  readonly info: InfoAnswer | undefined;
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
  const { clock, engine, deadlineMs, report } = parts;
  // Usage waits for the version, but not for info, which some engines take long for.
  const version = engine.ask(askVersion, deadlineMs);
  const engineRun = runCollector('engine', clock, () => collectEngine(parts, version));
  const listRun = runCollector('containers', clock, () => collectList(parts));
  const [list, versionAnswer] = await Promise.all([listRun, version]);
  const usageRun = runCollector('usage', clock, () => collectUsage(parts, list, versionAnswer));
  const [facts, usage] = await Promise.all([engineRun, usageRun]);

  const isRunning = facts.value !== undefined || list.value !== undefined;
  report('engine', isRunning ? undefined : facts.problem);
  if (isRunning) {
    report('collector engine', facts.problem);
    report('collector containers', list.problem);
    report('collector usage', usage.problem);
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
    collectors: [facts.report, list.report, usage.report, detailsReport(parts, list)],
  };
}

async function collectEngine(
  { engine, deadlineMs }: CollectionParts,
  asked: Promise<EngineAnswer<VersionAnswer>>,
): Promise<Found<EngineFound>> {
  const [version, info] = await Promise.all([asked, engine.ask(askInfo, deadlineMs)]);
  const problem = version.ok ? (info.ok ? undefined : info.problem) : version.problem;
  if (!version.ok && !info.ok) return compact({ problem });
  const value = {
    version: version.ok ? version.value : undefined,
    info: info.ok ? info.value : undefined,
  };
  return compact({ value, problem });
}

async function collectList(parts: CollectionParts): Promise<Found<readonly ContainerSnapshot[]>> {
  const answer = await parts.engine.ask(askContainers, parts.deadlineMs);
  if (!answer.ok) return { problem: answer.problem };
  const { containers, unusable } = answer.value;
  const value = containers.map(containerFacts);
  if (unusable === 0) return { value };
  const message = `${unusable} entries of the engine’s container list make no sense and are left out.`;
  return { value, problem: problem('engine-bad-answer', message) };
}

async function collectUsage(
  { usageSource }: CollectionParts,
  list: Found<readonly ContainerSnapshot[]>,
  version: EngineAnswer<VersionAnswer>,
): Promise<Found<UsageResult>> {
  if (list.value === undefined) return compact({ problem: list.problem });
  const value = await usageSource.read({
    containers: list.value.filter(isAlive),
    engine: version.ok ? version.value : {},
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
    return compact({
      ...facts,
      user: userOf?.(name) ?? details.of(id)?.user,
      ...(reading === undefined ? {} : containerUsage(id, reading, context)),
      unread: unread === undefined ? undefined : [{ part: 'usage', fault: faultOf(unread) }],
    });
  });
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
