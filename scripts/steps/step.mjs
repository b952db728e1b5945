import { tail } from './run.mjs';
import { dim, formatSeconds, green, red, say } from './terminal.mjs';

const TITLE_WIDTH = 32;

/** A step that went wrong, with what to show of it. */
export class StepError extends Error {
  /**
   * @param {string} message one sentence
   * @param {string} [details] such as the output of a program
   */
  constructor(message, details = '') {
    super(message);
    this.details = details;
  }
}

/**
 * Does one step of work and tells its name, how it went and how long it took, on one line.
 *
 * @template T
 * @param {string} title
 * @param {(tell: (line: string) => void) => Promise<T>} work `tell` shows a line while it runs;
 *   a text it returns is shown beside the time
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const head = `  ${`${title} `.padEnd(TITLE_WIDTH, '.')} `;
  const begun = performance.now();
  let isLineOpen = true;
  const finish = (/** @type {string} */ text) => {
    const seconds = formatSeconds((performance.now() - begun) / 1000);
    say(`${isLineOpen ? '' : head}${text}  ${dim(seconds)}`);
  };
  process.stdout.write(head);
  try {
    const result = await work((line) => {
      say(isLineOpen ? `\n    ${line}` : `    ${line}`);
      isLineOpen = false;
    });
    finish(green(typeof result === 'string' ? result : 'done'));
    return result;
  } catch (error) {
    finish(red('failed'));
    throw error;
  }
}

/**
 * The result of a program that has to succeed.
 *
 * @param {import('./run.mjs').Run} result
 * @param {string} message what failed, one sentence
 */
export function mustSucceed(result, message) {
  if (result.exitCode !== 0) throw new StepError(message, tail(result.output));
  return result;
}

/**
 * Prints an error as people should see it: a failed step with its details, anything else whole.
 *
 * @param {unknown} error
 */
export function report(error) {
  if (!(error instanceof StepError)) {
    say(red(error instanceof Error ? (error.stack ?? error.message) : String(error)));
    return;
  }
  if (error.details !== '') say(`\n${error.details}\n`);
  say(red(error.message));
}
