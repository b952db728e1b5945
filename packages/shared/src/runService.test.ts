import { EventEmitter } from 'node:events';
import { commonSettings } from './commonSettings.ts';
import { CodedError, problem } from './errors.ts';
import {
  type ProcessLike,
  type RunningService,
  runService,
  type ServiceContext,
} from './runService.ts';
import { setting } from './settingKinds.ts';

const table = { ...commonSettings(5050), name: setting.text({ help: 'Name.', default: 'n' }) };
type Start = (context: ServiceContext<typeof table>) => Promise<RunningService>;

/** Runs a service in a pretended process; `ended` resolves with its exit code. */
function launch(start: Start, argv: readonly string[] = []) {
  const events = new EventEmitter();
  const out: string[] = [];
  const err: string[] = [];
  const codes: number[] = [];
  const ended = new Promise<number>((resolve) => {
    const process: ProcessLike = {
      argv: ['node', 'main.js', ...argv],
      env: {},
      stdout: { write: (text) => out.push(text) },
      stderr: { write: (text) => err.push(text) },
      on: (event: string, listener: (error: Error) => void) => events.on(event, listener),
      exit: (code) => {
        codes.push(code);
        resolve(code);
      },
    };
    void runService({
      process,
      service: { name: 'dde-test', version: '1.2.3', summary: 'Tests.' },
      table,
      readFile: () => '',
      check: ({ name }) => (name === 'bad' ? [problem('internal', 'Bad name.')] : []),
      start,
    }).catch((error: unknown) => events.emit('unhandledRejection', error));
  });
  return { events, ended, codes, out: () => out.join(''), err: () => err.join('') };
}

const idle: RunningService = { stop: () => Promise.resolve() };

test('--version is printed and nothing is started', async () => {
  let started = false;
  const { ended, out, err } = launch(() => {
    started = true;
    return Promise.resolve(idle);
  }, ['--version']);
  await expect(ended).resolves.toBe(0);
  expect([out(), err(), started]).toEqual(['dde-test 1.2.3\n', '', false]);
});

test('bad settings end with 2 and a readable line, before anything is started', async () => {
  let started = false;
  const { ended, out, err } = launch(() => {
    started = true;
    return Promise.resolve(idle);
  }, ['--nmae=x']);
  await expect(ended).resolves.toBe(2);
  expect(started).toBe(false);
  expect([out(), err()]).toEqual([
    '',
    '--nmae is not a flag. [flag-unknown] Did you mean "--name"?\n',
  ]);
});

test('a start that fails with a coded error ends with its code', async () => {
  const { ended, err } = launch(() =>
    Promise.reject(new CodedError(problem('port-in-use', 'Taken.'))),
  );
  await expect(ended).resolves.toBe(1);
  expect(JSON.parse(err())).toMatchObject({
    level: 'error',
    code: 'port-in-use',
    service: 'dde-test',
  });
});

test('a start that throws ends with 1, and the log has the stack', async () => {
  const { ended, err } = launch(() => {
    throw new Error('inside');
  });
  await expect(ended).resolves.toBe(1);
  expect(JSON.parse(err())).toMatchObject({ code: 'internal', error: { message: 'inside' } });
});

test.each(['SIGTERM', 'SIGINT'])(
  '%s stops gracefully, with the deadline of the settings',
  async (signal) => {
    const deadlines: number[] = [];
    const { ended, events } = launch(() => {
      const stop = (deadlineMs: number) => Promise.resolve(deadlines.push(deadlineMs));
      return Promise.resolve({ stop });
    }, ['--stop-timeout', '3s']);
    events.emit(signal);
    await expect(ended).resolves.toBe(0);
    expect(deadlines).toEqual([3000]);
  },
);

test('a second signal does not wait', async () => {
  const { ended, events } = launch(() =>
    Promise.resolve({ stop: () => new Promise(() => undefined) }),
  );
  events.emit('SIGTERM');
  events.emit('SIGTERM');
  await expect(ended).resolves.toBe(1);
});

test('a signal during a slow start stops the service as soon as it runs', async () => {
  let finishStart: (running: RunningService) => void = () => undefined;
  const { ended, events } = launch(() => new Promise((resolve) => (finishStart = resolve)));
  events.emit('SIGTERM');
  await Promise.resolve();
  finishStart(idle);
  await expect(ended).resolves.toBe(0);
});

test('SIGHUP reloads, and does no harm where there is nothing to reload', async () => {
  const reloaded = new Promise<void>((resolve) => {
    const reload = () => {
      resolve();
      return Promise.resolve();
    };
    launch(() => Promise.resolve({ ...idle, reload })).events.emit('SIGHUP');
  });
  await reloaded;
  const { events, ended } = launch(() => Promise.resolve(idle));
  events.emit('SIGHUP');
  events.emit('SIGTERM');
  await expect(ended).resolves.toBe(0);
});

test.each(['uncaughtException', 'unhandledRejection'])(
  'an %s is logged and ends with 1',
  async (event) => {
    const { ended, events, err } = launch(() => Promise.resolve(idle));
    events.emit(event, new Error('inside'));
    await expect(ended).resolves.toBe(1);
    expect(err()).toContain('"code":"internal"');
  },
);

test('the service gets settings, a log and a way to load anew', async () => {
  const context = await new Promise<ServiceContext<typeof table>>((resolve) => {
    launch(
      (context) => {
        resolve(context);
        return Promise.resolve(idle);
      },
      ['--name', 'x'],
    );
  });
  expect(context.settings.name).toBe('x');
  expect(context.load()).toEqual(context.loaded);
});
