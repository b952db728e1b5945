import type { Fault } from './faults.ts';

/** Where a fault applies: every key it names must equal the exchange’s. `{}` is everywhere. */
export type FaultPlace = Readonly<Record<string, string | undefined>>;

/** Faults that are switched on now. The one switched on last wins. */
export interface FaultBoard<Place extends FaultPlace> {
  /**
   * Switches a fault on until it is lifted, or for that many exchanges.
   * Returns what lifts it; exchanges it has hold of stay as they are.
   */
  set: (place: Place, fault: Fault, times?: number) => () => void;
  clear: () => void;
  /** The fault for an exchange at that place; counts as one use of it. */
  take: (place: Place) => Fault | undefined;
}

export function createFaultBoard<Place extends FaultPlace>(): FaultBoard<Place> {
  let entries: { place: Place; fault: Fault; left: number }[] = [];
  return {
    set: (place, fault, times = Infinity) => {
      const entry = { place, fault, left: times };
      entries = [entry, ...entries];
      return () => {
        entries = entries.filter((other) => other !== entry);
      };
    },
    clear: () => {
      entries = [];
    },
    take: (at) => {
      const entry = entries.find(({ place, left }) => left > 0 && covers(place, at));
      if (entry === undefined) return undefined;
      entry.left -= 1;
      return entry.fault;
    },
  };
}

function covers(place: FaultPlace, at: FaultPlace): boolean {
  return Object.entries(place).every(([key, value]) => value === undefined || at[key] === value);
}
