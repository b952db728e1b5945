import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root, run, tail } from './run.mjs';

/**
 * @typedef {{ status: string, fullName: string, ancestorTitles: string[], failureMessages: string[] | null }} Assertion
 * @typedef {{ name: string, status: string, message: string, assertionResults: Assertion[] }} TestFile
 * @typedef {{ numTotalTests: number, testResults: TestFile[] }} JestReport
 * @typedef {{ passed: number, failed: number, skipped: number, failures: string[], skips: string[] }} Count
 */

const FILE_ENDED = /^(PASS|FAIL) (?:\S+ )?(\S+\.(?:test|e2e)\.ts)/;

/** A line of a stack trace that is jest’s or Node’s. */
const FOREIGN_FRAME = /^\s+at .*(?:node_modules|node:internal)/;

/**
 * Runs one of jest’s projects and counts its tests.
 *
 * @param {{ project: 'unit' | 'e2e', patterns: readonly string[], node?: string, tell: (line: string) => void }} request
 *   `node` is the Node to run with, this one unless given
 * @returns {Promise<Count>}
 */
export async function runJest({ project, patterns, node = process.execPath, tell }) {
  const told = new Set();
  const folder = mkdtempSync(join(tmpdir(), 'dde-test-'));
  const file = join(folder, 'jest.json');
  try {
    const { exitCode, output } = await run(
      [
        node,
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        'node_modules/jest/bin/jest.js',
        ...['--selectProjects', project, '--json', '--outputFile', file],
        ...(project === 'e2e' ? ['--runInBand'] : []),
        ...patterns,
      ],
      {
        deadlineSeconds: 3000,
        onLine: (line) => {
          const [, verdict, path] = FILE_ENDED.exec(line) ?? [];
          // Jest tells failed files once more in the end.
          if (path === undefined || told.has(path)) return;
          told.add(path);
          if (project === 'e2e' || verdict === 'FAIL') {
            tell(`${verdict === 'PASS' ? 'pass' : 'FAIL'} ${path}`);
          }
        },
      },
    );
    return countTests(readReport(file), { exitCode, output });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file @returns {JestReport | undefined} */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {JestReport | undefined} report
 * @param {{ exitCode: number, output: string }} end
 * @returns {Count}
 */
function countTests(report, { exitCode, output }) {
  const files = report?.testResults ?? [];
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const failures = files.flatMap(({ name, status, message, assertionResults }) => {
    const path = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    // A file that could not even be run has no results: it is one failure.
    if (failed.length === 0 && status === 'failed') return [`${path}\n${tail(message)}`];
    return failed.map(({ fullName, failureMessages }) => {
      const lines = (failureMessages ?? []).join('\n').split('\n');
      const details = lines
        .filter((line) => !FOREIGN_FRAME.test(line))
        .slice(0, 30)
        .join('\n');
      return `${path}: ${fullName}\n${details}`;
    });
  });
  if (failures.length === 0 && exitCode !== 0) failures.push(tail(output));
  const skipped = tests.filter(({ status }) => ['pending', 'skipped', 'todo'].includes(status));
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: failures.length,
    skipped: skipped.length,
    failures,
    skips: [...new Set(skipped.map((test) => test.ancestorTitles[0] ?? test.fullName))],
  };
}
