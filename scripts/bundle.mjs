/**
 * Bundles src/main.ts of the package it runs in into one executable file, dist/main.js.
 *
 *   node ../../scripts/bundle.mjs [ENTRY [OUTFILE]]
 *
 * One file starts twice as fast as a node_modules tree and needs nothing beside it but Node itself.
 */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { build } from 'esbuild';

const [entry = 'src/main.ts', outfile = 'dist/main.js'] = process.argv.slice(2);
// esbuild keeps the first line of an entry that is a program already.
const hashbang = (await readFile(entry, 'utf8')).startsWith('#!') ? [] : ['#!/usr/bin/env node'];
const { name, version } = JSON.parse(await readFile('package.json', 'utf8'));

/**
 * Dependencies of dependencies that no service uses, and what they would cost an agent of 62 MB:
 * - dockerode: building images and ssh (22 MB and half of the start-up time);
 * - express: reading request bodies in any charset (1 MB and a quarter of the file).
 */
const unused =
  /^(ssh2|cpu-features|tar-fs|protobufjs|@grpc\/[\w-]+|@balena\/dockerignore|body-parser)$/;

/** @type {import('esbuild').Plugin} */
const withoutUnused = {
  name: 'without-unused',
  setup(context) {
    context.onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'unused' }));
    context.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      loader: 'js',
      contents: `module.exports = new Proxy({}, {
        get(_, key) {
          return function () {
            throw new Error('${path} (' + String(key) + ') is left out of this build.');
          };
        },
      });`,
    }));
    // The same code as Node’s own streams, once more.
    context.onResolve({ filter: /^readable-stream$/ }, () => ({
      path: 'node:stream',
      external: true,
    }));
  },
};

const { metafile, outputFiles, warnings } = await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  metafile: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Positions in stack traces stay readable: names and lines are kept, and the map gives file and line.
  minifySyntax: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  // CommonJS packages inside an ES module still call require for Node’s own modules.
  banner: {
    js: [
      ...hashbang,
      "import { createRequire as bundleCreateRequire } from 'node:module';",
      'const require = bundleCreateRequire(import.meta.url);',
    ].join('\n'),
  },
  plugins: [withoutUnused],
  logLevel: 'warning',
});
// Each file is replaced in one step: what runs or starts meanwhile sees the old one or the new one.
await mkdir(dirname(outfile), { recursive: true });
for (const { path, contents } of outputFiles) {
  await writeFile(`${path}.${process.pid}`, contents, { mode: 0o755 });
  await rename(`${path}.${process.pid}`, path);
}

const packages = new Set(
  Object.keys(metafile.inputs)
    .map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])
    .filter((found) => found !== undefined),
);
const { size } = await stat(outfile);
const kibibytes = Math.ceil(size / 1024);
console.log(
  `${name} ${version}: ${relative('.', outfile)} ${kibibytes} KiB, ${packages.size} packages inside`,
);
if (warnings.length > 0) process.exitCode = 1;
