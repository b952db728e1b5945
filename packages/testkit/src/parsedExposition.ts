import type { SampleLine } from './expositionLine.ts';

/** What a strict parser makes of a page. */

export interface ParsedSample extends SampleLine {
  line: number;
}

export interface ParsedFamily {
  name: string;
  /** untyped (text) or unknown (OpenMetrics) where there is no TYPE. */
  type: string;
  help?: string;
  unit?: string;
  /** Of its first line. */
  line: number;
  samples: readonly ParsedSample[];
}

export interface ExpositionError {
  /** From 1; 0 for the body as a whole. */
  line: number;
  reason: string;
}

export type ParsedExposition =
  | { ok: true; families: readonly ParsedFamily[] }
  | { ok: false; errors: readonly ExpositionError[] };
