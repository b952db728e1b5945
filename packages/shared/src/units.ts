const millisecondsPerUnit = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

const durationPattern =
  /^(?=\d)(?:(?<d>\d+(?:\.\d+)?)d)?(?:(?<h>\d+(?:\.\d+)?)h)?(?:(?<m>\d+(?:\.\d+)?)m(?!s))?(?:(?<s>\d+(?:\.\d+)?)s)?(?:(?<ms>\d+)ms)?$/;

/** Milliseconds of `500ms`, `10s`, `1.5s`, `1m30s`, `24h`, `7d` or `0`; undefined if unreadable. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const groups = durationPattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  let total = 0;
  for (const [unit, milliseconds] of Object.entries(millisecondsPerUnit)) {
    total += Number(groups[unit] ?? 0) * milliseconds;
  }
  return Math.round(total);
}

/** The shortest spelling `parseDurationMs` reads, such as `1m30s`. */
export function formatDurationMs(durationMs: number): string {
  let rest = durationMs;
  let text = '';
  for (const [unit, milliseconds] of Object.entries(millisecondsPerUnit)) {
    const amount = Math.floor(rest / milliseconds);
    rest -= amount * milliseconds;
    if (amount > 0) text += `${amount}${unit}`;
  }
  return text === '' ? '0' : text;
}

const bytesPerUnit = new Map([
  ['', 1],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
]);

/** Bytes of `8MiB`, `512KiB`, `1GiB` or a plain number; undefined if unreadable. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([KMG]iB)?$/.exec(text);
  const unitBytes = bytesPerUnit.get(match?.[2] ?? '');
  if (match === null || unitBytes === undefined) return undefined;
  const bytes = Number(match[1]) * unitBytes;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The largest unit that gives a whole number, such as `8MiB`. */
export function formatBytes(bytes: number): string {
  const units = [...bytesPerUnit].reverse();
  const [unit, size] = units.find(([, size]) => bytes >= size && bytes % size === 0) ?? ['', 1];
  return `${bytes / size}${unit}`;
}
