import type { Problem } from '@docker-data-exporter/shared/errors';

/** Where the engine is and how to speak to it. */
export type EngineEndpoint = UnixEndpoint | TcpEndpoint;

export interface UnixEndpoint {
  readonly kind: 'unix';
  readonly socketPath: string;
  /** What named it: a setting, a variable, a context, or that it is a usual place. */
  readonly namedBy: string;
}

export interface TcpEndpoint {
  readonly kind: 'tcp';
  readonly protocol: 'http' | 'https';
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Of a proxy in front of the engine: "" or `/path`. */
  readonly basePath: string;
  readonly tls?: TlsMaterial;
  readonly namedBy: string;
}

/** PEM texts. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Whether the engine's certificate has to be valid. */
  readonly verify: boolean;
}

export type Discovery =
  | { readonly ok: true; readonly endpoint: EngineEndpoint }
  /** The problem's message says what was tried. */
  | { readonly ok: false; readonly problem: Problem };

/** What the search needs of the machine; tests give their own. */
export interface Surroundings {
  /** The setting `dockerHost`, if given: it beats everything else. */
  readonly dockerHost: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  readonly userId: number | undefined;
  readonly platform: string;
  readonly files: EndpointFiles;
}

export interface EndpointFiles {
  /** Undefined if it does not exist; throws if it cannot be read. */
  readonly readText: (path: string) => Promise<string | undefined>;
  readonly look: (path: string) => Promise<PathFacts>;
}

/** What stands at a path. `denied`: it is a socket the agent's user may not open. */
export type PathFacts = 'missing' | 'not-a-socket' | 'denied' | 'socket';
