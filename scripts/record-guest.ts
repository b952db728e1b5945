/**
 * Records the cgroup v2 guest with a container of every kind, as a scenario for tests:
 *
 *   npx tsx scripts/record-guest.ts --out testdata/scenarios/NAME
 *
 * Needs the guest of `.ci/install-guest`. A folder that exists keeps what others put there (goldens).
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { startGuest } from '../e2e/guest/guest.ts';
import { startGuestContainers } from '../e2e/guest/guestContainers.ts';
import { runIn } from '../e2e/guest/shell.ts';
import { layout, recordScenario } from './recordScenario.ts';

const { values } = parseArgs({ options: { out: { type: 'string' } } });
const { out } = values;
if (out === undefined) {
  console.error('Usage: record-guest.ts --out testdata/scenarios/NAME');
  process.exit(2);
}

const guest = await startGuest();
try {
  const containers = await startGuestContainers(guest);
  const { ask, docker, exec, version, apiVersion } = guest;
  const kernel = (await runIn(exec, 'uname -r')).trim();
  await recordScenario({ ask, docker, shell: exec, containers }, out);
  const title = basename(out);
  writeFileSync(
    join(out, 'README.md'),
    `# ${title}

Recorded from a real Docker Engine ${version} (API ${apiVersion}) on a Linux ${kernel} guest with cgroup v2 only
(cgroupfs driver), with a container of every kind, by

    npx tsx scripts/record-guest.ts --out testdata/scenarios/${title}

${layout}
The containers are those of \`e2e/guest/guestContainers.ts\`.

Worth knowing: no \`percpu_usage\`; blkio lists are \`null\` where nothing was read or written;
\`pids_stats.limit\` is 18446744073709551615 when unlimited; \`throttled_time\` is in nanoseconds in the API
and \`throttled_usec\` in the file.
`,
  );
  console.log(`recorded Docker Engine ${version} on cgroup v2 into ${out}`);
} finally {
  await guest.stop();
}
