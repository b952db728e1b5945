import { hash, timingSafeEqual } from 'node:crypto';

/** Whether an `Authorization` header shows a valid token. */
export type Authorize = (header: string | undefined) => Promise<boolean>;

const digest = (token: string) => hash('sha256', token, 'buffer');

/** Compares hashes, in constant time and with every token, so that timing tells nothing. */
export function isValidToken(presented: string, tokens: readonly string[]): boolean {
  const presentedHash = digest(presented);
  let valid = false;
  for (const token of tokens) {
    if (timingSafeEqual(presentedHash, digest(token))) valid = true;
  }
  return valid;
}

/** Accepts `Bearer TOKEN` with any of the tokens; asks for them on every request. */
export function bearerAuth(tokens: () => Promise<readonly string[]>): Authorize {
  return async (header = '') => {
    const presented = /^bearer +([^ ]+) *$/i.exec(header)?.[1];
    if (presented === undefined) return false;
    return isValidToken(presented, await tokens());
  };
}
