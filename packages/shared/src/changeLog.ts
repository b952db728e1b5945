import type { ErrorCode, Problem } from './errors.ts';
import type { LogFields, Logger } from './log.ts';

/** Logs a repeated fault when it begins, changes its code or ends, not each time it is met. */
export interface ChangeLog {
  /** The state of one thing (a socket, a server): a problem, or undefined when it is well. */
  readonly report: (subject: string, problem: Problem | undefined, fields?: LogFields) => void;
  /** The thing is gone; says nothing. */
  readonly forget: (subject: string) => void;
}

/** Remembers only what is faulty now, so it is bounded by what is watched. */
export function createChangeLog(log: Logger): ChangeLog {
  const faulty = new Map<string, ErrorCode>();
  return {
    report: (subject, problem, fields) => {
      const before = faulty.get(subject);
      if (problem === undefined) {
        if (before === undefined) return;
        faulty.delete(subject);
        log.info(`${subject}: well again.`, { ...fields, recoveredFrom: before });
      } else if (problem.code !== before) {
        faulty.set(subject, problem.code);
        log.problem(problem, fields);
      }
    },
    forget: (subject) => faulty.delete(subject),
  };
}
