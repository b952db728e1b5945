/**
 * A pattern that finds the user in a container's name, such as `{app}--{user}`: text stands for
 * itself, `{user}` for the user, any other `{word}` for anything. Every placeholder takes at least
 * one character and as few as it can; the last takes what is left. Linear in the length of the name,
 * unlike a regular expression somebody wrote in a hurry.
 */
export type UserPattern = (containerName: string) => string | undefined;

export type ParsedUserPattern =
  | { readonly ok: true; readonly userOf: UserPattern }
  | { readonly ok: false; readonly reason: string };

interface Step {
  readonly isUser: boolean;
  /** The text that ends the placeholder; "" for the rest of the name. */
  readonly until: string;
}

const PLACEHOLDER = /\{([a-z][a-z0-9-]*)\}/gi;

export function parseUserPattern(pattern: string): ParsedUserPattern {
  const words = [...pattern.matchAll(PLACEHOLDER)];
  const texts = pattern.split(/\{[a-z][a-z0-9-]*\}/i);
  if (texts.some((text) => text.includes('{') || text.includes('}'))) {
    return { ok: false, reason: 'every { needs a } with a word between them' };
  }
  if (words.filter(([, word]) => word === 'user').length !== 1) {
    return { ok: false, reason: 'it needs {user} exactly once' };
  }
  if (texts.slice(1, -1).includes('')) {
    return { ok: false, reason: 'two placeholders need some text between them' };
  }
  const prefix = texts[0] ?? '';
  const steps = words.map(([, word], index) => ({
    isUser: word === 'user',
    until: texts[index + 1] ?? '',
  }));
  return { ok: true, userOf: (name) => match(name, prefix, steps) };
}

function match(name: string, prefix: string, steps: readonly Step[]): string | undefined {
  if (!name.startsWith(prefix)) return undefined;
  let at = prefix.length;
  let user: string | undefined;
  for (const [index, { isUser, until }] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const end = isLast ? name.length - until.length : name.indexOf(until, at + 1);
    if (end <= at || (isLast && !name.endsWith(until))) return undefined;
    if (isUser) user = name.slice(at, end);
    at = end + until.length;
  }
  return user;
}
