import { problem } from './errors.ts';
import { createLog, type LogFormat, type LogLevel, silentLog } from './log.ts';

function record(format: LogFormat, level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = createLog({ format, level, service: 'dde-test', write: (line) => lines.push(line) });
  return { log, lines };
}

const found = problem('socket-missing', 'No socket at /x.', { fix: 'Mount it.', file: '/x' });

describe('JSON lines', () => {
  const parsed = (lines: string[]) => lines.map((line) => JSON.parse(line) as unknown);

  test('carry level, ISO time, service, message and fields', () => {
    const { log, lines } = record('json');
    log.info('Ready.', { port: 5050 });
    expect(lines[0]).toMatch(/\}\n$/);
    expect(parsed(lines)).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        service: 'dde-test',
        port: 5050,
        message: 'Ready.',
      },
    ]);
  });

  test('of a problem carry its code, fix and place, at the level of its row', () => {
    const { log, lines } = record('json');
    log.problem(found, { container: 'web' });
    log.problem(problem('port-in-use', 'Taken.'));
    expect(parsed(lines)).toMatchObject([
      { level: 'warn', code: 'socket-missing', fix: 'Mount it.', file: '/x', container: 'web' },
      { level: 'error', code: 'port-in-use', message: 'Taken.' },
    ]);
  });

  test('below the level are left out', () => {
    const { log, lines } = record('json', 'warn');
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(lines).toHaveLength(2);
  });

  test('of an error carry its stack', () => {
    const { log, lines } = record('json');
    log.error('Failed.', { error: new Error('inside') });
    expect(parsed(lines)).toMatchObject([
      { error: { message: 'inside', stack: expect.stringContaining('log.test') as string } },
    ]);
  });

  test('of a child carry its fields', () => {
    const { log, lines } = record('json');
    log.child({ server: 'a' }).warn('Gone.');
    expect(parsed(lines)).toMatchObject([{ server: 'a', message: 'Gone.' }]);
  });
});

test('text lines are short and say the same', () => {
  const { log, lines } = record('text');
  log.info('Ready.', { port: 5050, name: 'two words' });
  log.problem(found);
  log.error('Failed.', { error: new Error('inside') });
  const bare = lines.map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3}/, 'TIME'));
  expect(bare[0]).toBe('TIME INFO  Ready. port=5050 name="two words"\n');
  expect(bare[1]).toBe('TIME WARN  No socket at /x. [socket-missing] Mount it. file=/x\n');
  expect(bare[2]).toMatch(/^TIME ERROR Failed\.\nError: inside\n +at .+\n$/s);
});

describe.each(['json', 'text'] as const)('secrets in %s lines', (format) => {
  const secret = 'hunter2hunter2hunter2';

  test.each([
    [{ token: secret }],
    [{ headers: { authorization: secret, cookie: secret } }],
    [{ text: `sent Authorization: Bearer ${secret}` }],
    [{ url: `http://user:${secret}@host/path` }],
    [{ error: new Error(`cannot reach http://${secret}@host`) }],
  ])('are hidden (%#)', (fields) => {
    const { log, lines } = record(format);
    log.warn('Careful.', fields);
    expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).toContain('<hidden>');
  });

  test('are hidden in the message too', () => {
    const { log, lines } = record(format);
    log.warn(`Bearer ${secret}`);
    expect(lines.join('')).not.toContain(secret);
  });
});

test('the silent log takes everything', () => {
  const log = silentLog().child({ a: 1 });
  expect(() => {
    log.problem(found);
    log.info('x');
  }).not.toThrow();
});
