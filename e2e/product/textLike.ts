/** A text that fits, for use inside `toEqual` and `toMatchObject`: jest's own have the type any. */
export function textLike(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** A text that holds another. */
export function textWith(part: string): unknown {
  return expect.stringContaining(part);
}
