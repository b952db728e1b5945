/**
 * Records a real Docker Engine with a container in every state, as a scenario for tests:
 *
 *   npx tsx scripts/record-engine.ts --engine old|new --out testdata/scenarios/NAME
 *
 * Needs root and the parts of `.ci/install`. Bodies are kept byte for byte. A folder that exists keeps
 * what others put there (goldens); its docker/ and cli/ are replaced.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startEveryState } from '../e2e/lab/containers.ts';
import { type Engine, startEngine } from '../e2e/lab/engine.ts';
import { until } from '../e2e/lab/poll.ts';

const { values } = parseArgs({ options: { engine: { type: 'string' }, out: { type: 'string' } } });
const { engine: age, out } = values;
if ((age !== 'old' && age !== 'new') || out === undefined) {
  console.error('Usage: record-engine.ts --engine old|new --out testdata/scenarios/NAME');
  process.exit(2);
}

const laterSeconds = 5;
const unknownId = '0'.repeat(64);

/** Requests that fail, by file name. */
const failingPaths: Readonly<Record<string, string>> = {
  'stats-unknown-container': `/containers/${unknownId}/stats?stream=false&one-shot=true`,
  'inspect-unknown-container': `/containers/${unknownId}/json`,
  'unknown-path': '/no/such/path',
  'api-version-too-new': '/v9.99/containers/json',
  'api-version-too-old': '/v1.11/containers/json',
  'bad-filter': '/containers/json?filters=nonsense',
};

const engine = await startEngine({
  version: age,
  name: 'record',
  bridge: true,
  hostname: `recorded-${age}-engine`,
});
try {
  const containers = await startEveryState(engine);
  await record(engine, out, containers);
  console.log(`recorded Docker Engine ${engine.version} into ${out}`);
} finally {
  await engine.stop();
}

async function record(
  { ask, docker, version, apiVersion }: Engine,
  folder: string,
  containers: Readonly<Record<string, string>>,
): Promise<void> {
  const write = (file: string, content: string | Uint8Array): void => {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  const keep = async (file: string, path: string): Promise<string> => {
    const { status, body } = await ask(path, { deadlineSeconds: 60 });
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.toString()}`);
    write(`docker/${file}`, body);
    return body.toString();
  };
  const keepEach = async (kind: string, path: string): Promise<void> => {
    await Promise.all(
      Object.entries(containers).map(
        async ([name, id]) => await keep(`${kind}/${name}.json`, `/containers/${id}/${path}`),
      ),
    );
  };
  for (const part of ['docker', 'cli'])
    rmSync(join(folder, part), { recursive: true, force: true });

  // A long pause between two restarts keeps this container in one state while everything is recorded.
  await until('container flapping to pause between restarts', 60, async () => {
    const text = await docker(
      'inspect',
      '--format',
      '{{.RestartCount}} {{.State.Status}}',
      'flapping',
    );
    const [count, status] = text.trim().split(' ');
    return Number(count) >= 7 && status === 'restarting';
  });
  const ping = await ask('/_ping');
  write('docker/ping.txt', ping.body);
  write('docker/ping.headers.json', `${JSON.stringify(ping.headers, undefined, 2)}\n`);
  // "Up 7 seconds" changes every second: list and CLI must have seen the same one.
  await until('a list and a docker ps of one moment', 30, async () => {
    const list = await keep('containers.json', '/containers/json?all=1');
    const lines = await docker('ps', '-a', '--no-trunc', '--format', '{{json .}}');
    write('cli/ps.txt', lines);
    // Safe: both are lists with this field on every engine.
    const listed = (JSON.parse(list) as { Status: string }[]).map(({ Status }) => Status);
    const printed = lines
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { Status: string }).Status);
    return listed.join('\n') === printed.join('\n');
  });
  const statsText = docker('stats', '--no-stream', '--no-trunc', '--all', '--format', '{{json .}}');
  await Promise.all([
    keep('version.json', '/version'),
    keep('info.json', '/info'),
    keep('images.json', '/images/json'),
    keepEach('inspect', 'json'),
    keepEach('stats', 'stats?stream=false'),
    keepEach('stats-oneshot', 'stats?stream=false&one-shot=true'),
  ]);
  write('cli/stats.txt', await statsText);
  await delay(laterSeconds * 1000);
  await keepEach('stats-oneshot-later', 'stats?stream=false&one-shot=true');
  await keep('df.json', '/system/df');
  await keep('events.jsonl', `/events?since=0&until=${Math.floor(Date.now() / 1000)}`);
  for (const [file, path] of Object.entries(failingPaths)) {
    const { status, body } = await ask(path);
    const error = { request: `GET ${path}`, status, body: body.toString() };
    write(`docker/errors/${file}.json`, `${JSON.stringify(error, undefined, 2)}\n`);
  }
  write('README.md', readme(basename(folder), `${version} (API ${apiVersion})`));
}

function readme(title: string, engineVersion: string): string {
  return `# ${title}

Recorded from a real Docker Engine ${engineVersion} on a Linux host with cgroup v1 (cgroupfs driver),
with a container in every state, by

    npx tsx scripts/record-engine.ts --engine ${age ?? ''} --out testdata/scenarios/${title}

All files are of one moment or within seconds of it, bodies byte for byte.

- \`docker/\`: ping (body, and its headers), version, info, containers (\`all=1\`), images, df, events;
  by container name \`inspect/\`, \`stats/\` (\`stream=false\`), \`stats-oneshot/\` (with \`one-shot=true\`)
  and \`stats-oneshot-later/\` (the same about ${laterSeconds} s later); \`errors/\` (status and body of requests that fail)
- \`cli/\`: one JSON object a line, \`ps.txt\` of \`docker ps -a --no-trunc\` (the same second as containers.json)
  and \`stats.txt\` of \`docker stats --no-stream --no-trunc --all\` (the same seconds as \`stats/\`)

The containers are those of \`e2e/lab/containers.ts\`.
`;
}
