/**
 * Runs everything that has to be right before a change lands, and counts it.
 *
 *   npm test                         all of it
 *   npm test -- checks               generated files, format, lint, types, import rules, links
 *   npm test -- unit [PATTERN...]    unit tests, those of matching files if patterns are given
 *   npm test -- e2e [PATTERN...]     build, then end-to-end tests
 *   npm test -- --all-nodes          with the unit tests also on the other supported Nodes
 *
 * DDE_REQUIRE=all makes it a failure that an end-to-end test lacks a part on this machine.
 */
import './steps/nodeVersion.mjs';
import { runJest } from './steps/jest.mjs';
import { build, install } from './steps/prepare.mjs';
import { run, stopAll, tail } from './steps/run.mjs';
import { mustSucceed, report, step } from './steps/step.mjs';
import { bold, dim, formatSeconds, formatTable, red, say, yellow } from './steps/terminal.mjs';

const OTHER_NODES = ['22', '24'];
const FAILURES_SHOWN = 20;

const checks = [
  ['generated files', 'gen:check'],
  ['formatting', 'format:check'],
  ['lint', 'lint'],
  ['types', 'typecheck'],
  ['import rules', 'imports'],
  ['links', 'links'],
];

/** @typedef {{ passed: number, failed: number, skipped?: number }} Count */

/** @type {(Count & { name: string, seconds: number })[]} */
const results = [];

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    void stopAll().then(() => process.exit(130));
  });
}

const options = process.argv.slice(2).filter((word) => word.startsWith('--'));
const [part = 'all', ...patterns] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
if (!['all', 'checks', 'unit', 'e2e'].includes(part) || options.some((o) => o !== '--all-nodes')) {
  say('usage: npm test [-- checks | unit [PATTERN...] | e2e [PATTERN...]] [--all-nodes]');
  process.exit(2);
}

const begun = performance.now();
say(bold('Docker Data Exporter: tests'));
if (await counted('packages', install)) {
  if (part === 'all' || part === 'checks') {
    for (const [title = '', script = ''] of checks) await counted(title, () => runScript(script));
  }
  if (part === 'all' || part === 'unit') {
    await countedTests('unit tests', { project: 'unit' });
    if (options.includes('--all-nodes')) {
      for (const version of OTHER_NODES) {
        await countedTests(`unit tests, Node ${version}`, { project: 'unit', version });
      }
    }
  }
  if (part === 'all' || part === 'e2e') {
    const isBuilt = await counted('build', build);
    if (isBuilt && part === 'all') await counted('bundles start', tryBundles);
    if (isBuilt) await countedTests('end-to-end tests', { project: 'e2e' });
  }
}
summarize();

/**
 * A step that counts as one. Answers whether it passed; whatever went wrong has been shown then.
 *
 * @param {string} name
 * @param {() => Promise<unknown>} work
 */
async function counted(name, work) {
  return await timed(name, async () => {
    await step(name, work);
    return { passed: 1, failed: 0 };
  });
}

/**
 * A step that counts its tests.
 *
 * @param {string} name
 * @param {{ project: 'unit' | 'e2e', version?: string }} request
 */
async function countedTests(name, { project, version }) {
  return await timed(name, async () => {
    /** @type {import('./steps/jest.mjs').Count | undefined} */
    let count;
    await step(name, async (tell) => {
      const node = version === undefined ? process.execPath : await findNode(version);
      count = await runJest({ project, patterns, node, tell });
      return `${count.passed} passed${count.failed > 0 ? red(`, ${count.failed} failed`) : ''}`;
    });
    const { passed = 0, failed = 1, skipped = 0, failures = [], skips = [] } = count ?? {};
    for (const failure of failures.slice(0, FAILURES_SHOWN)) say(`\n${failure}\n`);
    if (failures.length > FAILURES_SHOWN) say(`and ${failures.length - FAILURES_SHOWN} more`);
    for (const skip of skips) say(`    ${yellow('skipped')} ${skip}`);
    return { passed, failed, skipped };
  });
}

/**
 * @param {string} name
 * @param {() => Promise<Count>} work
 */
async function timed(name, work) {
  const from = performance.now();
  /** @type {Count} */
  let count = { passed: 0, failed: 1 };
  try {
    count = await work();
  } catch (error) {
    report(error);
  }
  results.push({ name, seconds: (performance.now() - from) / 1000, ...count });
  return count.failed === 0;
}

/** @param {string} script of package.json */
async function runScript(script) {
  const env = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' };
  const result = await run(['npm', 'run', '--silent', script], { env, deadlineSeconds: 600 });
  mustSucceed(result, `npm run ${script} tells what is wrong.`);
  return 'ok';
}

/**
 * The program of another Node, which npm has as a package.
 *
 * @param {string} version
 */
async function findNode(version) {
  const result = await run([
    'npx',
    '-y',
    '-p',
    `node@${version}`,
    'node',
    '-p',
    'process.execPath',
  ]);
  return tail(mustSucceed(result, `Node ${version} could not be fetched.`).output, 1);
}

async function tryBundles() {
  for (const service of ['agent', 'aggregator']) {
    for (const [flag, expected] of [
      ['--version', `dde-${service}`],
      ['--help', '--listen'],
    ]) {
      const command = [`packages/${service}/dist/main.js`, `${flag}`];
      const result = await run(command, { deadlineSeconds: 30 });
      const isRight = result.exitCode === 0 && result.output.includes(`${expected}`);
      const shown = { ...result, exitCode: isRight ? 0 : 1 };
      mustSucceed(shown, `${command.join(' ')} does not say ${expected}.`);
    }
  }
  return 'ok';
}

function summarize() {
  const rows = results.map(({ name, passed, failed, skipped = 0, seconds }) => [
    name,
    `${passed}`,
    failed > 0 ? `${failed}` : '',
    skipped > 0 ? `${skipped}` : '',
    formatSeconds(seconds),
  ]);
  say();
  for (const line of formatTable([['step', 'passed', 'failed', 'skipped', 'time'], ...rows])) {
    say(`  ${line}`);
  }
  const total = (/** @type {'passed' | 'failed'} */ what) =>
    results.reduce((sum, result) => sum + result[what], 0);
  say(dim(`\n  ${formatSeconds((performance.now() - begun) / 1000)} in all`));
  say(`\n${total('passed')} passed, ${total('failed')} failed`);
  if (total('failed') > 0) process.exitCode = 1;
}
