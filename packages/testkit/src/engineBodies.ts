import type { Buffer } from 'node:buffer';
import type { RecordedSummary, Scenario, ScenarioContainer } from './scenario.ts';

/** Which of the two recorded usage readings is served. */
export type Moment = 'first' | 'later';

/** Where the fake engine takes its bodies from: a recording, or a simulation. */
export interface EngineBodies {
  version: () => Buffer;
  info: () => Buffer;
  /** All containers, as the recording orders them. */
  list: () => { body: Buffer; summaries: readonly RecordedSummary[] };
  images: () => Buffer;
  df: () => Buffer | undefined;
  inspect: (container: ScenarioContainer) => Buffer | undefined;
  stats: (container: ScenarioContainer, kind: 'twoSamples' | 'oneShot') => Buffer | undefined;
}

/** The bodies of a recording, byte for byte. */
export function recordedBodies(scenario: Scenario, moment: () => Moment): EngineBodies {
  return {
    version: () => scenario.version.body,
    info: () => scenario.info.body,
    list: () => ({ body: scenario.list.body, summaries: scenario.list.value }),
    images: () => scenario.images,
    df: () => scenario.df,
    inspect: (container) => container.inspect,
    stats: (container, kind) => {
      if (kind === 'twoSamples') return container.stats ?? container.oneShot;
      return moment() === 'first' ? container.oneShot : container.oneShotLater;
    },
  };
}
