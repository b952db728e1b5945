import type { Buffer } from 'node:buffer';
import { type Problem, problem } from '@docker-data-exporter/shared/errors';
import type { EngineEndpoint } from './engineEndpoint.ts';
import { connectionProblem, statusProblem } from './engineProblems.ts';
import type { EngineQuestion } from './engineQuestions.ts';

export type EngineAnswer<T> =
  | { readonly ok: true; readonly value: T }
  /** `status`: the engine answered, but with this HTTP status. */
  | { readonly ok: false; readonly problem: Problem; readonly status?: number };

/** What came back over the connection. */
export type Reply =
  | { readonly kind: 'whole'; readonly status: number; readonly body: Buffer }
  | { readonly kind: 'cut' }
  | { readonly kind: 'too-large' }
  /** No answer at all. */
  | { readonly kind: 'closed'; readonly error: unknown };

/** What a reply means as an answer to its question. Never throws. */
export async function answerOf<T>(
  reply: Reply,
  question: EngineQuestion<T>,
  endpoint: EngineEndpoint,
): Promise<EngineAnswer<T>> {
  switch (reply.kind) {
    case 'closed':
      return { ok: false, problem: await connectionProblem(reply.error, endpoint) };
    case 'cut':
      return badAnswer(question, 'ended before it was complete');
    case 'too-large':
      return badAnswer(question, `is larger than ${question.maxBytes} bytes`);
    case 'whole':
      return read(reply.status, reply.body.toString(), question);
  }
}

function read<T>(status: number, body: string, question: EngineQuestion<T>): EngineAnswer<T> {
  if (status !== 200) {
    return { ok: false, status, problem: statusProblem(status, question.path, body) };
  }
  let content: unknown = body;
  try {
    if (question.format !== 'text') content = JSON.parse(body);
  } catch {
    return badAnswer(question, 'is no JSON');
  }
  const value = question.read(content);
  return value === undefined
    ? badAnswer(question, 'is not of the shape an engine gives')
    : { ok: true, value };
}

export function badAnswer(
  question: { readonly about: string },
  says: string,
): { readonly ok: false; readonly problem: Problem } {
  const message = `The engine’s answer about ${question.about} ${says}.`;
  return { ok: false, problem: problem('engine-bad-answer', message) };
}

export function tooLate(
  question: { readonly about: string },
  deadlineMs: number,
): { readonly ok: false; readonly problem: Problem } {
  const message = `The engine did not tell ${question.about} within ${deadlineMs} ms.`;
  return { ok: false, problem: problem('engine-timeout', message) };
}

/** A fault of our own on the way to the answer. */
export function failed(error: unknown): { readonly ok: false; readonly problem: Problem } {
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, problem: problem('internal', `Asking the engine failed: ${message}.`) };
}
