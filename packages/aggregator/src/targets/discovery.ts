import type { Target } from './target.ts';

/** One way to know which servers exist. */
export interface Discovery {
  /** How the servers are found, such as `static`. */
  readonly kind: string;
  /** Those known now, in configuration order. Replaced wholesale, never changed in place. */
  readonly targets: () => readonly Target[];
}
