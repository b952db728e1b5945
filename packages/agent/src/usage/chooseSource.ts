import type { CgroupUsage } from './cgroup.ts';
import { type Bracket, differencesOf, isEngineNetwork } from './compareReadings.ts';
import { createPause } from './pause.ts';
import type { UsageReading } from './usageReading.ts';
import type { UsageRequest, UsageResult, UsageSource, UsageTarget } from './usageSource.ts';

export type UsageSourceSetting = 'auto' | 'engine' | 'cgroup';

/** What is known of a container’s cgroup numbers, compared with the engine's. */
export interface Choice {
  readonly state: 'unproven' | 'equal' | 'different';
  /** In what they differ, one sentence each. */
  readonly differences: readonly string[];
}

/**
 * Takes each container's usage from its cgroup where that is readable and was proven to give the
 * engine's numbers, else from the engine.
 *
 * The first collection that meets containers waits for both, and compares. Containers that come
 * later are read from their cgroup at once if others were proven, and are proven in the background:
 * no later collection waits for the engine, unless a container is there that needs it.
 */
export interface ChosenUsage extends UsageSource {
  /** To be called when the engine was restarted: everything is proven again, in the background. */
  readonly reprove: () => void;
  /** By container id; containers whose cgroup cannot be read are not in it. */
  readonly choices: () => ReadonlyMap<string, Choice>;
  /** Resolves when nothing is being proven. */
  readonly idle: () => Promise<void>;
}

export interface ChosenUsageOptions {
  readonly cgroup: CgroupUsage;
  readonly engine: UsageSource;
  /** A second engine source for the background: each remembers who of its own containers hangs. */
  readonly proof: UsageSource;
  readonly steadyMs: () => number;
}

/** Differences can be chance; so many in a row are none. */
const ATTEMPTS = 3;
/** Asked at once in the background; the engine has other things to do. */
const BATCH = 16;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;

interface Proof {
  readonly answer: UsageResult;
  /** The cgroups' numbers after the answer. */
  readonly after: ReadonlyMap<string, UsageReading>;
}

interface Case {
  state: Choice['state'];
  differences: readonly string[];
  /** How often they differed, one after the other. */
  attempts: number;
  /** Whether its network turned out to be the engine's own. */
  hasEngineNetwork: boolean;
  /** Whether it is to be proven, or proven again. */
  isOpen: boolean;
  pauseMs: number;
  /** Not to be tried before, by the steady clock. */
  dueMs: number;
}

export function createChosenUsage(options: ChosenUsageOptions): ChosenUsage {
  const { cgroup, engine, proof, steadyMs } = options;
  const cases = new Map<string, Case>();
  let isFirst = true;
  let name: UsageSource['name'] = 'engine';
  let engineVersion: string | undefined;
  let proving: Promise<void> | undefined;

  const open = (id: string): Case => {
    const known = cases.get(id);
    if (known !== undefined) return known;
    const opened: Case = {
      ...{ state: 'unproven', differences: [], attempts: 0, hasEngineNetwork: false },
      ...{ isOpen: true, pauseMs: FIRST_PAUSE_MS, dueMs: -Infinity },
    };
    cases.set(id, opened);
    return opened;
  };

  const judge = (id: string, bracket: Bracket): void => {
    const found = open(id);
    const differences = differencesOf(bracket, cgroup.hostMemoryBytes());
    found.differences = differences;
    if (differences.length === 0) {
      Object.assign(found, { state: 'equal', attempts: 0, isOpen: false });
      return;
    }
    found.attempts += 1;
    found.isOpen = found.attempts < ATTEMPTS;
    if (found.isOpen) return;
    if (isEngineNetwork(bracket) && !found.hasEngineNetwork) {
      cgroup.hasEngineNetwork(id);
      // Once more, now without that network.
      Object.assign(found, { hasEngineNetwork: true, attempts: ATTEMPTS - 1, isOpen: true });
    } else {
      found.state = 'different';
    }
  };

  /** The engine gave nothing to compare with. */
  const postpone = (id: string): void => {
    const found = open(id);
    found.dueMs = steadyMs() + found.pauseMs;
    found.pauseMs = Math.min(found.pauseMs * 2, LONGEST_PAUSE_MS);
  };

  /** Asks the source between two readings of each cgroup, and compares. */
  const prove = async (
    request: UsageRequest,
    before: ReadonlyMap<string, UsageReading>,
    source: UsageSource,
  ): Promise<Proof> => {
    const answer = await source.read(request);
    const after = new Map<string, UsageReading>();
    const pause = createPause(steadyMs);
    for (const target of request.containers) {
      const first = before.get(target.id);
      if (first === undefined) continue;
      const told = answer.readings.get(target.id);
      const last = cgroup.readAgain(target);
      if (told === undefined || last === undefined) postpone(target.id);
      else judge(target.id, { before: first, told, after: last });
      if (last !== undefined) after.set(target.id, last);
      await pause();
    }
    return { answer, after };
  };

  const proveInBackground = async (request: UsageRequest): Promise<void> => {
    for (;;) {
      const now = steadyMs();
      const due = request.containers.filter(({ id }) => {
        const found = cases.get(id);
        return found?.isOpen === true && found.dueMs <= now;
      });
      const before = new Map<string, UsageReading>();
      for (const target of due.slice(0, BATCH)) {
        const reading = cgroup.readAgain(target);
        if (reading === undefined) cases.delete(target.id);
        else before.set(target.id, reading);
      }
      if (before.size === 0) return;
      const containers = due.filter(({ id }) => before.has(id));
      await prove({ ...request, containers }, before, proof);
    }
  };

  const keepOnly = (containers: readonly UsageTarget[]): void => {
    const ids = new Set(containers.map(({ id }) => id));
    for (const id of cases.keys()) if (!ids.has(id)) cases.delete(id);
  };

  const reprove = (): void => {
    for (const found of cases.values()) {
      Object.assign(found, { isOpen: true, attempts: 0, dueMs: -Infinity });
      found.pauseMs = FIRST_PAUSE_MS;
    }
  };

  /** Whether the cgroup's numbers of a container may be shown; as of now. */
  const trust = (): ((id: string) => boolean) => {
    const states = new Set([...cases.values()].map(({ state }) => state));
    const isHostTrusted = states.has('equal') || !states.has('different');
    return (id) => {
      const found = cases.get(id);
      if (found === undefined) return false;
      if (found.state !== 'unproven') return found.state === 'equal';
      return found.attempts === 0 && isHostTrusted;
    };
  };

  return {
    get name() {
      return name;
    },
    read: async (request) => {
      const { containers } = request;
      keepOnly(containers);
      const version = `${request.engine.product} ${request.engine.apiVersion}`;
      if (engineVersion !== undefined && engineVersion !== version) reprove();
      engineVersion = version;

      const candidates = containers.filter(({ id }) => {
        const found = cases.get(id);
        return found?.state !== 'different' || found.isOpen;
      });
      const own = await cgroup.read({ ...request, containers: candidates });
      for (const id of own.readings.keys()) open(id);

      let told: UsageResult | undefined;
      let fresh: ReadonlyMap<string, UsageReading> = own.readings;
      if (isFirst && own.readings.size > 0) {
        isFirst = false;
        const proof = await prove(request, own.readings, engine);
        told = proof.answer;
        fresh = proof.after;
      }
      const isTrusted = trust();
      const readings = new Map<string, UsageReading>();
      for (const [id, reading] of fresh) if (isTrusted(id)) readings.set(id, reading);
      const others = containers.filter(({ id }) => !readings.has(id));
      if (told === undefined && others.length > 0) {
        told = await engine.read({ ...request, containers: others });
      }
      const result = merged(readings, told);
      name = nameOf(result.sources) ?? name;
      proving ??= proveInBackground(request).finally(() => (proving = undefined));
      return result;
    },
    reprove,
    choices: () => cases,
    idle: async () => await proving,
  };
}

/** What the cgroups told, and of the rest what the engine told. */
function merged(
  own: ReadonlyMap<string, UsageReading>,
  told: UsageResult | undefined,
): UsageResult & { readonly sources: ReadonlyMap<string, 'engine' | 'cgroup'> } {
  const readings = new Map([...(told?.readings ?? []), ...own]);
  const unread = new Map([...(told?.unread ?? [])].filter(([id]) => !own.has(id)));
  const sources = new Map<string, 'engine' | 'cgroup'>();
  for (const id of readings.keys()) sources.set(id, own.has(id) ? 'cgroup' : 'engine');
  const result = { readings, unread, sources };
  const [first] = unread.values();
  if (first === undefined) return result;
  // The engine's own words count containers that were read elsewhere.
  const whole = unread.size === told?.unread.size ? told.problem : undefined;
  return { ...result, problem: whole ?? first };
}

function nameOf(
  sources: ReadonlyMap<string, 'engine' | 'cgroup'>,
): UsageSource['name'] | undefined {
  const [first, second] = new Set(sources.values());
  return second === undefined ? first : 'mixed';
}
