import { isNativeError } from 'node:util/types';

/**
 * Every fault a user can meet, by a stable code. docs/ERRORS.md is generated from this table.
 *
 * A row is a warning when the service goes on in spite of it. `exitCode` is what the process ends
 * with when the fault stops it: 2 for usage (settings, flags, files named by them), else 1.
 */
export interface ErrorRow {
  /** What happened, one sentence, for someone who only has the code. */
  readonly meaning: string;
  /** What to do about it, one or two sentences. */
  readonly fix: string;
  readonly severity?: 'warning';
  readonly exitCode?: 1 | 2;
}

export const errorTable = {
  // Settings: flags, environment, YAML
  'config-unknown-key': {
    meaning: 'The YAML file has a key that no setting is called.',
    fix: 'Correct the spelling or remove the key; --help lists every setting.',
    exitCode: 2,
  },
  'config-duplicate-key': {
    meaning: 'A key stands twice in one map of the YAML file.',
    fix: 'Keep one of the two.',
    exitCode: 2,
  },
  'config-syntax': {
    meaning: 'The file is not valid YAML.',
    fix: 'Mend the line named; check indentation, quotes and colons.',
    exitCode: 2,
  },
  'config-alias-limit': {
    meaning: 'The YAML file’s aliases unfold to too many nodes.',
    fix: 'Write the values out instead of nesting aliases.',
    exitCode: 2,
  },
  'config-wrong-type': {
    meaning: 'A setting has a value of another type than it needs.',
    fix: 'Write the value in the form --help shows.',
    exitCode: 2,
  },
  'config-bad-value': {
    meaning: 'A setting’s value is not one it can take.',
    fix: 'Write the value in the form --help shows.',
    exitCode: 2,
  },
  'config-out-of-range': {
    meaning: 'A number, size or duration is too small or too large.',
    fix: 'Choose a value within the range named.',
    exitCode: 2,
  },
  'config-missing-value': {
    meaning: 'A setting that has no default was not given, or was left empty.',
    fix: 'Give it as a flag, an environment variable or a YAML key.',
    exitCode: 2,
  },
  'config-file-missing': {
    meaning: 'The file given by --config or DDE_CONFIG does not exist.',
    fix: 'Check the path; in a container, check that the file is mounted.',
    exitCode: 2,
  },
  'config-file-unreadable': {
    meaning: 'The configuration file exists but could not be read.',
    fix: 'Give the service’s user the right to read it.',
    exitCode: 2,
  },
  'config-restart-needed': {
    meaning: 'A reload changed a setting that is only read at start.',
    fix: 'Restart the service to use the new value; until then the old one holds.',
    severity: 'warning',
  },
  'reload-failed': {
    meaning: 'The changed configuration is not valid, so the old one stays in use.',
    fix: 'Mend the problems logged with it; try --check-config before a reload.',
    severity: 'warning',
  },
  'flag-unknown': {
    meaning: 'The command line has a flag that does not exist.',
    fix: 'Correct the spelling; --help lists every flag.',
    exitCode: 2,
  },
  'flag-repeated': {
    meaning: 'A flag that takes one value was given more than once.',
    fix: 'Give it once.',
    exitCode: 2,
  },
  'argument-unexpected': {
    meaning: 'The command line has a word that belongs to no flag.',
    fix: 'Flags are written --name VALUE or --name=VALUE; quote values with spaces.',
    exitCode: 2,
  },
  'env-unknown': {
    meaning: 'An environment variable starts with DDE_ but no setting is called so.',
    fix: 'Correct the spelling or remove it; it is ignored.',
    severity: 'warning',
  },

  // Servers of the aggregator
  'servers-missing': {
    meaning: 'The aggregator was told of no server at all.',
    fix: 'Give --config FILE with a servers: list, each with an address such as 10.0.0.7:5050.',
    exitCode: 2,
  },
  'server-duplicate': {
    meaning: 'The same agent is listed more than once; it is scraped once.',
    fix: 'Remove one of the entries.',
    severity: 'warning',
  },
  'label-invalid': {
    meaning: 'A label name is not one Prometheus accepts.',
    fix: 'Use letters, digits and underscores, not starting with a digit or two underscores.',
    exitCode: 2,
  },
  'label-reserved': {
    meaning: 'A label name is one the exporter sets itself.',
    fix: 'Choose another name.',
    exitCode: 2,
  },
  'servers-empty': {
    meaning: 'The list of servers is empty, so there is nothing to report.',
    fix: 'Add servers to the list, each with an address such as 10.0.0.7:5050; no restart is needed.',
    severity: 'warning',
  },
  'server-down': {
    meaning: 'A server’s agent gave no usable answer; the server is reported as offline.',
    fix: 'Look at the reason in the message: whether the host, its network and its agent are up.',
    severity: 'warning',
  },
  'server-name-taken': {
    meaning: 'Two servers would have the same name, so the later one has its address in its name.',
    fix: 'Give one of them a name: in the configuration, or change its host name.',
    severity: 'warning',
  },
  'containers-dropped': {
    meaning: 'An agent sent containers whose data does not fit the schema; they were left out.',
    fix: 'Update the agent or the aggregator; if both are new, report it.',
    severity: 'warning',
  },

  // Tokens and access
  'bind-open': {
    meaning: 'The service would listen beyond this machine with nothing to keep strangers out.',
    fix: 'Give --token-file FILE, listen on 127.0.0.1, or say --insecure if the network is trusted.',
    exitCode: 2,
  },
  'bind-insecure': {
    meaning: 'The service listens beyond this machine without a token, because --insecure says so.',
    fix: 'Give --token-file FILE and drop --insecure.',
    severity: 'warning',
  },
  'token-file-missing': {
    meaning: 'The token file does not exist.',
    fix: 'Make one: openssl rand -hex 32 > FILE; chmod 600 FILE.',
    exitCode: 2,
  },
  'token-file-unreadable': {
    meaning: 'The token file exists but could not be read.',
    fix: 'Give the service’s user the right to read it (chown it to that user, mode 600).',
    exitCode: 2,
  },
  'token-file-empty': {
    meaning: 'The token file holds no token.',
    fix: 'Put one token on a line: openssl rand -hex 32 > FILE.',
    exitCode: 2,
  },
  'token-too-short': {
    meaning: 'A token is shorter than 16 characters and could be guessed.',
    fix: 'Make a long one: openssl rand -hex 32.',
    exitCode: 2,
  },
  'token-invalid': {
    meaning: 'A token has a character that cannot be sent in a header, or the file is too large.',
    fix: 'Use one token on a line, printable ASCII without spaces: openssl rand -hex 32.',
    exitCode: 2,
  },
  'token-file-exposed': {
    meaning: 'Every user of the machine can read the token file.',
    fix: 'chmod 600 FILE.',
    severity: 'warning',
  },
  'auth-refused': {
    meaning: 'A request came without a valid token and was answered 401.',
    fix: 'Give the client the same token; in Prometheus: authorization: { credentials_file: FILE }.',
    severity: 'warning',
  },

  // Listening
  'port-in-use': {
    meaning: 'Another process listens on this address and port.',
    fix: 'Stop it or choose another port with --listen HOST:PORT.',
    exitCode: 1,
  },
  'listen-address-unavailable': {
    meaning: 'The address to listen on does not belong to this machine.',
    fix: 'Use an address of this machine (ip addr), 127.0.0.1, or 0.0.0.0 for all.',
    exitCode: 1,
  },
  'listen-not-permitted': {
    meaning: 'The service may not listen on this port.',
    fix: 'Choose a port of 1024 or above with --listen HOST:PORT.',
    exitCode: 1,
  },
  'listen-failed': {
    meaning: 'Listening failed for another reason.',
    fix: 'See the message; choose another address with --listen HOST:PORT.',
    exitCode: 1,
  },
  'connections-full': {
    meaning: 'A new connection was dropped because the connection limit is reached.',
    fix: 'Find who keeps them open, or raise maxConnections.',
    severity: 'warning',
  },
  'stop-forced': {
    meaning: 'Replies were cut because they did not finish within the stop deadline.',
    fix: 'Nothing to do if rare; else look for slow clients.',
    severity: 'warning',
  },

  // State
  'state-dir-unwritable': {
    meaning: 'The state directory cannot be made or written; what is learnt is lost at a restart.',
    fix: 'Give --state-dir DIR a directory the service’s user may write to.',
    severity: 'warning',
  },
  'state-file-corrupt': {
    meaning: 'A state file could not be understood and was set aside.',
    fix: 'Nothing to do: it is learnt anew. The old file is kept beside it.',
    severity: 'warning',
  },

  // The Docker Engine, seen by the agent
  'socket-missing': {
    meaning: 'The engine’s socket does not exist.',
    fix: 'Start Docker; in a container, mount it: -v /var/run/docker.sock:/var/run/docker.sock:ro.',
    severity: 'warning',
  },
  'socket-permission': {
    meaning: 'The agent’s user may not open the engine’s socket.',
    fix: 'Add the user to the docker group (usermod -aG docker USER) and restart the agent.',
    severity: 'warning',
  },
  'docker-host-unusable': {
    meaning: 'The address or docker context that names the engine cannot be used.',
    fix: 'Correct --docker-host, DOCKER_HOST or the docker context; docker context ls shows them.',
    severity: 'warning',
  },
  'engine-unreachable': {
    meaning: 'No engine answers at the address.',
    fix: 'Start Docker, or correct the engine’s address.',
    severity: 'warning',
  },
  'engine-timeout': {
    meaning: 'The engine did not answer within the deadline.',
    fix: 'Look at the engine: systemctl status docker, docker info.',
    severity: 'warning',
  },
  'engine-bad-answer': {
    meaning: 'The engine’s answer was cut, malformed or of an unexpected shape.',
    fix: 'See whether a proxy stands before the socket; look at the engine’s log.',
    severity: 'warning',
  },
  'engine-http-status': {
    meaning: 'The engine answered with an HTTP error.',
    fix: 'See the message; a socket proxy may have to allow the path.',
    severity: 'warning',
  },
  'stats-timeout': {
    meaning: 'A container’s stats did not come within the deadline; its usage is absent.',
    fix: 'Look for a stuck container: docker top NAME, systemctl status docker.',
    severity: 'warning',
  },

  'stats-quarantined': {
    meaning: 'A container whose stats hang is asked in the background only, until it answers.',
    fix: 'Look for a stuck container: docker top NAME; restarting it helps.',
    severity: 'warning',
  },

  'cgroup-unreadable': {
    meaning: 'The containers’ cgroup files cannot be found where usage is to be read from them.',
    fix: 'In a container, mount the host’s cgroups: -v /sys/fs/cgroup:/sys/fs/cgroup:ro; or set usageSource: auto.',
  },

  // Last resort
  internal: {
    meaning: 'A fault of the program itself.',
    fix: 'Please report it with the log line and the version.',
    exitCode: 1,
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type ErrorCode = keyof typeof errorTable;

/** One fault met at one place. `fix` is more specific than the table’s where it is given. */
export interface Problem {
  readonly code: ErrorCode;
  /** One sentence ending in a full stop; names the key, file or address. Never holds a secret. */
  readonly message: string;
  readonly fix?: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  /** The setting it belongs to. */
  readonly key?: string;
}

export type ProblemDetails = Omit<Problem, 'code' | 'message'>;

export function problem(code: ErrorCode, message: string, details?: ProblemDetails): Problem {
  return { code, message, ...details };
}

export function rowOf(code: ErrorCode): ErrorRow {
  return errorTable[code];
}

export function fixOf(problem: Problem): string {
  return problem.fix ?? rowOf(problem.code).fix;
}

export function isWarning(problem: Problem): boolean {
  return rowOf(problem.code).severity === 'warning';
}

/** What a process ends with when these problems stop it: 2 if any is a usage error, else 1. */
export function exitCodeOf(problems: readonly Problem[]): 1 | 2 {
  return problems.some(({ code }) => rowOf(code).exitCode === 2) ? 2 : 1;
}

/** One line: `FILE:LINE:COLUMN: message [code] fix`, without the parts that are not known. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, message, code } = problem;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place === '' ? '' : `${place}: `}${message} [${code}] ${fixOf(problem)}`;
}

/** An error that is one or more problems of the table. Its message is safe to show. */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly problems: readonly [Problem, ...Problem[]];

  constructor(problems: Problem | readonly [Problem, ...Problem[]], options?: ErrorOptions) {
    const list: readonly [Problem, ...Problem[]] = 'code' in problems ? [problems] : problems;
    super(list.map(formatProblem).join('\n'), options);
    this.problems = list;
  }

  /** The first problem’s code. */
  get code(): ErrorCode {
    return this.problems[0].code;
  }
}

export function isCodedError(error: unknown): error is CodedError {
  return error instanceof CodedError;
}

/** The problems of a coded error; anything else becomes `internal`, with the error’s own message. */
export function problemsOf(error: unknown): readonly [Problem, ...Problem[]] {
  if (isCodedError(error)) return error.problems;
  return [problem('internal', isNativeError(error) ? `${error.message}.` : 'Unknown error.')];
}

/** The code Node gives a failed system call, such as ENOENT; undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
