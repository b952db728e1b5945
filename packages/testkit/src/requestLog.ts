/** The requests a fake has had, the last ones only: a fake may run for days. */
export interface RequestLog<T> {
  /** Oldest first. */
  readonly entries: readonly T[];
  add: (entry: T) => void;
  clear: () => void;
}

const MOST_ENTRIES = 10_000;

export function createRequestLog<T>(most = MOST_ENTRIES): RequestLog<T> {
  const entries: T[] = [];
  return {
    entries,
    add: (entry) => {
      entries.push(entry);
      // Half at once, so that a full log does not move all its entries at every request.
      if (entries.length > most) entries.splice(0, Math.ceil(most / 2));
    },
    clear: () => {
      entries.length = 0;
    },
  };
}
