/**
 * Readers for the kernel's text files, from bytes, without making strings of them. All of them rely
 * on the zero byte that `KernelFiles.read` puts behind the content.
 */

const NEWLINE = 10;
const SPACE = 32;
const ZERO = 48;
const NINE = 57;

/** A place in a text. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** The byte at the cursor; 0 behind the end. */
export function byteAt({ bytes, at }: Cursor): number {
  return bytes[at] ?? 0;
}

/**
 * The decimal number at the cursor, behind any spaces; moves behind it. NaN if there is none, as in
 * `max`: of what a kernel says without a number, nothing is known.
 */
export function takeNumber(cursor: Cursor): number {
  const { bytes } = cursor;
  let at = cursor.at;
  while (bytes[at] === SPACE) at += 1;
  const from = at;
  let value = 0;
  for (let byte = bytes[at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[at] ?? 0) {
    value = value * 10 + (byte - ZERO);
    at += 1;
  }
  cursor.at = at;
  return at === from ? NaN : value;
}

/** Moves behind the next such byte; to the end if there is none. */
export function skipPast(cursor: Cursor, wanted: number): void {
  const { bytes } = cursor;
  let at = cursor.at;
  for (let byte = bytes[at] ?? 0; byte !== 0; byte = bytes[at] ?? 0) {
    at += 1;
    if (byte === wanted) break;
  }
  cursor.at = at;
}

export function skipLine(cursor: Cursor): void {
  skipPast(cursor, NEWLINE);
}

/** The number a whole file consists of; NaN if it does not begin with one. */
export function numberOf(bytes: Uint8Array): number {
  return takeNumber({ bytes, at: 0 });
}

/** Where the value of a key goes, and what it is divided by to be in our unit. */
export interface KeyTarget {
  readonly slot: number;
  readonly divisor: number;
}

/** Wanted keys by their hash. */
export type KeyTable = ReadonlyMap<number, KeyTarget & { readonly key: Uint8Array }>;

export function keyTable(targets: Readonly<Record<string, KeyTarget>>): KeyTable {
  return new Map(
    Object.entries(targets).map(([name, target]) => {
      const key = new TextEncoder().encode(name);
      return [key.reduce(hashed, 0), { ...target, key }];
    }),
  );
}

/** Reads lines of `key value`: the wanted ones go into their slots. */
export function takeKeys(bytes: Uint8Array, table: KeyTable, values: Float64Array): void {
  const cursor: Cursor = { bytes, at: 0 };
  for (let byte = bytes[0] ?? 0; byte !== 0; byte = bytes[cursor.at] ?? 0) {
    const from = cursor.at;
    let at = from;
    let hash = 0;
    for (; byte > SPACE; byte = bytes[at] ?? 0) {
      hash = hashed(hash, byte);
      at += 1;
    }
    cursor.at = at;
    const target = table.get(hash);
    if (target !== undefined && isKey(bytes, from, target.key)) {
      values[target.slot] = takeNumber(cursor) / target.divisor;
    }
    skipLine(cursor);
  }
}

function hashed(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

function isKey(bytes: Uint8Array, from: number, key: Uint8Array): boolean {
  for (let index = 0; index < key.length; index += 1) {
    if (bytes[from + index] !== key[index]) return false;
  }
  return true;
}
