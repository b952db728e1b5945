import { isNativeError } from 'node:util/types';

/** Why a server gave no data: a closed set, so that it can be a label. */
export const downReasons = [
  'dns',
  'unreachable',
  'refused',
  'reset',
  'timeout',
  'tls',
  'auth',
  'http_status',
  'version',
  'parse',
  'too_large',
] as const;

export type DownReason = (typeof downReasons)[number];

/** A server’s fault: the reason, and one phrase for people. Holds nothing the agent sent. */
export interface Down {
  readonly reason: DownReason;
  readonly detail: string;
}

/** Error codes of Node, OpenSSL, llhttp and undici. What has a family prefix is below. */
const reasonOfCode = new Map<string, DownReason>([
  ['ENOTFOUND', 'dns'],
  ['ENODATA', 'dns'],
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'reset'],
  ['ECONNABORTED', 'reset'],
  ['EPIPE', 'reset'],
  ['UND_ERR_SOCKET', 'reset'],
  ['UND_ERR_CLOSED', 'reset'],
  ['UND_ERR_DESTROYED', 'reset'],
  // The body ended before, or went on after, the length its header told.
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'reset'],
  ['ETIMEDOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout'],
  ['UND_ERR_HEADERS_OVERFLOW', 'too_large'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'too_large'],
  ['HPE_HEADER_OVERFLOW', 'too_large'],
  // undici’s name for what is no HTTP; its code is often missing.
  ['HTTPParserError', 'parse'],
  ['EPROTO', 'tls'],
  ['CERT_HAS_EXPIRED', 'tls'],
  ['CERT_NOT_YET_VALID', 'tls'],
  ['CERT_REVOKED', 'tls'],
  ['CERT_UNTRUSTED', 'tls'],
  ['CERT_REJECTED', 'tls'],
  ['CERT_SIGNATURE_FAILURE', 'tls'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
  ['INVALID_CA', 'tls'],
  ['INVALID_PURPOSE', 'tls'],
  ['HOSTNAME_MISMATCH', 'tls'],
]);

const reasonOfPrefix: readonly (readonly [string, DownReason])[] = [
  ['EAI_', 'dns'],
  ['HPE_', 'parse'],
  ['ERR_TLS_', 'tls'],
  ['ERR_SSL_', 'tls'],
  ['ERR_OSSL_', 'tls'],
  ['UNABLE_TO_', 'tls'],
];

/** Where a name has several addresses, what says most about the host comes first. */
const byMeaning: readonly DownReason[] = ['tls', 'parse', 'refused', 'reset', 'timeout', 'dns'];

/**
 * The reason an error of the network or of undici stands for. An error nobody knows is
 * `unreachable`: no connection came about.
 */
export function classifyError(error: unknown): Down {
  const causes = causesOf(error).map((cause): Down => ({
    reason: reasonOf(cause),
    detail: detailOf(cause),
  }));
  const [first] = causes;
  for (const reason of byMeaning) {
    const found = causes.find((cause) => cause.reason === reason);
    if (found !== undefined) return found;
  }
  return first ?? { reason: 'unreachable', detail: 'unknown error' };
}

interface CodedCause {
  readonly code: string;
  readonly syscall: string;
}

/** Leaves of the tree that `cause` and AggregateError’s `errors` make. */
function causesOf(error: unknown, depth = 0): readonly CodedCause[] {
  // Nobody nests errors like this; one that contains itself would not end.
  if (depth > 4 || !isNativeError(error)) return [];
  const inner = fieldOf(error, 'errors') ?? [error.cause];
  const causes = Array.isArray(inner)
    ? inner.flatMap((cause: unknown) => causesOf(cause, depth + 1))
    : [];
  if (causes.length > 0) return causes;
  const [code, syscall] = [fieldOf(error, 'code'), fieldOf(error, 'syscall')];
  return [
    {
      code: typeof code === 'string' ? code : error.name,
      syscall: typeof syscall === 'string' ? syscall : '',
    },
  ];
}

function fieldOf(error: Error, key: 'code' | 'syscall' | 'errors'): unknown {
  return key in error ? Reflect.get(error, key) : undefined;
}

function reasonOf({ code, syscall }: CodedCause): DownReason {
  // Whatever it ended with, such as EINVAL for a name that is none.
  if (syscall === 'getaddrinfo') return 'dns';
  return (
    reasonOfCode.get(code) ??
    reasonOfPrefix.find(([prefix]) => code.startsWith(prefix))?.[1] ??
    'unreachable'
  );
}

// The message of an error may quote what the agent sent; its code and system call never do.
function detailOf({ code, syscall }: CodedCause): string {
  return syscall === '' ? code : `${syscall} ${code}`;
}
