import { reservedLabels } from '@docker-data-exporter/shared/metrics';
import { setting } from '@docker-data-exporter/shared/settingKinds';
import type {
  ConfigNode,
  ConfigReader,
  Fault,
  Parsed,
} from '@docker-data-exporter/shared/settingRow';
import { cleanHostname } from './targets/identity.ts';
import {
  formatServerAddress,
  parseServerAddress,
  type ServerAddress,
} from './targets/serverAddress.ts';
import type { ServerEntry } from './targets/serverEntry.ts';

/** The port of the earlier project’s agents where a list names none. */
const LEGACY_PORT = 80;

const ADDRESS_FORMS = 'HOST, HOST:PORT, [IPV6]:PORT, or any of them behind http:// or https://';

/** The address in a text, or what is wrong with it. */
export function readAddress(text: unknown, defaultPort?: number): Parsed<ServerAddress> {
  const address = typeof text === 'string' ? parseServerAddress(text, defaultPort) : undefined;
  if (address !== undefined) return { value: address };
  return {
    fault: {
      code: 'config-bad-value',
      says: `must be an address, not ${JSON.stringify(text)}`,
      fix: `Write ${ADDRESS_FORMS}.`,
    },
  };
}

/** The rows of a server’s map in `servers:`. */
const serverRows = {
  address: setting.custom<ServerAddress>({
    help: `Where its agent listens: ${ADDRESS_FORMS}. Port 5050 unless told.`,
    required: true,
    read: addressOf,
    toPlain: formatServerAddress,
  }),
  name: setting.text({
    help: 'What the server is called. Without it, the host name its agent reports.',
    check: checkName,
  }),
  labels: setting.custom<Readonly<Record<string, string>>>({
    help: 'Labels for every series of this server, such as env or region.',
    read: readLabels,
    toPlain: (labels) => labels,
  }),
  tokenFile: setting.path({
    help: 'File with the bearer token for this agent, where it is not that of agentTokenFile.',
    placeholder: 'FILE',
  }),
};

/** Reads `servers:`: a list of addresses, or maps of address, name, labels and tokenFile. */
export function readServers(
  node: ConfigNode,
  reader: ConfigReader,
): readonly ServerEntry[] | undefined {
  return readEntries(node, reader, (item) => {
    if (!reader.isMap(item)) {
      const address = addressOf(item, reader);
      return (
        address && { address, labels: {}, firstDialect: 'snapshot', place: placeOf(item, reader) }
      );
    }
    const values = reader.table(item, serverRows);
    return (
      values && {
        address: values.address,
        labels: values.labels ?? {},
        firstDialect: 'snapshot',
        place: placeOf(item, reader),
        ...(values.name !== undefined && { name: values.name }),
        ...(values.tokenFile !== undefined && { tokenFile: values.tokenFile }),
      }
    );
  });
}

/** Reads `server-ips:` of the earlier project: a list of `IP` or `IP:PORT`. */
export function readServerIps(
  node: ConfigNode,
  reader: ConfigReader,
): readonly ServerEntry[] | undefined {
  return readEntries(node, reader, (item) => {
    const address = addressOf(item, reader, LEGACY_PORT);
    return (
      address && { address, labels: {}, firstDialect: 'get-data', place: placeOf(item, reader) }
    );
  });
}

/** The servers given as flags or in a variable. Their addresses were checked. */
export function entriesOf(addresses: readonly string[]): readonly ServerEntry[] {
  return addresses.flatMap((text): ServerEntry[] => {
    const read = readAddress(text);
    if (!('value' in read)) return [];
    const place = { key: 'server', path: `server ${text}` };
    return [{ address: read.value, labels: {}, firstDialect: 'snapshot', place }];
  });
}

/** A server as one would write it in `servers:`. */
export function plainServer({ address, name, labels, tokenFile }: ServerEntry): unknown {
  return {
    address: formatServerAddress(address),
    ...(name !== undefined && { name }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(tokenFile !== undefined && { tokenFile }),
  };
}

function readEntries(
  node: ConfigNode,
  reader: ConfigReader,
  read: (item: ConfigNode) => ServerEntry | undefined,
): readonly ServerEntry[] | undefined {
  // Someone put all entries in comments: an empty list, which is told of elsewhere.
  if (reader.isEmpty(node)) return [];
  const items = reader.list(node);
  // All are read before any is found missing, so that all problems are found at once.
  const entries = items?.map(read);
  return entries?.every((entry) => entry !== undefined) === true ? entries : undefined;
}

function placeOf(item: ConfigNode, reader: ConfigReader): ServerEntry['place'] {
  const { line } = reader.placeOf(item);
  const key = item.path.startsWith('servers') ? 'servers' : 'serverIps';
  return { key, path: item.path, line };
}

function addressOf(
  node: ConfigNode,
  reader: ConfigReader,
  defaultPort?: number,
): ServerAddress | undefined {
  const text = reader.scalar(node);
  if (text === undefined) return undefined;
  const read = readAddress(text, defaultPort);
  if ('value' in read) return read.value;
  reader.fault(node, read.fault);
  return undefined;
}

function checkName(name: string): Fault | undefined {
  if (cleanHostname(name) === name) return undefined;
  return {
    code: 'config-bad-value',
    says: 'must be 1 to 253 printable characters without spaces around them',
  };
}

const labelNamePattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function readLabels(
  node: ConfigNode,
  reader: ConfigReader,
): Readonly<Record<string, string>> | undefined {
  const labels = reader.entries(node)?.map(({ key, keyNode, value }) => {
    const text = reader.scalar(value);
    const fault = checkLabelName(key);
    if (fault !== undefined) reader.fault(keyNode, fault);
    return fault === undefined && text !== undefined ? ([key, String(text)] as const) : undefined;
  });
  if (labels?.every((label) => label !== undefined) !== true) return undefined;
  // fromEntries makes a key called __proto__ a plain property; such names are refused anyway.
  return Object.fromEntries(labels);
}

function checkLabelName(name: string): Fault | undefined {
  if (!labelNamePattern.test(name) || name.startsWith('__')) {
    return { code: 'label-invalid', says: `cannot have the label ${JSON.stringify(name)}` };
  }
  if (reservedLabels.has(name)) {
    return {
      code: 'label-reserved',
      says: `cannot have the label "${name}": it has its own meaning`,
    };
  }
  return undefined;
}
