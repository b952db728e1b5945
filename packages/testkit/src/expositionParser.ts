import { type Buffer, isUtf8 } from 'node:buffer';
import {
  type ExpositionFormat,
  LineError,
  type MetadataLine,
  parseLine,
} from './expositionLine.ts';
import { checkFamily, seriesKey, suffixesOf } from './expositionRules.ts';
import type {
  ExpositionError,
  ParsedExposition,
  ParsedFamily,
  ParsedSample,
} from './parsedExposition.ts';

// Enough to see what is wrong; a broken writer would yield one per line.
const MOST_ERRORS = 100;

/** A family while it is being read. */
interface OpenFamily extends ParsedFamily {
  samples: ParsedSample[];
  keywords: Set<string>;
}

/**
 * A strict parser of the Prometheus text format 0.0.4 and of OpenMetrics 1.0, written from the
 * specifications and independent of the writer it judges.
 *
 * Where a specification leaves behaviour open that loses data in practice (duplicate series,
 * undefined escapes, a sample whose suffix does not fit the TYPE above it), this parser refuses.
 *
 * Never throws.
 */
export function parseExposition(body: Buffer, format: ExpositionFormat): ParsedExposition {
  const errors: ExpositionError[] = [];
  const report = (line: number, reason: string): void => {
    if (errors.length < MOST_ERRORS) errors.push({ line, reason });
  };
  if (!isUtf8(body)) {
    report(lineOfBadUtf8(body), 'invalid UTF-8');
    return { ok: false, errors };
  }
  const lines = body.toString('utf8').split('\n');
  if (lines.pop() !== '') report(lines.length + 1, 'no newline at the end');

  const families = createFamilies(format, report);
  let ended = false;
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    if (ended) {
      report(line, 'something follows # EOF');
      break;
    }
    try {
      const parsed = parseLine(text, format);
      if (parsed.kind === 'eof') ended = true;
      else if (parsed.kind === 'metadata') families.metadata(parsed, line);
      else if (parsed.kind === 'sample') families.sample({ ...parsed, line });
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      report(line, error.message);
    }
  }
  if (format === 'openmetrics' && !ended) report(lines.length, 'no # EOF at the end');

  const found = families.all();
  for (const family of found) checkFamily(family, format, report);
  checkClashes(found, format, report);
  errors.sort((a, b) => a.line - b.line);
  return errors.length === 0 ? { ok: true, families: found } : { ok: false, errors };
}

type Report = (line: number, reason: string) => void;

/** Sorts lines into families, and sees to it that these neither repeat nor interleave. */
function createFamilies(format: ExpositionFormat, report: Report) {
  const byName = new Map<string, OpenFamily>();
  const seen = new Map<string, ParsedSample>();
  let current: OpenFamily | undefined;

  const open = (name: string, line: number): OpenFamily => {
    const type = format === 'text' ? 'untyped' : 'unknown';
    const family: OpenFamily = { name, type, line, samples: [], keywords: new Set() };
    byName.set(name, family);
    return family;
  };

  const reopen = (family: OpenFamily, line: number): OpenFamily => {
    if (family !== current) {
      report(line, `family ${family.name} of line ${family.line} goes on after another one began`);
    }
    return family;
  };

  const metadata = ({ keyword, family: name, text }: MetadataLine, line: number): void => {
    const known = byName.get(name);
    const family = known === undefined ? open(name, line) : reopen(known, line);
    current = family;
    if (family.keywords.has(keyword)) report(line, `second ${keyword} of family ${name}`);
    if (family.samples.length > 0) report(line, `${keyword} of ${name} after its samples`);
    family.keywords.add(keyword);
    if (keyword === 'TYPE') family.type = text;
    else if (keyword === 'HELP') family.help = text;
    else family.unit = text;
  };

  const familyOf = ({ name, line }: ParsedSample): OpenFamily => {
    if (current !== undefined && takes(current, name, format)) return current;
    const owner = ownerOf(name, byName, format);
    if (owner !== undefined) return reopen(owner, line);
    const misnamed = byName.get(name) ?? misnamedIn(current, name);
    if (misnamed !== undefined) {
      const wanted = suffixesOf(misnamed.type, format).map((suffix) => misnamed.name + suffix);
      const names = wanted.join(', ');
      throw new LineError(`${name} is no sample name of the ${misnamed.type} above: ${names}`);
    }
    return open(name, line);
  };

  const sample = (one: ParsedSample): void => {
    const family = familyOf(one);
    current = family;
    const key = seriesKey(one);
    const earlier = seen.get(key);
    if (earlier !== undefined && !isLaterPoint(earlier, one, format)) {
      report(one.line, `series ${key} is already in line ${earlier.line}`);
    }
    seen.set(key, one);
    family.samples.push(one);
  };

  return { metadata, sample, all: (): readonly ParsedFamily[] => [...byName.values()] };
}

// Only OpenMetrics knows several points of one series, and only with rising timestamps.
function isLaterPoint(a: ParsedSample, b: ParsedSample, format: ExpositionFormat): boolean {
  if (format === 'text' || a.timestamp === undefined || b.timestamp === undefined) return false;
  return b.timestamp > a.timestamp;
}

function takes({ name, type }: ParsedFamily, sample: string, format: ExpositionFormat): boolean {
  if (!sample.startsWith(name)) return false;
  return suffixesOf(type, format).includes(sample.slice(name.length));
}

const allSuffixes = [
  '_total',
  '_created',
  '_bucket',
  '_sum',
  '_count',
  '_gsum',
  '_gcount',
  '_info',
];

function ownerOf(
  sample: string,
  byName: ReadonlyMap<string, OpenFamily>,
  format: ExpositionFormat,
): OpenFamily | undefined {
  for (const suffix of ['', ...allSuffixes]) {
    if (!sample.endsWith(suffix)) continue;
    const family = byName.get(sample.slice(0, sample.length - suffix.length));
    if (family !== undefined && takes(family, sample, format)) return family;
  }
  return undefined;
}

/** The family above, if the sample looks like one of it but its TYPE does not know the suffix. */
function misnamedIn(current: OpenFamily | undefined, sample: string): OpenFamily | undefined {
  if (!current?.keywords.has('TYPE') || !sample.startsWith(current.name)) return undefined;
  return allSuffixes.includes(sample.slice(current.name.length)) ? current : undefined;
}

/** Two families may not share a sample name, not even one that neither of them uses. */
function checkClashes(
  families: readonly ParsedFamily[],
  format: ExpositionFormat,
  report: Report,
): void {
  const owners = new Map<string, ParsedFamily>();
  for (const family of families) {
    for (const suffix of suffixesOf(family.type, format)) {
      const name = family.name + suffix;
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, family);
      else report(family.line, `sample name ${name} belongs to ${owner.name}, line ${owner.line}`);
    }
  }
}

function lineOfBadUtf8(body: Buffer): number {
  let line = 1;
  for (let start = 0; start < body.length; line++) {
    const newline = body.indexOf(10, start);
    const end = newline === -1 ? body.length : newline;
    if (!isUtf8(body.subarray(start, end))) return line;
    start = end + 1;
  }
  return 0;
}
