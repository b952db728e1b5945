import pLimit from 'p-limit';
import { busyboxImage, importBusybox } from '../lab/image.ts';
import { until } from '../lab/poll.ts';
import type { ComparedContainer } from './cgroupFiles.ts';
import { findCgroups } from './cgroupPaths.ts';
import type { Guest } from './guest.ts';
import { fileReader } from './shell.ts';

interface Plan {
  /** Arguments of `docker create` between the name and the image. */
  readonly options?: readonly string[];
  readonly command?: readonly string[];
  /** Created only. */
  readonly never?: true;
  /** Keeps a processor busy, or has the engine start processes again and again. */
  readonly works?: true;
  /** The state to wait for, as inspect shows it. Default: running. */
  readonly reached?: (state: InspectState) => boolean;
}

interface InspectState {
  readonly Status: string;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly Pid: number;
  readonly Health?: { readonly Status: string };
}

const sleep = ['sleep', '100000'] as const;
const forever = (script: string): string[] => ['sh', '-c', `while :; do ${script}; done`];
const writeFile = 'dd if=/dev/zero of=/tmp/data bs=1M count=1 conv=fsync';
const readFile = 'dd if=/tmp/data of=/dev/null bs=1M iflag=direct';

/** Health checks are processes that an emulated host starts slowly: seldom is often enough. */
const health = (command: string): string[] => [
  ...['--health-cmd', command, '--health-interval', '5s', '--health-retries', '1'],
];

const plans: Readonly<Record<string, Plan>> = {
  idle: {
    options: [
      ...['--memory', '64m', '--label', 'com.docker.compose.project=shop'],
      ...['--label', 'com.docker.compose.service=web'],
    ],
  },
  busy: { works: true, options: ['--cpus', '0.3'], command: forever(':') },
  writer: { works: true, command: forever(`${writeFile}; sleep 1`) },
  reader: {
    works: true,
    command: ['sh', '-c', `${writeFile}; while :; do ${readFile}; sleep 1; done`],
  },
  // File pages in the cache, which the memory rule takes off again.
  cached: { command: ['sh', '-c', `${writeFile}; exec sleep 100000`] },
  paused: { reached: ({ Status }) => Status === 'paused' },
  created: { never: true, reached: ({ Status }) => Status === 'created' },
  exit3: {
    command: ['sh', '-c', 'exit 3'],
    reached: ({ Status, ExitCode }) => Status === 'exited' && ExitCode === 3,
  },
  oomed: {
    options: ['--memory', '16m'],
    // A first process that is killed itself may be gone before the engine hears of the killing.
    command: ['sh', '-c', 'dd if=/dev/zero of=/dev/null bs=64M; killed=$?; sleep 2; exit $killed'],
    reached: ({ Status, OOMKilled }) => Status === 'exited' && OOMKilled,
  },
  flapping: {
    works: true,
    // A network of its own would greet all others with every start.
    options: ['--restart', 'always', '--network', 'none'],
    command: ['sh', '-c', 'exit 1'],
    reached: ({ Status }) => Status === 'restarting',
  },
  sick: {
    works: true,
    options: health('false'),
    reached: ({ Health }) => Health?.Status === 'unhealthy',
  },
  // Healthy and unhealthy in turn.
  moody: {
    works: true,
    options: health('if [ -e /tmp/ill ]; then rm /tmp/ill; false; else : >/tmp/ill; fi'),
    reached: ({ Health }) => Health !== undefined && Health.Status !== 'starting',
  },
  hostnet: { options: ['--network', 'host'] },
  nonet: { options: ['--network', 'none'] },
  user1000: { options: ['--user', '1000', '--pids-limit', '50'] },
  nightly: { options: ['--cgroup-parent', '/batch/night'] },
  web: { command: ['httpd', '-f', '-p', '80', '-h', '/www'] },
};

const reachSeconds = 120;

/**
 * Fills the guest's engine with one container of every kind that cgroup v2 readers must tell apart, waits
 * until each has reached its state and returns their full ids by name. The last one, `client`, fetches a
 * page from `web` over the bridge every second.
 */
export async function startGuestContainers(guest: Guest): Promise<Record<string, string>> {
  await importBusybox(guest);
  const ids: Record<string, string> = {};
  const create = async (name: string, { options = [], command = sleep }: Plan): Promise<void> => {
    const common = ['--name', name, '--stop-timeout', '1', ...options];
    ids[name] = (await guest.docker('create', ...common, busyboxImage, ...command)).trim();
  };
  // One after the other: the list's order, newest first, is then the same every time.
  for (const [name, plan] of Object.entries(plans)) await create(name, plan);
  // As many at a time as there are processors, and those that keep one busy last.
  const startLimit = pLimit(2);
  const toStart = Object.entries(plans)
    .filter(([, { never }]) => never === undefined)
    .toSorted(([, one], [, other]) => Number(one.works ?? false) - Number(other.works ?? false));
  await Promise.all(toStart.map(([name]) => startLimit(() => guest.docker('start', name))));
  await guest.docker('pause', 'paused');
  const format = '{{.NetworkSettings.Networks.bridge.IPAddress}}';
  const address = (await guest.docker('inspect', '--format', format, 'web')).trim();
  await create('client', { command: forever(`wget -q -O /dev/null http://${address}/; sleep 1`) });
  await guest.docker('start', 'client');
  await Promise.all(
    Object.entries(plans).map(async ([name, { reached = isRunning }]) => {
      await until(`container ${name} to reach its state`, reachSeconds, async () => {
        const { State } = await inspect(guest, name);
        return reached(State) || fail(JSON.stringify(State));
      });
    }),
  );
  return ids;
}

/** Those of these containers that have processes now. */
export async function liveContainers(
  guest: Guest,
  names: readonly string[],
): Promise<ComparedContainer[]> {
  const inspected = await Promise.all(
    names.map(async (name) => ({ name, ...(await inspect(guest, name)) })),
  );
  const live = inspected
    .filter(({ State }) => isRunning(State) || State.Status === 'paused')
    .map(({ name, Id, State, HostConfig }) => {
      const hasOwnNetwork = !['host', 'none'].includes(HostConfig.NetworkMode);
      return { name, id: Id, pid: State.Pid, hasOwnNetwork };
    });
  return await findCgroups(fileReader(guest.exec), live);
}

interface Inspected {
  readonly Id: string;
  readonly State: InspectState;
  readonly HostConfig: { readonly NetworkMode: string };
}

async function inspect(guest: Guest, name: string): Promise<Inspected> {
  // Safe: inspect has these parts on every engine.
  return (await guest.get(`/containers/${name}/json`)) as Inspected;
}

function isRunning({ Status }: InspectState): boolean {
  return Status === 'running';
}

function fail(message: string): never {
  throw new Error(message);
}
