import { type Problem, problem } from '@docker-data-exporter/shared/errors';
import { formatPlace } from './serverAddress.ts';
import type { ServerEntry } from './serverEntry.ts';
import type { Target } from './target.ts';

export interface StaticTargets {
  readonly targets: readonly Target[];
  /** One for each entry that was merged into an earlier one. */
  readonly warnings: readonly Problem[];
}

/**
 * The targets of the configuration, in its order. An address that stands there more than once is one
 * target: the first entry counts, and what it leaves open is taken from the later ones.
 */
export function staticTargets(entries: readonly ServerEntry[]): StaticTargets {
  const merged = new Map<string, { target: Target; first: ServerEntry }>();
  const warnings: Problem[] = [];
  for (const entry of entries) {
    const target = targetOf(entry);
    const earlier = merged.get(target.address);
    if (earlier === undefined) {
      merged.set(target.address, { target, first: entry });
      continue;
    }
    earlier.target = mergeTargets(earlier.target, target);
    warnings.push(duplicateOf(entry, { first: earlier.first, address: target.address }));
  }
  return { targets: [...merged.values()].map(({ target }) => target), warnings };
}

function targetOf({ address, labels, name, tokenFile, firstDialect }: ServerEntry): Target {
  return {
    address: formatPlace(address),
    endpoint: address,
    labels,
    firstDialect,
    ...(name !== undefined && { name }),
    ...(tokenFile !== undefined && { tokenFile }),
  };
}

function mergeTargets(first: Target, later: Target): Target {
  return { ...later, ...first, labels: { ...later.labels, ...first.labels } };
}

function duplicateOf(
  entry: ServerEntry,
  { first, address }: { first: ServerEntry; address: string },
): Problem {
  const { key, line } = entry.place;
  return problem(
    'server-duplicate',
    `${placeText(entry)} is ${address}, as is ${placeText(first)}: it is scraped once.`,
    { key, ...(line !== undefined && { line }) },
  );
}

const placeText = ({ place: { path, line } }: ServerEntry) =>
  line === undefined ? path : `${path} (line ${line})`;
