/**
 * JSON in and out without losing digits: whole numbers a float cannot hold (Docker’s 2^64-1 for "no
 * limit" and the like) are kept as marked strings and come out as they were written.
 */
const MARK = '\u0001';

const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** As JSON.parse, but for whole numbers of 16 digits and more: see exactNumber. */
export function parseExact(text: string): unknown {
  const marked = text.replace(stringOrNumber, (token) =>
    /^-?\d{16,}$/.test(token) ? `"\\u0001${token}"` : token,
  );
  return JSON.parse(marked);
}

/** As JSON.stringify, for what parseExact gave. */
export function stringifyExact(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"\\u0001(-?\d+)"/g, '$1');
}

/** The number behind a value of parseExact, as near as a float comes; 0 if it is none. */
export function exactNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.startsWith(MARK) ? Number(value.slice(1)) : 0;
}
