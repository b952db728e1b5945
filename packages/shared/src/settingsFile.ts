import { dirname, join } from 'node:path';
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import { didYouMean } from './didYouMean.ts';
import { type Problem, problem } from './errors.ts';
import type {
  ConfigEntry,
  ConfigNode,
  ConfigPlace,
  ConfigReader,
  Setting,
  SettingsOf,
  SettingsTable,
} from './settingRow.ts';

/** A YAML bomb needs many aliases; a sensible configuration few. */
const MAX_ALIAS_COUNT = 100;

const describe = (content: unknown): string => {
  if (isMap(content)) return 'a map';
  if (isSeq(content)) return 'a list';
  if (isScalar(content) && content.value !== null) return JSON.stringify(content.value);
  return 'nothing';
};

/** What the parser says in words of programmers. */
const plainSentences = new Map<string, string>([
  ['MULTIPLE_DOCS', 'The file holds a second document'],
  ['RESOURCE_EXHAUSTION', 'The file is nested too deeply'],
]);

/** A parsed file: its root, a reader for it, and what was wrong so far (the reader adds to it). */
export interface SettingsFile {
  readonly root: ConfigNode;
  readonly reader: ConfigReader;
  readonly problems: readonly Problem[];
}

/** Parses YAML strictly. Never throws: problems are collected, with file, line and column. */
export function parseSettingsFile(text: string, file: string): SettingsFile {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const placeOf = (offset: number): ConfigPlace => {
    const { line, col } = lines.linePos(offset);
    // Both are 0 in an empty file.
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const report = (offset: number, found: Problem) => {
    problems.push({ ...found, ...placeOf(offset) });
  };

  // Duplicate keys are told by the reader: it names both lines, and is linear.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const badLines = new Set<number>();
  for (const { message, pos, code } of [...document.errors, ...document.warnings]) {
    // What follows on the same line only echoes the first error.
    const { line } = lines.linePos(pos[0]);
    if (badLines.has(line)) continue;
    badLines.add(line);
    const sentence = plainSentences.get(code) ?? message;
    report(pos[0], problem('config-syntax', `${sentence.replace(/[.:]?\s*$/, '')}.`));
  }
  if (problems.length === 0) checkAliases(document, report);

  const wrap = (path: string, node: unknown, parentOffset: number): ConfigNode => {
    const offset = (isNode(node) ? node.range?.[0] : undefined) ?? parentOffset;
    const content = isAlias(node) ? node.resolve(document) : node;
    return { path, offset, content: content ?? null };
  };
  const reader = createReader({
    wrap,
    placeOf: ({ offset }) => placeOf(offset),
    report: (node, found) => {
      report(node.offset, found);
    },
    resolvePath: (path) => join(dirname(file), path),
  });
  return { root: wrap('', document.contents, 0), reader, problems };
}

function checkAliases(document: Document, report: (offset: number, found: Problem) => void) {
  const dangling: Alias[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined) dangling.push(alias);
    },
  });
  for (const { source, range } of dangling) {
    const message = `The alias *${source} has no anchor before it.`;
    report(range?.[0] ?? 0, problem('config-syntax', message));
  }
  if (dangling.length > 0) return;
  try {
    document.toJS({ maxAliasCount: MAX_ALIAS_COUNT, mapAsMap: true });
  } catch {
    const message = `The file’s aliases unfold to more than ${MAX_ALIAS_COUNT} copies.`;
    report(0, problem('config-alias-limit', message));
  }
}

interface ReaderParts {
  readonly wrap: (path: string, node: unknown, parentOffset: number) => ConfigNode;
  readonly placeOf: ConfigReader['placeOf'];
  readonly report: ConfigReader['report'];
  readonly resolvePath: ConfigReader['resolvePath'];
}

const namely = (node: ConfigNode) => (node.path === '' ? 'The file' : node.path);

function createReader({ wrap, placeOf, report, resolvePath }: ReaderParts): ConfigReader {
  const fault: ConfigReader['fault'] = (at, { code, says, fix }) => {
    report(at, problem(code, `${namely(at)} ${says}.`, fix === undefined ? {} : { fix }));
  };
  const wrongType = (at: ConfigNode, needs: string) => {
    const says = `must be ${needs}, not ${describe(at.content)}`;
    if (isNothing(at)) fault(at, { code: 'config-missing-value', says, ...fillIn });
    else fault(at, { code: 'config-wrong-type', says });
  };

  const entries: ConfigReader['entries'] = (node) => {
    if (!isMap(node.content)) {
      wrongType(node, 'a map of keys and values');
      return undefined;
    }
    const seen = new Map<string, ConfigEntry>();
    for (const { key: keyContent, value } of node.content.items) {
      const name = isScalar(keyContent) ? keyContent.value : keyContent;
      const keyNode = wrap(node.path, keyContent, node.offset);
      if (typeof name !== 'string') {
        report(keyNode, problem('config-wrong-type', `A key must be text.`, keyInQuotes));
        continue;
      }
      const path = node.path === '' ? name : `${node.path}.${name}`;
      const first = seen.get(name);
      if (first !== undefined) {
        const where = `line ${placeOf(first.keyNode).line}`;
        report(keyNode, problem('config-duplicate-key', `"${path}" was set already on ${where}.`));
        continue;
      }
      const valueNode = wrap(path, value, keyNode.offset);
      seen.set(name, { key: name, keyNode, value: valueNode });
    }
    return [...seen.values()];
  };

  const list: ConfigReader['list'] = (node) => {
    if (!isSeq(node.content)) {
      wrongType(node, 'a list');
      return undefined;
    }
    return node.content.items.map((item, index) =>
      wrap(`${node.path}[${index}]`, item, node.offset),
    );
  };

  const scalar: ConfigReader['scalar'] = (node) => {
    const value = isScalar(node.content) ? node.content.value : undefined;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return value;
    }
    wrongType(node, 'one value');
    return undefined;
  };

  const reader: ConfigReader = {
    report,
    fault,
    scalar,
    list,
    entries,
    resolvePath,
    placeOf,
    isEmpty: isNothing,
    isMap: (node) => isMap(node.content),
    isList: (node) => isSeq(node.content),
    table: (node, table) => {
      const found = readTable(node, { table, reader });
      if (found === undefined) return undefined;
      let complete = found.complete;
      const values: Record<string, unknown> = {};
      for (const [key, row] of Object.entries(table)) {
        values[key] = found.values.has(key) ? found.values.get(key) : row.default;
        if (!row.required || found.seen.has(key)) continue;
        complete = false;
        const name = row.yamlKey ?? key;
        const fix = `Add "${name}:" with a value.`;
        fault(node, { code: 'config-missing-value', says: `needs the key "${name}"`, fix });
      }
      // Safe: every key of the table was filled by its own row.
      return complete ? (values as SettingsOf<typeof table>) : undefined;
    },
  };
  return reader;
}

const fillIn = { fix: 'Write a value after the colon, or remove the key.' };
const keyInQuotes = { fix: 'Put the key in quotes.' };

const isNothing = ({ content }: ConfigNode) =>
  content === null || (isScalar(content) && content.value === null);

export interface ReadTable {
  /** Values by the table's keys; only what was written and is valid. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Every key that was written, valid or not, with its place. */
  readonly seen: ReadonlyMap<string, ConfigNode>;
  /** Nothing was wrong. */
  readonly complete: boolean;
}

/** Reads a map by a table's rows, without filling in defaults. An empty node is an empty map. */
export function readTable(
  node: ConfigNode,
  { table, reader }: { readonly table: SettingsTable; readonly reader: ConfigReader },
): ReadTable | undefined {
  const entries = isNothing(node) ? [] : reader.entries(node);
  if (entries === undefined) return undefined;
  const rows = new Map(
    Object.entries(table).map(([key, row]): [string, [string, Setting<unknown>]] => [
      row.yamlKey ?? key,
      [key, row],
    ]),
  );
  const values = new Map<string, unknown>();
  const seen = new Map<string, ConfigNode>();
  let complete = true;
  for (const { key: name, keyNode, value } of entries) {
    const found = rows.get(name);
    if (found === undefined) {
      complete = false;
      const message = `"${value.path}" is not a setting.`;
      reader.report(
        keyNode,
        problem('config-unknown-key', message, didYouMean(name, [...rows.keys()])),
      );
      continue;
    }
    const [key, row] = found;
    seen.set(key, value);
    const read = row.fromNode(value, reader);
    if (read === undefined) complete = false;
    else values.set(key, read);
  }
  return { values, seen, complete };
}
