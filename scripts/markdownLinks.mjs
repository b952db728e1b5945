import { posix } from 'node:path';

/** @typedef {{ file: string, line: number, target: string, why: string }} BrokenLink */

/**
 * Links of Markdown pages that lead nowhere: files that are not there, headings that do not exist.
 * Addresses of other sites are not looked at.
 *
 * @param {ReadonlyMap<string, string>} pages text by path, paths relative to the repository with /
 * @param {(path: string) => boolean} exists whether a file or folder is there
 * @returns {BrokenLink[]}
 */
export function brokenLinks(pages, exists) {
  const anchors = new Map([...pages].map(([file, text]) => [file, anchorsOf(text)]));
  return [...pages].flatMap(([file, text]) =>
    linksOf(text).flatMap(({ target, line }) => {
      const why = faultOf(target);
      return why === undefined ? [] : [{ file, line, target, why }];

      function faultOf(/** @type {string} */ link) {
        if (/^(?:[a-z][\w+.-]*:|\/\/)/i.test(link)) return undefined;
        const [path = '', anchor] = decodeURI(link).split('#');
        const to = path === '' ? file : posix.join(posix.dirname(file), path);
        if (to.startsWith('..')) return 'leads out of the repository';
        if (path !== '' && !exists(to)) return 'no such file';
        const known = anchors.get(to);
        if (anchor === undefined || known === undefined || known.has(anchor)) return undefined;
        return 'no such heading';
      }
    }),
  );
}

/** @param {string} text */
function linksOf(text) {
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^\s*\[[^\]]+\]:\s*(\S+)/g,
    /<(?:a|img)\s[^>]*(?:href|src)="([^"]+)"/g,
  ];
  return proseLines(text).flatMap((line, index) =>
    patterns
      .flatMap((pattern) => [...line.replaceAll(/`[^`]*`/g, '').matchAll(pattern)])
      .map((match) => ({ target: match[1] ?? '', line: index + 1 })),
  );
}

/**
 * The anchors GitHub gives the headings of a page, and those written by hand.
 *
 * @param {string} text
 */
export function anchorsOf(text) {
  const found = new Set();
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const line of proseLines(text)) {
    for (const match of line.matchAll(/<a\s[^>]*(?:id|name)="([^"]+)"/g)) found.add(match[1]);
    const heading = /^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/<[^>]+>/g, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const before = times.get(slug) ?? 0;
    times.set(slug, before + 1);
    found.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return found;
}

/**
 * The lines of a page, those of code blocks empty.
 *
 * @param {string} text
 */
function proseLines(text) {
  let fence = '';
  return text.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? '';
    if (fence === '' && mark === '') return line;
    if (fence === '') fence = mark;
    else if (mark.startsWith(fence)) fence = '';
    return '';
  });
}
