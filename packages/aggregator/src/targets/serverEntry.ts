import type { ServerAddress } from './serverAddress.ts';
import type { Dialect } from './target.ts';

/** One server as the configuration names it. */
export interface ServerEntry {
  readonly address: ServerAddress;
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tokenFile?: string;
  readonly firstDialect: Dialect;
  readonly place: EntryPlace;
}

/** Where an entry stands, for people. */
export interface EntryPlace {
  /** The setting it belongs to. */
  readonly key: string;
  /** Such as `servers[3]` or `--server`. */
  readonly path: string;
  /** In the YAML file, from 1. */
  readonly line?: number;
}
