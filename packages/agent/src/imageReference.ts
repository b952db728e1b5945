export interface ImageReference {
  /** Without tag and digest; a bare image id stays as it is. */
  readonly image: string;
  /** "" if no tag was named. */
  readonly tag: string;
}

/**
 * Splits what the engine says a container was made of: `registry:5000/a/b:tag@sha256:…`, a bare
 * `sha256:…` id (the tag was moved or removed since), or a name without a tag.
 */
export function splitImageReference(reference: string): ImageReference {
  if (reference.startsWith('sha256:')) return { image: reference, tag: '' };
  const digestAt = reference.indexOf('@');
  const named = digestAt === -1 ? reference : reference.slice(0, digestAt);
  // A colon before the last slash belongs to the registry's port.
  const colonAt = named.indexOf(':', named.lastIndexOf('/') + 1);
  return colonAt === -1
    ? { image: named, tag: '' }
    : { image: named.slice(0, colonAt), tag: named.slice(colonAt + 1) };
}
