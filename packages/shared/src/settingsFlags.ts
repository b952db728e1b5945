import { didYouMean } from './didYouMean.ts';
import { type Problem, problem } from './errors.ts';
import type { Fault, SettingsTable } from './settingRow.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `scrapeTimeout` → `--scrape-timeout`. */
export function flagName(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `scrapeTimeout` → `DDE_SCRAPE_TIMEOUT`. */
export function variableName(key: string): string {
  return `DDE_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

export interface ReadValues {
  /** Valid values by key, with the flag or variable they came from. */
  readonly values: ReadonlyMap<string, { readonly value: unknown; readonly name: string }>;
  /** Keys that were given, valid or not. */
  readonly given: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** Flags that belong to every service and are no setting. */
export interface SpecialFlags {
  readonly config: string | undefined;
  readonly help: boolean;
  readonly version: boolean;
  readonly checkConfig: boolean;
  readonly printConfig: boolean;
}

const specialSwitches = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '--check-config': 'checkConfig',
  '--print-config': 'printConfig',
} as const;

const faultyFlag = (name: string, key: string, { code, says, fix }: Fault): Problem =>
  problem(code, `${name} ${says}.`, { key, ...(fix === undefined ? {} : { fix }) });

/** Reads `--name VALUE`, `--name=VALUE`, `--switch` and `--no-switch`. Collects every problem. */
export function readFlags(
  argv: readonly string[],
  table: SettingsTable,
): ReadValues & { readonly special: SpecialFlags } {
  const problems: Problem[] = [];
  const texts = new Map<string, { name: string; texts: string[] }>();
  const special = { help: false, version: false, checkConfig: false, printConfig: false };
  let config: string | undefined;

  const rows = new Map(
    Object.entries(table)
      .filter(([, row]) => row.fromText !== undefined)
      .map(([key, row]) => [flagName(key), { key, row }] as const),
  );
  const known = [...rows.keys(), '--config', ...Object.keys(specialSwitches)];

  const words = [...argv];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!word.startsWith('-') || word === '-') {
      problems.push(problem('argument-unexpected', `"${word}" is not a flag.`));
      continue;
    }
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const inline = equals < 0 ? undefined : word.slice(equals + 1);
    const takeValue = (): string | undefined => {
      if (inline !== undefined) return inline;
      if (words[0] !== undefined && !words[0].startsWith('--')) return words.shift();
      problems.push(
        problem('config-missing-value', `${name} needs a value.`, { fix: usage(name) }),
      );
      return undefined;
    };

    const specialName = isSpecial(name) ? specialSwitches[name] : undefined;
    if (specialName !== undefined && inline === undefined) {
      special[specialName] = true;
      continue;
    }
    if (name === '--config') {
      const path = takeValue();
      if (config !== undefined) problems.push(repeated(name));
      config = path;
      continue;
    }
    const positive = rows.get(name);
    const negative = rows.get(name.replace(/^--no-/, '--'));
    const found = positive ?? (negative?.row.isSwitch === true ? negative : undefined);
    if (found === undefined) {
      problems.push(problem('flag-unknown', `${name} is not a flag.`, didYouMean(name, known)));
      // Its value, if it has one, is not a second fault.
      if (inline === undefined && words[0]?.startsWith('-') === false) words.shift();
      continue;
    }
    const { key, row } = found;
    const text = row.isSwitch ? (inline ?? String(found === positive)) : takeValue();
    const before = texts.get(key);
    if (before !== undefined && !row.isList) problems.push(repeated(name));
    if (text !== undefined) texts.set(key, { name, texts: [...(before?.texts ?? []), text] });
  }

  const values = new Map<string, { value: unknown; name: string }>();
  for (const [key, { name, texts: given }] of texts) {
    const parsed = table[key]?.fromText?.(given);
    if (parsed === undefined) continue;
    if ('fault' in parsed) problems.push(faultyFlag(name, key, parsed.fault));
    else values.set(key, { value: parsed.value, name });
  }
  return { values, given: new Set(texts.keys()), problems, special: { config, ...special } };
}

const isSpecial = (name: string): name is keyof typeof specialSwitches =>
  Object.hasOwn(specialSwitches, name);

const usage = (name: string) => `Write ${name} VALUE or ${name}=VALUE.`;

const repeated = (name: string) => problem('flag-repeated', `${name} was given more than once.`);

/** Kubernetes and old Docker links add these on their own for a service called `dde-…`. */
const fromOrchestrator = /_SERVICE_(HOST|PORT)|_PORT(_\d+_(TCP|UDP).*)?$/;

/** Reads `DDE_*` variables. An empty one counts as not given, as compose files write them. */
export function readVariables(env: Environment, table: SettingsTable): ReadValues {
  const problems: Problem[] = [];
  const values = new Map<string, { value: unknown; name: string }>();
  const given = new Set<string>();
  const rows = new Map(
    Object.entries(table)
      .filter(([, row]) => row.fromText !== undefined)
      .map(([key, row]) => [variableName(key), { key, row }] as const),
  );
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('DDE_') || name === 'DDE_CONFIG' || text === undefined || text === '') {
      continue;
    }
    const found = rows.get(name);
    if (found === undefined) {
      if (fromOrchestrator.test(name)) continue;
      const fix = didYouMean(name, [...rows.keys(), 'DDE_CONFIG']);
      problems.push(problem('env-unknown', `${name} is not a setting and is ignored.`, fix));
      continue;
    }
    given.add(found.key);
    const parsed = found.row.fromText?.([text]);
    if (parsed === undefined) continue;
    if ('fault' in parsed) problems.push(faultyFlag(name, found.key, parsed.fault));
    else values.set(found.key, { value: parsed.value, name });
  }
  return { values, given, problems };
}
