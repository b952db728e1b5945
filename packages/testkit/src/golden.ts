import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { lineDifference } from './lineDifference.ts';

/** The variables that decide what happens to a golden file; pass the environment. */
export interface GoldenEnvironment {
  /** 1: write what is there now. */
  UPDATE_GOLDENS?: string | undefined;
  /** Set to anything but "" and "false": nothing is ever written. */
  CI?: string | undefined;
}

/**
 * Compares a text with its committed golden file, and throws with a readable difference.
 *
 * With UPDATE_GOLDENS=1 the file is written instead, though never in CI: a golden that changes
 * there is a golden nobody has looked at.
 */
export function expectGolden(file: string, text: string, environment: GoldenEnvironment): void {
  const inCi = !['', 'false', undefined].includes(environment.CI);
  const committed = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (committed === text) return;
  if (environment.UPDATE_GOLDENS === '1' && !inCi) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return;
  }
  const remedy = 'Run it again with UPDATE_GOLDENS=1 outside CI, and review the difference.';
  if (committed === undefined) throw new Error(`There is no golden file ${file}. ${remedy}`);
  const difference = lineDifference(committed, text);
  throw new Error(`${file} differs (- golden, + now). ${remedy}\n${difference}`);
}
