import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh directory with a short path (a unix socket’s may not exceed 107 bytes), and its removal. */
export function temporaryDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'dde-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
