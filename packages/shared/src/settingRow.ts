import type { ErrorCode, Problem } from './errors.ts';

/** What is wrong with a value, as the rest of a sentence that begins with the setting’s name. */
export interface Fault {
  readonly code: ErrorCode;
  /** Such as: `must be a duration such as 10s, not "10"`. No full stop. */
  readonly says: string;
  readonly fix?: string;
}

/** A value, or why there is none. */
export type Parsed<T> = { readonly value: T } | { readonly fault: Fault };

export type Scalar = string | number | boolean;

/** A place in the YAML file. Opaque: give it to the reader. */
export interface ConfigNode {
  /** As people would name it: `servers[2].address`. */
  readonly path: string;
  /** Offset in the text. */
  readonly offset: number;
  /** The yaml library’s node, aliases resolved; null where nothing is written. */
  readonly content: unknown;
}

/** Line and column count from 1. */
export interface ConfigPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ConfigEntry {
  readonly key: string;
  readonly keyNode: ConfigNode;
  readonly value: ConfigNode;
}

/**
 * Reads nodes strictly. Every method reports what is wrong, with file and line, and answers
 * undefined; a caller goes on with the next node, so that all problems are found at once.
 */
export interface ConfigReader {
  /** Adds a problem (or a warning, by its code) at a node. */
  report: (at: ConfigNode, problem: Problem) => void;
  /** The same for a sentence that begins with the node’s name. */
  fault: (at: ConfigNode, fault: Fault) => void;
  /** Nothing is written there, or `null`. */
  isEmpty: (node: ConfigNode) => boolean;
  scalar: (node: ConfigNode) => Scalar | undefined;
  isMap: (node: ConfigNode) => boolean;
  isList: (node: ConfigNode) => boolean;
  /** The entries of a list. */
  list: (node: ConfigNode) => readonly ConfigNode[] | undefined;
  /** The entries of a map with free keys, in order, no key twice. */
  entries: (node: ConfigNode) => readonly ConfigEntry[] | undefined;
  /** A map with known keys: unknown ones are reported, required ones asked for, defaults filled. */
  table: <T extends SettingsTable>(node: ConfigNode, table: T) => SettingsOf<T> | undefined;
  /** For problems that are only found later. */
  placeOf: (node: ConfigNode) => ConfigPlace;
  /** A path relative to the file’s folder, as seen from the working directory. */
  resolvePath: (path: string) => string;
}

/** One row of a settings table: `V` is its value, `A` what it is when nobody gives it. */
export interface Setting<V, A = V | undefined> {
  /** For docs, such as `duration`. */
  readonly kind: string;
  readonly help: string;
  /** Heading in `--help` and in the docs. */
  readonly group: string;
  readonly placeholder: string;
  /** Undefined for a required row too. */
  readonly default: A;
  readonly defaultText: string;
  readonly required: boolean;
  /** Shown as `<hidden>`. */
  readonly secret: boolean;
  /** A reload takes the new value; otherwise a restart is needed, and a warning says so. */
  readonly reloadable: boolean;
  /** Spelling in YAML where it is not the row’s key. */
  readonly yamlKey: string | undefined;
  /** No value needed: `--insecure`, `--no-insecure`. */
  readonly isSwitch: boolean;
  /** The flag may be given again. */
  readonly isList: boolean;
  /** From flags (all that were given) or an environment variable (one). Absent: YAML only. */
  readonly fromText: ((texts: readonly string[]) => Parsed<V>) | undefined;
  /** From the YAML file; reports what is wrong and then answers undefined. */
  readonly fromNode: (node: ConfigNode, reader: ConfigReader) => V | undefined;
  /** Plain data for `--print-config`, in a form that can be read again. A method: see SettingsTable. */
  toPlain(value: V): unknown;
}

/** Rows of different value types in one record; sound because the mapped type below keeps each. */
export type SettingsTable = Readonly<Record<string, Setting<unknown, unknown>>>;

/** The values of a table. Durations are milliseconds, sizes bytes; undefined is "not given". */
export type SettingsOf<T extends SettingsTable> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V, infer A> ? V | A : never;
};
