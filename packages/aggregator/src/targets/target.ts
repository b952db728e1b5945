import type { ServerAddress } from './serverAddress.ts';

/**
 * How an agent is asked: `snapshot` is ours; `get-data` is the earlier project’s, which knew no
 * other path.
 */
export type Dialect = 'snapshot' | 'get-data';

/** A place where an agent is expected. What it is called and whether it answers is known later. */
export interface Target {
  /** `HOST:PORT`. Unique among targets; the memory of a target is kept under it. */
  readonly address: string;
  readonly endpoint: ServerAddress;
  /** The configured name, if any. */
  readonly name?: string;
  /** Configured labels for every series of the server. */
  readonly labels: Readonly<Record<string, string>>;
  /** File with the bearer token for this agent, where it is not the one all agents share. */
  readonly tokenFile?: string;
  /** The dialect to try first with an agent nobody has spoken to yet. */
  readonly firstDialect: Dialect;
}
