import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../e2e/lab/ports.ts';
import { type RunningProcess, startProcess } from '../../e2e/lab/process.ts';

export const repository = join(import.meta.dirname, '..', '..');

export interface Server {
  readonly url: string;
  readonly process: RunningProcess;
  /** From the start of the process to its first answer. */
  readonly startMs: number;
}

interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Answers 200 when the program is ready. */
  readonly path?: string;
}

/** Starts a Node program on a free port and waits for its first answer. */
export async function startServer(
  args: (address: string) => readonly string[],
  options: StartOptions = {},
): Promise<Server> {
  const port = await freePort();
  return await startServerAt(port, args(`127.0.0.1:${port}`), options);
}

/** Starts a Node program that listens on that port and waits for its first answer. */
export async function startServerAt(
  port: number,
  args: readonly string[],
  { env, path = '/' }: StartOptions = {},
): Promise<Server> {
  const url = `http://127.0.0.1:${port}`;
  const { PATH, HOME } = process.env;
  const begun = performance.now();
  const running = startProcess({
    args,
    workingDirectory: repository,
    env: { PATH, HOME, ...env },
  });
  await running.untilAnswers(`${url}${path}`, 20);
  return { url, process: running, startMs: performance.now() - begun };
}

/** The entry point that `npm run build` made. */
export function bundleOf(service: 'agent' | 'aggregator'): string {
  return join(repository, 'packages', service, 'dist', 'main.js');
}

/** A Node program that does nothing but answer: what any service of Node costs at least. */
export const emptyServer = (address: string): readonly string[] => [
  '-e',
  `require('node:http').createServer((_, response) => response.end('ok')).listen(${address.split(':')[1] ?? ''}, '127.0.0.1')`,
];

/** Resident memory in MB, as the kernel counts it. Linux only. */
export function residentMegabytes({ process: { pid } }: Server): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}

/** The body of a GET; throws unless the status is 200. Uncompressed, unless told otherwise. */
export async function body(url: string, encoding = 'identity'): Promise<string> {
  const response = await fetch(url, { headers: { 'accept-encoding': encoding } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`GET ${url}: ${response.status} ${text}`);
  return text;
}
