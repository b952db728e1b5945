import type { ContainerSnapshot } from '@docker-data-exporter/shared/snapshot';
import type { ListedContainer } from '../engineAnswers.ts';
import { splitImageReference } from '../imageReference.ts';
import { compact } from '../shape.ts';
import { readStatusText } from '../statusText.ts';

/** What the list alone tells of a container. */
export function containerFacts(listed: ListedContainer): ContainerSnapshot {
  const { image, tag } = splitImageReference(listed.image);
  return compact({
    id: listed.id,
    name: containerName(listed),
    image,
    imageTag: tag,
    imageId: listed.imageId,
    createdAt: isoTime(listed.createdSeconds),
    state: listed.state,
    status: listed.status,
    ...readStatusText(listed.status),
  });
}

/** Whether a container has processes, and so uses something. */
export function isAlive({ state }: { readonly state: string }): boolean {
  return state === 'running' || state === 'paused';
}

/** Names beyond the first slash are those other containers gave it (`--link`). */
function containerName({ id, names }: ListedContainer): string {
  const own = names.find((name) => name.lastIndexOf('/') === 0) ?? names[0];
  const name = own?.replace(/^\//, '') ?? '';
  return name === '' ? id.slice(0, 12) : name;
}

function isoTime(unixSeconds: number | undefined): string | undefined {
  if (unixSeconds === undefined) return undefined;
  const time = new Date(unixSeconds * 1000);
  if (Number.isNaN(time.getTime())) return undefined;
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
