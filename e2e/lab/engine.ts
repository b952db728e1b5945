import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { askSocket, type RawAnswer } from './engineApi.ts';
import { removeDeadRuns, removeLeftovers } from './engineLeftovers.ts';
import { makeNetworkNamespace, networkNamespacePath, removeNetworkNamespace } from './namespace.ts';
import { type Age, programOf } from './parts.ts';
import { until } from './poll.ts';
import { mortal } from './process.ts';
import { engineProcessesOf, signal } from './processes.ts';
import { run } from './run.ts';

export interface EngineOptions {
  readonly version: Age;
  /** Short word for folder and namespace names. */
  readonly name: string;
  /** Name of an existing network namespace to run in. */
  readonly netns?: string;
  /** With the default bridge. Without `netns` the engine then gets a namespace of its own. Default false. */
  readonly bridge?: boolean;
  /** The host name the engine reports. Default: this machine's. */
  readonly hostname?: string;
  /** Containers go on while the daemon is away. Default false. */
  readonly liveRestore?: boolean;
}

export interface Engine {
  readonly name: string;
  readonly age: Age;
  readonly socket: string;
  readonly dockerHost: string;
  /** As the engine reports it, e.g. `20.10.24+dfsg1`. */
  readonly version: string;
  readonly apiVersion: string;
  readonly hasBridge: boolean;
  /** Folder of the engine's data, also in the command lines of all its processes. */
  readonly directory: string;
  /** The daemon's pid; changes with a restart. */
  readonly pid: number;
  /** Runs the engine's own CLI, bound to this engine; returns what it printed. */
  readonly docker: (...args: readonly string[]) => Promise<string>;
  /** The JSON answer of a GET; throws unless the status is 200. */
  readonly get: (path: string) => Promise<unknown>;
  /** The untouched answer of a request, whatever its status. */
  readonly ask: (
    path: string,
    options?: { method?: string; deadlineSeconds?: number },
  ) => Promise<RawAnswer>;
  /** The last lines of the daemon's log. */
  readonly logTail: () => string;
  /** Removes all containers, ends the daemon and leaves nothing behind. */
  readonly stop: () => Promise<void>;
  /** Kills the daemon alone, as a crash would. */
  readonly kill9: () => Promise<void>;
  /** Starts the daemon again (ends it first if it runs), on the same data. */
  readonly restart: () => Promise<void>;
}

const startSeconds = 30;
const systemPath = '/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Starts a real Docker Engine on a unix socket in a temporary folder, ready to answer. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { version: age, name, bridge = false } = options;
  removeDeadRuns(tmpdir());
  const dockerd = programOf(`${age} engine`);
  const cli = programOf(`${age} docker`);
  const directory = mkdtempSync(join(tmpdir(), `dde-lab-${process.pid}-${name}-`));
  const socket = join(directory, 'docker.sock');
  const dockerHost = `unix://${socket}`;
  const logFile = join(directory, 'dockerd.log');
  const cliConfig = join(directory, 'cli');
  mkdirSync(cliConfig);
  // Nothing else of the caller's environment: proxies would appear in what the engine reports.
  const env = { PATH: `${dirname(dockerd)}:${dirname(cli)}:${systemPath}`, HOME: cliConfig };
  // Named like the folder, so that a later run can clear both away if this one is killed.
  const ownNamespace = bridge && options.netns === undefined ? basename(directory) : undefined;
  const netns = options.netns ?? ownNamespace;
  let daemon: ChildProcess | undefined;

  const logTail = (): string => readFileSync(logFile, 'utf8').split('\n').slice(-25).join('\n');

  const launch = async (): Promise<void> => {
    // After a kill -9 the old pids may belong to anyone: the daemon would wait for them or refuse.
    rmSync(join(directory, 'exec/containerd/containerd.pid'), { force: true });
    rmSync(join(directory, 'pid'), { force: true });
    // Each of the programs in front replaces itself by the next: the pid is dockerd's in the end.
    const args = [
      ...(netns === undefined ? [] : ['nsenter', `--net=${networkNamespacePath(netns)}`]),
      ...(options.hostname === undefined ? [] : withHostname(options.hostname)),
      dockerd,
      ...daemonArguments(directory, options),
    ];
    const log = openSync(logFile, 'a');
    const stdio: StdioOptions = ['ignore', log, log];
    // Detached: a Ctrl-C in the terminal is for the test run, which then ends the engine in order.
    const child = spawn(...mortal('/usr/bin/env', args), { env, stdio, detached: true });
    closeSync(log);
    child.on('error', () => undefined);
    daemon = child;
    await until(`dockerd (${age}) to answer`, startSeconds, async () => {
      if (hasEnded(child)) return 'dockerd ended';
      return (await askSocket(socket, '/_ping', { deadlineSeconds: 2 })).status === 200 && 'ready';
    }).then(
      (state) => {
        if (state !== 'ready') throw new Error(`${state}; the end of its log:\n${logTail()}`);
      },
      (error: unknown) => {
        throw new Error(`dockerd (${age}) does not answer; the end of its log:\n${logTail()}`, {
          cause: error,
        });
      },
    );
  };

  const endDaemon = async (): Promise<void> => {
    const child = daemon;
    if (child === undefined) return;
    const ended = (): boolean => hasEnded(child);
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await until('the end of dockerd', 15, ended).catch(() => child.kill('SIGKILL'));
    await until('the end of dockerd', 5, ended);
  };

  const clearAway = (): void => {
    removeLeftovers(directory);
    if (ownNamespace !== undefined) removeNetworkNamespace(ownNamespace);
  };

  const get = async (path: string): Promise<unknown> => {
    const { status, body } = await askSocket(socket, path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.toString()}`);
    return JSON.parse(body.toString());
  };

  try {
    if (ownNamespace !== undefined) await makeNetworkNamespace(ownNamespace);
    await launch();
    // Safe: every engine's /version has these two strings.
    const about = (await get('/version')) as { Version: string; ApiVersion: string };
    return {
      name,
      age,
      socket,
      dockerHost,
      version: about.Version,
      apiVersion: about.ApiVersion,
      hasBridge: bridge,
      directory,
      get pid() {
        return daemon?.pid ?? -1;
      },
      docker: async (...args) =>
        await run(cli, ['--config', cliConfig, '--host', dockerHost, ...args], { env }),
      get,
      ask: async (path, askOptions) => await askSocket(socket, path, askOptions),
      logTail,
      stop: async () => {
        // What a test has stopped must be able to end.
        for (const pid of engineProcessesOf(`${directory}/`)) signal(pid, 'SIGCONT');
        await removeContainers(socket).catch(() => undefined);
        await endDaemon();
        clearAway();
      },
      kill9: async () => {
        daemon?.kill('SIGKILL');
        await until('the end of dockerd', 5, () => daemon === undefined || hasEnded(daemon));
      },
      restart: async () => {
        await endDaemon();
        await launch();
      },
    };
  } catch (error) {
    await endDaemon();
    clearAway();
    throw error;
  }
}

/** Judged by our own child, never by its pid: an ended child's pid may belong to anyone. */
function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

function daemonArguments(directory: string, options: EngineOptions): string[] {
  const { bridge = false, liveRestore = false } = options;
  return [
    ...['--host', `unix://${directory}/docker.sock`],
    ...['--data-root', `${directory}/data`, '--exec-root', `${directory}/exec`],
    ...['--pidfile', `${directory}/pid`, '--storage-driver', 'vfs', '--shutdown-timeout', '2'],
    ...(bridge ? [] : ['--bridge', 'none', '--iptables=false', '--ip6tables=false']),
    ...(liveRestore ? ['--live-restore'] : []),
  ];
}

/** A command prefix that runs the rest under another host name, in the same process. */
function withHostname(hostname: string): string[] {
  const script = 'echo "$1" > /proc/sys/kernel/hostname; shift; exec "$@"';
  return ['unshare', '--uts', '--', '/bin/sh', '-c', script, 'sh', hostname];
}

/** By force and all at once: a normal stop waits ten seconds for containers that ignore SIGTERM. */
async function removeContainers(socket: string): Promise<void> {
  const { body } = await askSocket(socket, '/containers/json?all=1', { deadlineSeconds: 5 });
  // Safe: the list is an array of objects with an Id on every engine.
  const containers = JSON.parse(body.toString()) as { Id: string }[];
  await Promise.allSettled(
    containers.map(({ Id }) =>
      askSocket(socket, `/containers/${Id}?force=1&v=1`, { method: 'DELETE', deadlineSeconds: 10 }),
    ),
  );
}
