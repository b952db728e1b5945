import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..', '..');

/** `old` is what Debian 12 installs, `new` what `.ci/install` unpacked from Debian sid beside it. */
export type Age = 'old' | 'new';

export type Part =
  | 'root'
  | `${Age} engine`
  | `${Age} docker`
  | `${Age} prometheus`
  | `${Age} promtool`
  | 'python client';

/** A part is here (with the program that is it) or missing (with the reason and what to do). */
export type PartState =
  { readonly program: string; readonly missing?: never } | { readonly missing: string };

export type Parts = Readonly<Record<Part, PartState>>;

/** Where `.ci/install` unpacked the new parts: `.lab`, or the folder in `DDE_LAB`. */
export function labDirectory(): string {
  return process.env.DDE_LAB ?? join(repository, '.lab');
}

let located: Parts | undefined;

/** Which real parts this machine has. Looked up once. */
export function locateParts(): Parts {
  located ??= locate(labDirectory());
  return located;
}

/** The path of a part's program; throws with the reason when the part is missing. */
export function programOf(part: Part): string {
  const state = locateParts()[part];
  if (state.missing !== undefined) throw new Error(`${part}: ${state.missing}`);
  return state.program;
}

/**
 * A `describe` that needs real parts. Where one is missing the tests are skipped and the title says
 * why; with `DDE_REQUIRE=all` (CI) a missing part is an error instead.
 */
export function describeWith(needed: readonly Part[], title: string, body: () => void): void {
  const parts = locateParts();
  const reasons = needed.flatMap((part) => {
    const { missing } = parts[part];
    return missing === undefined ? [] : [`${part}: ${missing}`];
  });
  if (reasons.length === 0) {
    describe(title, body);
    return;
  }
  if (process.env.DDE_REQUIRE === 'all') {
    throw new Error(`DDE_REQUIRE=all, but "${title}" lacks a part: ${reasons.join('; ')}`);
  }
  describe.skip(`${title} (skipped, ${reasons.join('; ')})`, body);
}

function locate(lab: string): Parts {
  const root: PartState =
    process.getuid?.() === 0 ? { program: '' } : { missing: 'needs root on Linux' };
  const engineOf = (dockerd: string): PartState =>
    root.missing === undefined
      ? allOf(dockerd, '/usr/bin/containerd', '/usr/sbin/runc', '/usr/bin/busybox')
      : root;
  return {
    root,
    'old engine': engineOf('/usr/sbin/dockerd'),
    'new engine': engineOf(join(lab, 'docker-new/usr/sbin/dockerd')),
    // A client from elsewhere may come first in PATH: prefer the one that belongs to the engine.
    'old docker': oneOf('/usr/bin/docker', '/usr/local/bin/docker'),
    'new docker': oneOf(join(lab, 'docker-new/usr/bin/docker')),
    'old prometheus': oneOf('/usr/bin/prometheus'),
    'new prometheus': oneOf(join(lab, 'prometheus-new/usr/bin/prometheus')),
    'old promtool': oneOf('/usr/bin/promtool'),
    'new promtool': oneOf(join(lab, 'prometheus-new/usr/bin/promtool')),
    'python client': pythonClient(),
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function absent(path: string): PartState {
  return { missing: `${path} is not here, run .ci/install` };
}

function oneOf(first: string, ...others: readonly string[]): PartState {
  const program = [first, ...others].find(isExecutable);
  return program === undefined ? absent(first) : { program };
}

function allOf(program: string, ...companions: readonly string[]): PartState {
  const missing = [program, ...companions].find((path) => !isExecutable(path));
  return missing === undefined ? { program } : absent(missing);
}

function pythonClient(): PartState {
  const program = '/usr/bin/python3';
  const { status } = spawnSync(program, ['-c', 'import prometheus_client'], { timeout: 10_000 });
  return status === 0
    ? { program }
    : { missing: 'python3 has no prometheus_client, run .ci/install' };
}
