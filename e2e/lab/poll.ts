import { setTimeout as delay } from 'node:timers/promises';

const pauseMilliseconds = 50;

/**
 * Asks `check` until it gives something other than `undefined` or `false`, and returns that.
 * Throws after `deadlineSeconds`, naming `what` and the last error `check` threw.
 */
export async function until<T>(
  what: string,
  deadlineSeconds: number,
  check: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + deadlineSeconds * 1000;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await check();
      if (answer !== undefined && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${deadlineSeconds} s in vain for ${what}`, { cause: lastError });
    }
    await delay(pauseMilliseconds);
  }
}
