/** Checks that relative links and anchors in all Markdown pages of the repository lead somewhere. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { brokenLinks } from './markdownLinks.mjs';
import { root } from './steps/run.mjs';

const skipped = new Set(['node_modules', 'dist', 'testdata', 'coverage']);

/**
 * @param {string} folder
 * @returns {string[]}
 */
function markdownFiles(folder = '') {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      return skipped.has(entry.name) || entry.name.startsWith('.') ? [] : markdownFiles(path);
    }
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const pages = new Map(
  markdownFiles().map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);
const broken = brokenLinks(pages, (path) => existsSync(join(root, path)));
for (const { file, line, target, why } of broken) console.log(`${file}:${line}: ${target}: ${why}`);
console.log(`${pages.size} pages, ${broken.length} broken links`);
if (broken.length > 0) process.exitCode = 1;
