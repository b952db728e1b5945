import { formatTable } from '../steps/terminal.mjs';

const SERVERS_SHOWN = 20;
const CONTAINERS_SHOWN = 12;
const CELL_WIDTH = 40;

/** @typedef {import('./exposition.mjs').Sample} Sample */

/**
 * @typedef {{ hostname: string, address: string, online: boolean, reason?: string,
 *   docker?: { running: boolean, version?: string },
 *   containers?: number, containersRunning?: number, images?: number }} ListedServer
 */

/**
 * The servers of `GET /api/servers` as a table.
 *
 * @param {readonly ListedServer[]} servers
 */
export function serverTable(servers) {
  const rows = servers
    .slice(0, SERVERS_SHOWN)
    .map((server) => [
      cut(server.hostname),
      server.address,
      server.online ? 'yes' : `NO (${server.reason ?? 'unknown'})`,
      dockerText(server.docker),
      ...[server.containersRunning, server.containers, server.images].map(
        (count) => `${count ?? ''}`,
      ),
    ]);
  const heading = ['SERVER', 'ADDRESS', 'ONLINE', 'DOCKER', 'RUNNING', 'CONTAINERS', 'IMAGES'];
  return [...formatTable([heading, ...rows]), ...more(servers.length - rows.length)];
}

/** @param {ListedServer['docker']} docker */
function dockerText(docker) {
  if (docker === undefined) return '';
  return docker.running ? (docker.version ?? 'yes') : 'not running';
}

/**
 * The containers of a page as a table, those with the most CPU use first.
 *
 * @param {readonly Sample[]} samples
 */
export function containerTable(samples) {
  /** @type {Map<string, Map<string, Sample>>} */
  const containers = new Map();
  for (const sample of samples) {
    const { server_hostname: server, container_name: name } = sample.labels;
    if (server === undefined || name === undefined) continue;
    const key = JSON.stringify([server, name]);
    const known = containers.get(key) ?? new Map();
    containers.set(key, known.set(sample.name, sample));
  }
  const cpu = (/** @type {Map<string, Sample>} */ facts) =>
    facts.get('container_cpu_percent')?.value ?? -1;
  const sorted = [...containers.values()].sort((a, b) => cpu(b) - cpu(a));
  const rows = sorted.slice(0, CONTAINERS_SHOWN).map((facts) => {
    /** @type {Record<string, string | undefined>} */
    const labels = facts.get('container_info')?.labels ?? {};
    const { container_image: image = '', container_image_label: tag = '' } = labels;
    return [
      cut(labels.container_name ?? ''),
      cut(labels.server_hostname ?? ''),
      cut(tag === '' ? image : `${image}:${tag}`),
      facts.get('container_status')?.labels.container_status ?? '',
      percent(facts.get('container_cpu_percent')),
      percent(facts.get('container_mem_percent')),
      bytes(facts.get('container_network_bytes_in')),
      bytes(facts.get('container_network_bytes_out')),
    ];
  });
  const heading = ['CONTAINER', 'SERVER', 'IMAGE', 'STATUS', 'CPU %', 'MEM %', 'NET IN', 'NET OUT'];
  return [...formatTable([heading, ...rows]), ...more(sorted.length - rows.length)];
}

/** @param {Sample | undefined} sample */
const percent = (sample) => (sample === undefined ? '' : sample.value.toFixed(1));

/** @param {Sample | undefined} sample */
function bytes(sample) {
  if (sample === undefined) return '';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let { value } = sample;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** @param {string} text */
const cut = (text) => (text.length > CELL_WIDTH ? `${text.slice(0, CELL_WIDTH - 1)}…` : text);

/** @param {number} left */
const more = (left) => (left > 0 ? [`… and ${left} more`] : []);
