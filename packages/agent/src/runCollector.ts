import { type Problem, problem } from '@docker-data-exporter/shared/errors';
import type { CollectorReport } from '@docker-data-exporter/shared/snapshot';
import type { Clock } from './clock.ts';

/** What a collector came back with: all, a part (with the reason for the rest), or nothing. */
export interface Found<T> {
  readonly value?: T;
  readonly problem?: Problem;
}

export interface Collected<T> extends Found<T> {
  readonly report: CollectorReport;
}

/** Runs one collector: times it, and turns whatever happens into a report. Never rejects. */
export async function runCollector<T>(
  name: string,
  clock: Clock,
  work: () => Promise<Found<T>>,
): Promise<Collected<T>> {
  const startedMs = clock.steadyMs();
  const found = await work().catch((error: unknown): Found<T> => {
    const message = error instanceof Error ? error.message : String(error);
    return { problem: problem('internal', `Collector ${name} failed: ${message}.`) };
  });
  const seconds = (clock.steadyMs() - startedMs) / 1000;
  return { ...found, report: collectorReport(name, seconds, found.problem) };
}

export function collectorReport(
  name: string,
  seconds: number,
  fault: Problem | undefined,
): CollectorReport {
  return {
    name,
    success: fault === undefined,
    seconds: Math.round(seconds * 1e6) / 1e6,
    ...(fault !== undefined && { fault: faultOf(fault) }),
  };
}

/** A problem as the snapshot shows it. */
export function faultOf({ code, message }: Problem): { code: string; message: string } {
  return { code, message };
}
