/**
 * Records a real Docker Engine with a container in every state, as a scenario for tests:
 *
 *   npx tsx scripts/record-engine.ts --engine old|new --out testdata/scenarios/NAME
 *
 * Needs root and the parts of `.ci/install`. A folder that exists keeps what others put there (goldens).
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { localShell } from '../e2e/guest/shell.ts';
import { startEveryState } from '../e2e/lab/containers.ts';
import { startEngine } from '../e2e/lab/engine.ts';
import { layout, recordScenario } from './recordScenario.ts';

const { values } = parseArgs({ options: { engine: { type: 'string' }, out: { type: 'string' } } });
const { engine: age, out } = values;
if ((age !== 'old' && age !== 'new') || out === undefined) {
  console.error('Usage: record-engine.ts --engine old|new --out testdata/scenarios/NAME');
  process.exit(2);
}

const engine = await startEngine({
  version: age,
  name: 'record',
  bridge: true,
  hostname: `recorded-${age}-engine`,
});
try {
  const containers = await startEveryState(engine);
  const { ask, docker, version, apiVersion } = engine;
  await recordScenario({ ask, docker, shell: localShell, containers }, out);
  const title = basename(out);
  writeFileSync(
    join(out, 'README.md'),
    `# ${title}

Recorded from a real Docker Engine ${version} (API ${apiVersion}) on a Linux host with cgroup v1 (cgroupfs
driver), with a container in every state, by

    npx tsx scripts/record-engine.ts --engine ${age} --out testdata/scenarios/${title}

${layout}
The containers are those of \`e2e/lab/containers.ts\`.
`,
  );
  console.log(`recorded Docker Engine ${version} into ${out}`);
} finally {
  await engine.stop();
}
