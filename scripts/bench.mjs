/**
 * Measures against floors, in one run:
 *
 *   npm run bench -- NAME      prints a table, writes bench/results/NAME.json, fails if a goal is not held
 */
import './steps/nodeVersion.mjs';
import { spawn } from 'node:child_process';
import { build, install } from './steps/prepare.mjs';
import { root } from './steps/run.mjs';
import { report, step } from './steps/step.mjs';

try {
  await step('packages', install);
  await step('build', build);
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', 'bench/run.ts', ...process.argv.slice(2)],
    { cwd: root, stdio: 'inherit' },
  );
  // A Ctrl-C reaches the bench too; its end decides.
  process.on('SIGINT', () => undefined);
  child.on('exit', (code) => process.exit(code ?? 1));
} catch (error) {
  report(error);
  process.exitCode = 1;
}
