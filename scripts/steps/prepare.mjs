import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';
import { mustSucceed } from './step.mjs';

const stampFile = join(root, 'node_modules', '.dde-stamp');
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Installs the packages of the lockfile, unless that was done already. */
export async function install() {
  const wanted = wantedStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return 'up to date';
  // Without its stamp, a half-done installation is done again.
  rmSync(stampFile, { force: true });
  const command = ['npx', '-y', packageManager, 'install', '--frozen-lockfile', '--prefer-offline'];
  // CI: pnpm asks no questions.
  const result = await run(command, { env: { CI: 'true' }, deadlineSeconds: 900 });
  mustSucceed(
    result,
    'Installing packages failed. Can this machine reach the npm registry (npm ping)?',
  );
  writeFileSync(stampFile, wanted);
  return 'done';
}

/** Bundles agent and aggregator; what has not changed comes from turbo’s cache. */
export async function build() {
  const env = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' };
  const result = await run(['npm', 'run', '--silent', 'build'], { env, deadlineSeconds: 300 });
  mustSucceed(result, 'The build failed.');
  return result.output.includes('FULL TURBO') ? 'up to date' : 'done';
}

/** Changes when something that decides what is installed changes. */
function wantedStamp() {
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'];
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    files.push(join('packages', name, 'package.json'));
  }
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of files.filter((file) => existsSync(join(root, file)))) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}
