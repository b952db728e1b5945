const isColoured = process.stdout.isTTY && process.env.NO_COLOR === undefined;

/**
 * @param {number} open
 * @param {number} close
 */
const paint = (open, close) => (/** @type {string} */ text) =>
  isColoured ? `\u001b[${open}m${text}\u001b[${close}m` : text;

export const bold = paint(1, 22);
export const dim = paint(2, 22);
export const red = paint(31, 39);
export const green = paint(32, 39);
export const yellow = paint(33, 39);

/** @param {string} [line] */
export const say = (line = '') => void process.stdout.write(`${line}\n`);

/** @param {number} seconds */
export function formatSeconds(seconds) {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

const NUMBER = /^[-+]?[\d,]*\.?\d*%?( [kMGT]?B| s| ms)?$/;

/**
 * Lines of equal columns, the first row as a heading. Columns of numbers stand to the right.
 *
 * @param {readonly (readonly string[])[]} rows
 */
export function formatTable(rows) {
  const [heading = [], ...body] = rows;
  const columns = heading.map((_, index) => {
    const cells = body.map((row) => row[index] ?? '');
    const width = Math.max(...rows.map((row) => (row[index] ?? '').length));
    return { width, isNumeric: cells.some(Boolean) && cells.every((cell) => NUMBER.test(cell)) };
  });
  return rows.map((row) =>
    columns
      .map(({ width, isNumeric }, index) => {
        const cell = row[index] ?? '';
        return isNumeric ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
