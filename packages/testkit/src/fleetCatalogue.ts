import type { DockerFacts, HostFacts } from '@docker-data-exporter/shared/snapshot';

/** What simulated fleets are made of. */

type List<T> = readonly [T, ...T[]];
type Service = readonly [name: string, image: string, tag: string];

const ROLES = ['web', 'db', 'api', 'cache', 'worker', 'queue', 'ci', 'edge'] as const;
export type Role = (typeof ROLES)[number];

export const PROJECTS: List<string> = ['shop', 'pay', 'search', 'mail', 'blog'];

/** What runs on a server of a role. */
export const SERVICES: Record<Role, List<Service>> = {
  web: [
    ['nginx', 'nginx', '1.27.4'],
    ['frontend', 'registry.example/shop/frontend', '2.14.1'],
    ['php', 'php', '8.3-fpm'],
  ],
  db: [
    ['postgres', 'postgres', '16.8'],
    ['pgbouncer', 'edoburu/pgbouncer', 'v1.23.1'],
    ['backup', 'restic/restic', ''],
  ],
  api: [
    ['api', 'registry.example/shop/api', '5.0.3'],
    ['auth', 'registry.example/shop/auth', '1.9.0'],
    ['envoy', 'envoyproxy/envoy', 'v1.32-latest'],
  ],
  cache: [
    ['redis', 'redis', '7.4'],
    ['memcached', 'memcached', ''],
  ],
  worker: [
    ['worker', 'registry.example/shop/worker', '5.0.3'],
    ['scheduler', 'registry.example/shop/scheduler', '5.0.3'],
  ],
  queue: [
    ['rabbitmq', 'rabbitmq', '4.0-management'],
    ['kafka', 'apache/kafka', '3.9.0'],
  ],
  ci: [
    ['runner', 'gitlab/gitlab-runner', 'v17.9.0'],
    ['cache', 'minio/minio', ''],
  ],
  edge: [
    ['traefik', 'traefik', 'v3.3'],
    ['node-exporter', 'prom/node-exporter', 'v1.9.0'],
  ],
};
export const ENGINES: List<Pick<DockerFacts, 'version' | 'apiVersion' | 'gitCommit'>> = [
  { version: '20.10.24', apiVersion: '1.41', gitCommit: '5d6db84' },
  { version: '24.0.7', apiVersion: '1.43', gitCommit: '311b9ff' },
  { version: '26.1.5', apiVersion: '1.45', gitCommit: '411e817' },
  { version: '27.5.1', apiVersion: '1.47', gitCommit: '4c9b3b0' },
  { version: '28.5.2', apiVersion: '1.51', gitCommit: '3ef3c07' },
];

export const SYSTEMS: List<Pick<HostFacts, 'operatingSystem' | 'kernelVersion'>> = [
  { operatingSystem: 'Debian GNU/Linux 12 (bookworm)', kernelVersion: '6.1.0-37-amd64' },
  { operatingSystem: 'Ubuntu 24.04.2 LTS', kernelVersion: '6.8.0-60-generic' },
  { operatingSystem: 'Rocky Linux 9.5 (Blue Onyx)', kernelVersion: '5.14.0-503.el9.x86_64' },
];

export type FleetState = 'running' | 'exited' | 'created' | 'paused' | 'restarting';

/** How likely a state is, by how often it stands here: most of a fleet runs. */
export const STATES: List<FleetState> = [
  'running',
  ...Array.from({ length: 21 }, () => 'running' as const),
  'exited',
  'exited',
  'created',
  'paused',
  'restarting',
];

/** In MiB; undefined is no limit. */
export const MEMORY_LIMITS: List<number | undefined> = [undefined, undefined, 256, 512, 1024, 2048];

/** The role of a server by its place in the fleet. */
export const roleOf = (index: number): Role => ROLES[index % ROLES.length] ?? ROLES[0];

/** web-1, db-1, api-1, ..., web-2, db-2: unique for every index. */
export function fleetHostname(serverIndex: number): string {
  return `${roleOf(serverIndex)}-${Math.floor(serverIndex / ROLES.length) + 1}`;
}
