/** @typedef {{ name: string, labels: Record<string, string>, value: number }} Sample */

/**
 * The samples of a page our own aggregator wrote (text 0.0.4). No judge of other pages.
 *
 * @param {string} page
 * @returns {Sample[]}
 */
export function readSamples(page) {
  return page.split('\n').flatMap((line) => {
    const [, name, inside = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const labels = [...inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, label = '', text = '']) => [label, unescape(text)],
    );
    return [{ name, labels: Object.fromEntries(labels), value: Number(value) }];
  });
}

/** @param {string} text */
function unescape(text) {
  return text.replaceAll(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
}
