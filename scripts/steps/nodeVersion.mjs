// Import this first: everything after it may use what the wanted Node has. Runs on any Node that knows
// ES modules, so it uses nothing newer itself.
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const wanted = manifest.engines.node.replace('>=', '');
const isEnough = compare(process.versions.node, wanted) >= 0;

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  const [left = [], right = []] = [a, b].map((text) => text.split('.').map(Number));
  const index = [0, 1, 2].find((at) => (left[at] || 0) !== (right[at] || 0));
  return index === undefined ? 0 : (left[index] || 0) - (right[index] || 0);
}

if (!isEnough) {
  console.error(
    `This needs Node ${wanted} or newer; here is ${process.versions.node} (${process.execPath}).\n` +
      'Install one, for example with a version manager: nvm install 22, fnm install 22 or mise use node@22.',
  );
  process.exit(1);
}
