import type { Buffer } from 'node:buffer';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findCgroups, freezerOf, type LiveContainer } from '../e2e/guest/cgroupPaths.ts';
import { whileFrozen } from '../e2e/guest/freeze.ts';
import { fileReader, type Shell } from '../e2e/guest/shell.ts';
import type { RawAnswer } from '../e2e/lab/engineApi.ts';
import { until } from '../e2e/lab/poll.ts';
import { changedFiles, networkFile, readContainerFiles, readHostFiles } from './recordedFiles.ts';

/** A real engine that can be recorded, and the host it runs on. */
export interface RecordedHost {
  readonly ask: (path: string, options?: { deadlineSeconds?: number }) => Promise<RawAnswer>;
  readonly docker: (...args: readonly string[]) => Promise<string>;
  readonly shell: Shell;
  /** Full ids by name: those of a container that always restarts, called `flapping`, too. */
  readonly containers: Readonly<Record<string, string>>;
}

const laterSeconds = 5;

/** The pause before a restart doubles every time: after this many it is nearly always found pausing. */
const longPauseRestarts = 7;
/** The engine's answers about a container between two restarts: list, inspect, stats. */
const isPausing = /"State":"restarting"|"Status":"restarting"|"read":"0001-/;

const oneShot = 'stats?stream=false&one-shot=true';
const unknownId = '0'.repeat(64);

/** Requests that fail, by file name. */
const failingPaths: Readonly<Record<string, string>> = {
  'stats-unknown-container': `/containers/${unknownId}/${oneShot}`,
  'inspect-unknown-container': `/containers/${unknownId}/json`,
  'unknown-path': '/no/such/path',
  'api-version-too-new': '/v9.99/containers/json',
  'api-version-too-old': '/v1.11/containers/json',
  'bad-filter': '/containers/json?filters=nonsense',
};

interface Inspected {
  readonly RestartCount: number;
  readonly State: { readonly Status: string; readonly Pid: number };
  readonly Config: { readonly Healthcheck?: object };
  readonly HostConfig: { readonly NetworkMode: string };
}

/**
 * Records an engine into a folder of `testdata/scenarios`, bodies byte for byte: docker/, cli/, cgroup/,
 * proc/ and containers.txt are replaced, what else is there stays. The one-shot stats are taken while the
 * containers are frozen behind the engine's back and the kernel's files stand still, so both say the same.
 */
export async function recordScenario(host: RecordedHost, folder: string): Promise<void> {
  const { ask, docker, shell, containers } = host;
  const readFiles = fileReader(shell);
  const write = (file: string, content: string | Uint8Array): void => {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  const answerOf = async (path: string): Promise<Buffer> => {
    const { status, body } = await ask(path, { deadlineSeconds: 60 });
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.toString()}`);
    return body;
  };
  const keep = async (file: string, path: string): Promise<string> => {
    const body = await answerOf(path);
    write(`docker/${file}`, body);
    return body.toString();
  };
  /** Without the two fields that name registries: nothing asks for them, and no host belongs in here. */
  const keepInfo = async (): Promise<void> => {
    const body = (await answerOf('/info')).toString();
    const fields = Object.entries(JSON.parse(body) as object);
    const kept = fields.filter(
      ([name]) => !['RegistryConfig', 'IndexServerAddress'].includes(name),
    );
    write('docker/info.json', `${JSON.stringify(Object.fromEntries(kept))}\n`);
  };
  const keepEach = async (kind: string, path: string): Promise<void> => {
    await Promise.all(
      Object.entries(containers).map(async ([name, id]) => {
        await until(`container ${name} to be in its state`, 120, async () => {
          const body = await keep(`${kind}/${name}.json`, `/containers/${id}/${path}`);
          return name !== 'flapping' || isPausing.test(body);
        });
      }),
    );
  };
  const inspect = async (id: string): Promise<Inspected> =>
    // Safe: inspect has these parts on every engine.
    JSON.parse((await answerOf(`/containers/${id}/json`)).toString()) as Inspected;

  const findLive = async (): Promise<(LiveContainer & Inspected)[]> => {
    const inspected = await Promise.all(
      Object.entries(containers).map(async ([name, id]) => ({ name, id, ...(await inspect(id)) })),
    );
    return await findCgroups(
      readFiles,
      inspected
        .filter(({ State }) => ['running', 'paused'].includes(State.Status))
        .map((container) => ({ ...container, pid: container.State.Pid })),
    );
  };

  /** Files and one-shot stats of one moment. */
  const keepMoment = async (): Promise<LiveContainer[]> => {
    const live = await findLive();
    // A health check in a frozen container would hang.
    const quiet = live.filter(({ Config }) => Config.Healthcheck === undefined);
    // The whole host's traffic, this recording included.
    const hostNetworks = live
      .filter(({ HostConfig }) => HostConfig.NetworkMode === 'host')
      .map(({ pid }) => networkFile(pid));
    const files = await whileFrozen(
      shell,
      quiet.map(freezerOf),
      async () =>
        await until('a moment when nothing moves', 180, async () => {
          const before = await readContainerFiles(readFiles, quiet);
          const all = await readContainerFiles(readFiles, live);
          const ofHost = await readHostFiles(readFiles, live);
          await keepEach('stats-oneshot', oneShot);
          const after = await readContainerFiles(readFiles, quiet);
          const changed = changedFiles(before, after).filter(
            (path) => !hostNetworks.includes(path),
          );
          if (changed.length > 0) throw new Error(`changed: ${changed.join(' ')}`);
          return new Map([...ofHost, ...all]);
        }),
    );
    for (const [path, text] of files) {
      write(path.startsWith('/proc/') ? path.slice(1) : `cgroup${path}`, text);
    }
    return live;
  };

  for (const part of ['docker', 'cli', 'cgroup', 'proc']) {
    rmSync(join(folder, part), { recursive: true, force: true });
  }

  await until('container flapping to pause between restarts', 180, async () => {
    const { RestartCount, State } = await inspect('flapping');
    return RestartCount >= longPauseRestarts && State.Status === 'restarting';
  });
  const ping = await ask('/_ping');
  write('docker/ping.txt', ping.body);
  write('docker/ping.headers.json', `${JSON.stringify(ping.headers, undefined, 2)}\n`);
  // "Up 7 seconds" changes every second: list and CLI must have seen the same one.
  await until('a list and a docker ps of one moment', 60, async () => {
    const [list, lines] = await Promise.all([
      keep('containers.json', '/containers/json?all=1'),
      docker('ps', '-a', '--no-trunc', '--format', '{{json .}}'),
    ]);
    write('cli/ps.txt', lines);
    // Safe: both are lists with this field on every engine.
    const listed = (JSON.parse(list) as { Status: string }[]).map(({ Status }) => Status);
    const printed = lines
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { Status: string }).Status);
    return isPausing.test(list) && listed.join('\n') === printed.join('\n');
  });
  const statsText = docker('stats', '--no-stream', '--no-trunc', '--all', '--format', '{{json .}}');
  await Promise.all([
    keep('version.json', '/version'),
    keepInfo(),
    keep('images.json', '/images/json'),
    keepEach('inspect', 'json'),
    keepEach('stats', 'stats?stream=false'),
  ]);
  write('cli/stats.txt', await statsText);
  const live = await keepMoment();
  write(
    'containers.txt',
    live
      .map(({ name, id, pid, cgroups }) => {
        const cgroup = cgroups.get('') ?? cgroups.get('memory') ?? '';
        return `${[name, id, pid, cgroup].join(' ')}\n`;
      })
      .join(''),
  );
  await delay(laterSeconds * 1000);
  await keepEach('stats-oneshot-later', oneShot);
  await keep('df.json', '/system/df');
  await keep('events.jsonl', `/events?since=0&until=${Math.floor(Date.now() / 1000)}`);
  for (const [file, path] of Object.entries(failingPaths)) {
    const { status, body } = await ask(path);
    const error = { request: `GET ${path}`, status, body: body.toString() };
    write(`docker/errors/${file}.json`, `${JSON.stringify(error, undefined, 2)}\n`);
  }
}

/** What a README of a scenario says about its files. */
export const layout = `All files are of one moment or within seconds of it, bodies byte for byte.

- \`docker/\`: ping (body, and its headers), version, info, containers (\`all=1\`), images, df, events;
  by container name \`inspect/\`, \`stats/\` (\`stream=false\`), \`stats-oneshot/\` (with \`one-shot=true\`)
  and \`stats-oneshot-later/\` (the same about ${laterSeconds} s later); \`errors/\` (status and body of requests that fail)
- \`cgroup/\` and \`proc/\`: the kernel's files of every container that had processes, and the host's own, of
  the moment of \`stats-oneshot/\`. The containers were frozen then, so that both say exactly the same; but
  not those with a health check, whose numbers may differ by one check.
- \`containers.txt\`: these containers: name, id, pid of the first process, folder of its
  cgroup (of the memory controller on cgroup v1)
- \`cli/\`: one JSON object a line, \`ps.txt\` of \`docker ps -a --no-trunc\` (the same second as containers.json)
  and \`stats.txt\` of \`docker stats --no-stream --no-trunc --all\` (the same seconds as \`stats/\`)
`;
