/**
 * Small readers for JSON nobody vouches for: each gives back what it was asked for, or undefined.
 * They are what the engine's answers are checked with, without a schema library in the agent's memory.
 */

/** A JSON object. */
export type Shape = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown): Shape | undefined {
  // Safe: an object that is no array has only string keys once it came from JSON.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Shape)
    : undefined;
}

export function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** A string, also an empty one. */
export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A string with something in it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number of at least 0: `1e999` is Infinity to JSON.parse, and `docker info` may say -1. */
export function amountOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** T, with every key that may be undefined made optional instead. */
export type Compact<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** The object without the keys whose value is undefined. */
export function compact<T extends object>(object: T): Compact<T> {
  // Safe: exactly the keys that are undefined are left out.
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as Compact<T>;
}
