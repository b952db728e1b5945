/** Edits (insert, delete, replace, swap neighbours) between two short texts. */
function distance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const cost = from[row - 1] === to[column - 1] ? 0 : 1;
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + cost,
      );
      if (from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        best = Math.min(best, (beforePrevious[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}

const letters = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** The known word someone most likely meant; undefined if none is near. Case, - and _ are ignored. */
export function nearestWord(typed: string, known: readonly string[]): string | undefined {
  // Hostile keys can be very long, and the distance is quadratic.
  if (typed.length > 64) return undefined;
  const wanted = letters(typed);
  if (wanted.length < 2) return undefined;
  let nearest: string | undefined;
  let best = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const word of known) {
    const edits = distance(wanted, letters(word));
    if (edits < best) [best, nearest] = [edits, word];
  }
  return nearest;
}

/** `Did you mean "x"?`, or undefined so that the table’s own fix is shown. */
export function didYouMean(typed: string, known: readonly string[]): { fix: string } | undefined {
  const word = nearestWord(typed, known);
  return word === undefined ? undefined : { fix: `Did you mean "${word}"?` };
}
