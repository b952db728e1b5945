import {
  CodedError,
  type ErrorCode,
  errorTable,
  exitCodeOf,
  formatProblem,
  isCodedError,
  isWarning,
  problem,
  problemsOf,
  rowOf,
} from './errors.ts';

const codes = Object.keys(errorTable) as ErrorCode[]; // Safe: these are the table's own keys.

describe('the error table', () => {
  test.each(codes)('has a readable code and whole sentences for %s', (code) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    const { meaning, fix } = rowOf(code);
    expect(meaning).toMatch(/^\p{Lu}.+\.$/su);
    expect(fix).toMatch(/^[\p{L}].+[.}]$/su);
  });

  test('gives no exit code to what does not stop the service', () => {
    const wrong = codes.filter(
      (code) => rowOf(code).severity !== undefined && rowOf(code).exitCode,
    );
    expect(wrong).toEqual([]);
  });
});

describe('formatProblem', () => {
  const cases: [ReturnType<typeof problem>, string][] = [
    [
      problem('config-syntax', 'Bad colon.', {
        file: 'a.yml',
        line: 3,
        column: 7,
        fix: 'Mend it.',
      }),
      'a.yml:3:7: Bad colon. [config-syntax] Mend it.',
    ],
    [
      problem('config-file-missing', 'Not there.', { file: 'a.yml' }),
      `a.yml: Not there. [config-file-missing] ${errorTable['config-file-missing'].fix}`,
    ],
    [
      problem('port-in-use', 'Taken.', { key: 'listen' }),
      `Taken. [port-in-use] ${errorTable['port-in-use'].fix}`,
    ],
  ];
  test.each(cases)('writes what is known in one line (%#)', (found, line) => {
    expect(formatProblem(found)).toBe(line);
  });
});

test('a usage error among the problems makes the exit code 2', () => {
  const port = problem('port-in-use', 'Taken.');
  const usage = problem('flag-unknown', '--x is no flag.');
  expect(exitCodeOf([port])).toBe(1);
  expect(exitCodeOf([port, usage])).toBe(2);
  expect(isWarning(usage)).toBe(false);
  expect(isWarning(problem('env-unknown', 'DDE_X.'))).toBe(true);
});

test('a coded error carries its problems and a message that can be shown', () => {
  const first = problem('port-in-use', 'Taken.', { fix: 'Leave.' });
  const error = new CodedError([first, problem('internal', 'Odd.', { fix: 'Tell us.' })]);
  expect(isCodedError(error)).toBe(true);
  expect(error.code).toBe('port-in-use');
  expect(error.message).toBe('Taken. [port-in-use] Leave.\nOdd. [internal] Tell us.');
  expect(problemsOf(error)[0]).toBe(first);
});

test('any other error becomes an internal problem', () => {
  expect(isCodedError(new Error('x'))).toBe(false);
  expect(problemsOf(new Error('Lost'))).toEqual([problem('internal', 'Lost.')]);
  expect(problemsOf('text')[0].code).toBe('internal');
});
