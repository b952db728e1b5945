import { Buffer } from 'node:buffer';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { RawAnswer } from '../lab/engineApi.ts';
import { programOf } from '../lab/parts.ts';
import { until } from '../lab/poll.ts';
import { freePort } from '../lab/ports.ts';
import { startProcess } from '../lab/process.ts';
import { run } from '../lab/run.ts';
import { runIn, type Shell, type ShellResult } from './shell.ts';
import { emulator, guestFiles, whyNoGuest } from './guestParts.ts';

export interface GuestOptions {
  /** Memory of the guest. Default 2048. */
  readonly memoryMiB?: number;
  /** Default 2. */
  readonly cpus?: number;
}

export interface AgentOptions {
  /** The built agent on this machine, a single file. */
  readonly bundle: string;
  /** Further arguments; it listens on all of the guest's addresses already. */
  readonly args?: readonly string[];
}

/** A running cgroup v2 host with a new Docker Engine, reachable from this machine's loopback only. */
export interface Guest {
  /** As the engine reports it, e.g. `28.5.2+dfsg4`. */
  readonly version: string;
  readonly apiVersion: string;
  /** For a Docker client on this machine: `tcp://127.0.0.1:PORT`. */
  readonly dockerHost: string;
  /** Where this machine reaches port 5050 of the guest. */
  readonly agentUrl: string;
  /** From power-on to an engine that answers. */
  readonly bootSeconds: number;
  /** Runs this machine's new Docker CLI against the guest's engine; returns what it printed. */
  readonly docker: (...args: readonly string[]) => Promise<string>;
  /** The JSON answer of a GET to the engine; throws unless the status is 200. */
  readonly get: (path: string) => Promise<unknown>;
  /** The untouched answer of a GET to the engine, whatever its status. */
  readonly ask: (path: string, options?: { deadlineSeconds?: number }) => Promise<RawAnswer>;
  /** Runs a shell script in the guest, as root. */
  readonly exec: Shell;
  /** Hands a file over to the guest. */
  readonly put: (path: string, content: Uint8Array) => Promise<void>;
  /** Ends the agent that runs in the guest, if one does, and starts this one; waits until it is healthy. */
  readonly startAgent: (options: AgentOptions) => Promise<void>;
  /** The end of the console, of the engine's log and of the agent's. */
  readonly logTail: () => Promise<string>;
  /** Cuts the power. The guest's disk is as it was built. */
  readonly stop: () => Promise<void>;
}

/** An emulated processor that others slow down further takes its time: these only end what hangs. */
const commandSeconds = 180;
const bootSeconds = 180;
const agentSeconds = 120;
const logFiles = ['/var/log/dockerd.log', '/var/log/agent.log'];

/** Boots the guest of `.ci/install-guest` and waits until its engine answers. */
export async function startGuest(options: GuestOptions = {}): Promise<Guest> {
  const reason = whyNoGuest();
  if (reason !== undefined) throw new Error(reason);
  const [commandPort, enginePort, agentPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const commandUrl = `http://127.0.0.1:${commandPort}`;
  const engineUrl = `http://127.0.0.1:${enginePort}`;
  const dockerHost = `tcp://127.0.0.1:${enginePort}`;
  const agentUrl = `http://127.0.0.1:${agentPort}`;
  const cli = programOf('new docker');
  const cliConfig = mkdtempSync(join(tmpdir(), `dde-lab-${process.pid}-guest-`));
  const poweredOn = performance.now();
  const machine = startProcess({
    program: emulator,
    args: emulatorArguments(options, { 8080: commandPort, 2375: enginePort, 5050: agentPort }),
  });

  // The emulator's backlog holds one connection: of many that begin at once some are dropped, and the
  // kernel tries them again seconds later.
  const connections = pLimit(6);

  const ask: Guest['ask'] = async (path, { deadlineSeconds = commandSeconds } = {}) => {
    return await connections(async () => {
      const signal = AbortSignal.timeout(deadlineSeconds * 1000);
      const answer = await fetch(`${engineUrl}${path}`, { signal });
      return {
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        body: Buffer.from(await answer.arrayBuffer()),
      };
    });
  };

  const get: Guest['get'] = async (path) => {
    const { status, body } = await ask(path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.toString()}`);
    const answer: unknown = JSON.parse(body.toString());
    return answer;
  };

  const exec: Shell = async (script) => {
    const signal = AbortSignal.timeout(commandSeconds * 1000);
    const answer = await fetch(`${commandUrl}/run`, { method: 'POST', body: script, signal });
    // Safe: the guest's server.mjs answers nothing else.
    return (await answer.json()) as ShellResult;
  };

  const put: Guest['put'] = async (path, content) => {
    const url = `${commandUrl}/file?path=${encodeURIComponent(path)}`;
    const signal = AbortSignal.timeout(commandSeconds * 1000);
    const answer = await fetch(url, { method: 'PUT', body: Buffer.from(content), signal });
    if (!answer.ok) throw new Error(`cannot write ${path} in the guest: ${await answer.text()}`);
  };

  const startAgent: Guest['startAgent'] = async ({ bundle, args = [] }) => {
    await put('/opt/agent/main.js', readFileSync(bundle));
    await runIn(
      exec,
      `
      if [ -e /run/agent.pid ]; then
        before=$(cat /run/agent.pid)
        kill "$before" && while [ -e "/proc/$before" ]; do sleep 0.1; done
      fi
      # Only the emulator's own network reaches the guest, hence no token.
      setsid node /opt/agent/main.js --listen 0.0.0.0:5050 --insecure ${args.map(quoted).join(' ')} \\
        >/var/log/agent.log 2>&1 </dev/null &
      echo $! >/run/agent.pid`,
    );
    await until('the agent in the guest', agentSeconds, async () => {
      const { code } = await exec('[ -e "/proc/$(cat /run/agent.pid)" ]');
      if (code !== 0) return 'ended';
      const signal = AbortSignal.timeout(5000);
      return (await fetch(`${agentUrl}/-/healthy`, { signal })).ok && 'healthy';
    }).then(async (state) => {
      if (state === 'ended') throw new Error(`the agent ended:\n${await logTail()}`);
    });
  };

  const logTail: Guest['logTail'] = async () => {
    const console = machine.stdout().split('\n').slice(-20).join('\n');
    const logs = await exec(`tail -n 20 ${logFiles.join(' ')}`).then(
      ({ stdout }) => stdout,
      (error: unknown) => String(error),
    );
    return `${console}\n${logs}`;
  };

  const stop = async (): Promise<void> => {
    rmSync(cliConfig, { recursive: true, force: true });
    await machine.stop();
  };

  try {
    const about = await until('the engine in the guest', bootSeconds, async () => {
      if (machine.ending() !== undefined) return 'ended';
      const { body } = await ask('/version', { deadlineSeconds: 10 });
      // Safe: every engine's /version has these two strings.
      return JSON.parse(body.toString()) as { Version: string; ApiVersion: string };
    });
    if (about === 'ended') throw new Error(`the emulator ended: ${machine.stderr()}`);
    const { Version: version, ApiVersion: apiVersion } = about;
    return {
      version,
      apiVersion,
      dockerHost,
      agentUrl,
      bootSeconds: (performance.now() - poweredOn) / 1000,
      docker: async (...args) =>
        await run(cli, ['--config', cliConfig, '--host', dockerHost, ...args], {
          deadlineSeconds: commandSeconds,
        }),
      get,
      ask,
      exec,
      put,
      startAgent,
      logTail,
      stop,
    };
  } catch (error) {
    const log = await logTail();
    await stop();
    throw new Error(`the guest does not answer; the end of its logs:\n${log}`, { cause: error });
  }
}

function emulatorArguments(
  { memoryMiB = 2048, cpus = 2 }: GuestOptions,
  forwarded: Readonly<Record<number, number>>,
): string[] {
  const { kernel, initramfs, disk } = guestFiles();
  const forwards = Object.entries(forwarded).map(
    ([inside, outside]) => `hostfwd=tcp:127.0.0.1:${outside}-:${inside}`,
  );
  return [
    ...['-machine', 'pc', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max'],
    ...['-smp', String(cpus), '-m', String(memoryMiB), '-no-reboot'],
    ...['-kernel', kernel, '-initrd', initramfs],
    // Nobody attacks the guest's processor: its shields would only cost emulated instructions.
    ...['-append', 'console=ttyS0 quiet panic=1 mitigations=off tsc=reliable no_timer_check'],
    // What the guest writes goes to a temporary file that is gone with the emulator.
    ...['-drive', `file=${disk},if=virtio,format=raw,snapshot=on,cache=unsafe`],
    // Restricted: nothing leaves the guest's network, only the forwarded ports lead into it.
    ...['-nic', ['user,model=virtio-net-pci,restrict=on', ...forwards].join(',')],
    ...['-display', 'none', '-serial', 'stdio', '-monitor', 'none'],
  ];
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
