export interface DeadlineSettings {
  /** What a scraper is granted that tells no time-out of its own, in milliseconds. */
  readonly scrapeTimeout: number;
  /** What sending the reply takes, in milliseconds. */
  readonly scrapeMargin: number;
}

/** A time-out too long for Node’s timers would fire at once. */
const LONGEST_TIMEOUT_MS = 600_000;
const SHORTEST_DEADLINE_MS = 50;

/**
 * Milliseconds a scrape may take, from the header `X-Prometheus-Scrape-Timeout-Seconds`: that time
 * less the margin, yet never less than half of it. A header that makes no sense counts as none.
 */
export function scrapeDeadlineMs(
  header: string | undefined,
  { scrapeTimeout, scrapeMargin }: DeadlineSettings,
): number {
  const told = /^\d{1,9}(?:\.\d{1,9})?$/.test(header ?? '') ? Number(header) * 1000 : 0;
  const timeoutMs = Math.min(told > 0 ? told : scrapeTimeout, LONGEST_TIMEOUT_MS);
  const deadlineMs = Math.max(timeoutMs - scrapeMargin, timeoutMs / 2);
  return Math.max(Math.floor(deadlineMs), SHORTEST_DEADLINE_MS);
}
