/**
 * Opaque metric families: whatever is not a row of the table, such as a service’s own metrics, in
 * the form in which the writer takes it.
 */
export interface Family {
  name: string;
  type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'unknown';
  help: string;
  samples: readonly FamilySample[];
}

export interface FamilySample {
  /** The full sample name: the family’s, or with `_total`, `_bucket`, `_sum`, `_count` behind it. */
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}
