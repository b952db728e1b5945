import { join } from 'node:path';

interface Whereabouts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  readonly userId: number | undefined;
  readonly platform: string;
}

/** Where engines listen unless told otherwise, the likeliest first. */
export function usualSockets({ env, homeDirectory, userId, platform }: Whereabouts): string[] {
  const home = (...parts: readonly string[]) => join(homeDirectory, ...parts);
  const runtime = env.XDG_RUNTIME_DIR;
  const ownRuntimes = [
    ...(runtime === undefined || runtime === '' ? [] : [runtime]),
    ...(userId === undefined ? [] : [`/run/user/${userId}`]),
  ];
  const rootless = platform === 'linux' ? ownRuntimes : [];
  return [
    ...new Set([
      '/var/run/docker.sock',
      ...rootless.map((directory) => join(directory, 'docker.sock')),
      // Docker Desktop
      home('.docker/run/docker.sock'),
      home('.docker/desktop/docker.sock'),
      // Colima, OrbStack, Rancher Desktop
      home('.colima/default/docker.sock'),
      home('.config/colima/default/docker.sock'),
      home('.orbstack/run/docker.sock'),
      home('.rd/docker.sock'),
      // Podman
      ...(platform === 'linux' ? ['/run/podman/podman.sock'] : []),
      ...rootless.map((directory) => join(directory, 'podman/podman.sock')),
    ]),
  ];
}
