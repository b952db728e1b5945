/** Most cells of the table below that are worth their time and memory. */
const MOST_CELLS = 4_000_000;
const MOST_LINES = 80;
const CONTEXT = 2;

/**
 * What changed from one text to another: `-` lines are only in the first, `+` lines only in the
 * second, with a little of what surrounds them. At most 80 lines. Texts that differ too widely are
 * shown one after the other.
 */
export function lineDifference(before: string, after: string): string {
  const a = before.split('\n');
  const b = after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) {
    end += 1;
  }
  const removed = a.slice(start, a.length - end);
  const added = b.slice(start, b.length - end);
  const changes =
    removed.length * added.length > MOST_CELLS
      ? [...removed.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)]
      : aligned(removed, added);
  const lines = [
    `@ line ${start + 1}`,
    ...a.slice(Math.max(0, start - CONTEXT), start).map((line) => `  ${line}`),
    ...withoutLongRuns(changes),
    ...a.slice(a.length - end, a.length - end + CONTEXT).map((line) => `  ${line}`),
  ];
  if (lines.length <= MOST_LINES) return lines.join('\n');
  const left = lines.length - MOST_LINES;
  return [...lines.slice(0, MOST_LINES), `… ${left} more lines`].join('\n');
}

/** Both lists along their longest common subsequence. */
function aligned(a: readonly string[], b: readonly string[]): string[] {
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const cell = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] =
        a[i] === b[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i++] ?? ''}`);
      j += 1;
    } else if (j === b.length || (i < a.length && cell(i + 1, j) >= cell(i, j + 1))) {
      lines.push(`- ${a[i++] ?? ''}`);
    } else {
      lines.push(`+ ${b[j++] ?? ''}`);
    }
  }
  return lines;
}

/** Unchanged lines far from any change say nothing. */
function withoutLongRuns(lines: readonly string[]): string[] {
  const isNear = (index: number): boolean =>
    lines
      .slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1)
      .some((line) => !line.startsWith('  '));
  return lines.flatMap((line, index) => {
    if (isNear(index)) return [line];
    return isNear(index - 1) ? ['  …'] : [];
  });
}
