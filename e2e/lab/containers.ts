import { diskOf } from './blockDevice.ts';
import type { Engine } from './engine.ts';
import { busyboxImage, importBusybox } from './image.ts';
import { until } from './poll.ts';

/** Tags as a private registry has them: the port's colon is not the tag's. */
export const registryImage = 'registry.test:5000/team/app:1.2.3';

/** Labels that break careless writers, and the ones compose and swarm set. */
export const oddLabels: Readonly<Record<string, string>> = {
  'quote"d': 'say "hi"',
  'back\\slash': 'C:\\dir\\new',
  'new.line': 'first\nsecond',
  'utf-8.名前': 'größe ✓ 🐳',
  empty: '',
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': 'web',
  'com.docker.compose.container-number': '1',
  'com.docker.swarm.service.name': 'shop_web',
  'com.docker.swarm.service.id': 'q8xk2m0t7u4n1s5v9w3y6z0ab',
  'com.docker.swarm.task.name': 'shop_web.1.k3j2h1g0f9e8d7c6b5a4z3y2x',
  'com.docker.swarm.task.id': 'k3j2h1g0f9e8d7c6b5a4z3y2x',
};

interface Plan {
  /** Arguments of `docker run -d` between the name and the image. */
  readonly options?: readonly string[];
  readonly image?: string;
  readonly command?: readonly string[];
  /** `docker create` only. */
  readonly createOnly?: boolean;
  /** The state to wait for, as inspect shows it. Default: running. */
  readonly reached?: (state: InspectState) => boolean;
}

interface InspectState {
  readonly Status: string;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly Health?: { readonly Status: string };
}

const sleep = ['sleep', '100000'] as const;
const forever = (script: string): string[] => ['sh', '-c', `while :; do ${script}; done`];
const health = (command: string): string[] => [
  ...['--health-cmd', command, '--health-interval', '2s', '--health-retries', '1'],
];

const plans: Readonly<Record<string, Plan>> = {
  idle: {},
  busy: { options: ['--cpus', '0.3'], command: forever(':') },
  // File pages in the cache, which the memory rule takes off again.
  limited: {
    options: ['--memory', '64m', '--cpus', '0.5'],
    command: ['sh', '-c', 'dd if=/dev/zero of=/tmp/file bs=1M count=16; exec sleep 100000'],
  },
  paused: { reached: ({ Status }) => Status === 'paused' },
  created: { createOnly: true, reached: ({ Status }) => Status === 'created' },
  exited: {
    command: ['sh', '-c', 'exit 3'],
    reached: ({ Status, ExitCode }) => Status === 'exited' && ExitCode === 3,
  },
  oomed: {
    options: ['--memory', '16m'],
    command: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'],
    reached: ({ Status, OOMKilled }) => Status === 'exited' && OOMKilled,
  },
  flapping: {
    options: ['--restart', 'always'],
    command: ['sh', '-c', 'exit 1'],
    reached: ({ Status }) => Status === 'restarting',
  },
  healthy: { options: health('true'), reached: ({ Health }) => Health?.Status === 'healthy' },
  sick: { options: health('false'), reached: ({ Health }) => Health?.Status === 'unhealthy' },
  hostnet: { options: ['--network', 'host'] },
  nonet: { options: ['--network', 'none'] },
  user1000: { options: ['--user', '1000'] },
  'app--alice': {},
  'a.b_c-1': {},
  labelled: {
    options: Object.entries(oddLabels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
  },
  tagged: { image: registryImage },
};

/** Containers that exist only where the engine has a bridge. */
const bridgePlans: Readonly<Record<string, Plan>> = {
  web: {
    options: ['--publish', '127.0.0.1:8080:80'],
    command: ['httpd', '-f', '-p', '80', '-h', '/www'],
  },
};

/** Writes and reads a mebibyte through to the disk twice a second. */
function writerPlan(engine: Engine): Plan {
  const disk = diskOf(engine.directory);
  return {
    // Kernels from 6.10 on count block I/O on cgroup v1 only once a disk has some limit; this one is far away.
    options: disk === undefined ? [] : ['--device-write-bps', `${disk}:10gb`],
    command: forever(
      [
        'dd if=/dev/zero of=/tmp/data bs=1M count=1 conv=fsync',
        'dd if=/tmp/data of=/dev/null bs=1M iflag=direct',
        'sleep 0.5',
      ].join('; '),
    ),
  };
}

const reachSeconds = 30;

/**
 * Fills an engine with one container of every kind the exporter must tell apart, waits until each has
 * reached its state, and returns their full ids by name. See `docker ps -a` for the lot; besides the plans
 * above there are `byid` (run by image id), `untagged` (its image lost its tag) and, with a bridge, `web`
 * and `client` (which fetches from it twice a second).
 */
export async function startEveryState(engine: Engine): Promise<Record<string, string>> {
  const imageId = await importBusybox(engine);
  await engine.docker('tag', imageId, registryImage);
  await importBusybox(engine, 'fleeting:1');
  const all: Record<string, Plan> = {
    ...plans,
    writer: writerPlan(engine),
    byid: { image: imageId },
    untagged: { image: 'fleeting:1' },
    ...(engine.hasBridge ? bridgePlans : {}),
  };
  const ids: Record<string, string> = {};
  // One after the other: the list's order, newest first, is then the same every time.
  for (const [name, plan] of Object.entries(all)) ids[name] = await make(engine, name, plan);
  await engine.docker('pause', 'paused');
  await engine.docker('rmi', 'fleeting:1', '--force');
  if (engine.hasBridge) {
    const address = await engine.docker(
      'inspect',
      '--format',
      '{{.NetworkSettings.Networks.bridge.IPAddress}}',
      'web',
    );
    const command = forever(`wget -q -O /dev/null http://${address.trim()}/; sleep 0.5`);
    all.client = { command };
    ids.client = await make(engine, 'client', all.client);
  }
  await Promise.all(
    Object.entries(all).map(async ([name, { reached = isRunning }]) => {
      await until(`container ${name} to reach its state`, reachSeconds, async () => {
        // Safe: inspect has this part on every engine.
        const { State } = (await engine.get(`/containers/${name}/json`)) as { State: InspectState };
        return reached(State) || fail(JSON.stringify(State));
      });
    }),
  );
  return ids;
}

function isRunning({ Status }: InspectState): boolean {
  return Status === 'running';
}

function fail(message: string): never {
  throw new Error(message);
}

async function make(engine: Engine, name: string, plan: Plan): Promise<string> {
  const { options = [], image = busyboxImage, command = sleep, createOnly = false } = plan;
  const verb = createOnly ? ['create'] : ['run', '--detach'];
  // They ignore SIGTERM as a container's first process does: stopping must not take 10 s each.
  const common = ['--name', name, '--stop-timeout', '1', ...options];
  return (await engine.docker(...verb, ...common, image, ...command)).trim();
}
