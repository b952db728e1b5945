import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startFakeEngine } from './fakeEngine.ts';
import { startFakeFleet } from './fleet.ts';
import { listScenarios, loadScenario } from './scenario.ts';

/**
 * The fakes as a command, for scripts: prints one JSON line with its addresses when it is ready,
 * and stops on SIGTERM and SIGINT.
 */
const USAGE = `usage:
  main.ts engine --socket PATH | --port P  [--scenario NAME] [--live] [--seed N]
  main.ts fleet  --servers N [--containers M] [--port-from P] [--seed N] [--token T]
scenarios: ${listScenarios().join(', ')}
`;

/** Something that runs and can be stopped, and what it says when it is ready. */
interface Running {
  ready: Record<string, unknown>;
  close: () => Promise<void>;
}

async function engine(args: string[]): Promise<Running> {
  const { values } = parseArgs({
    args,
    options: {
      socket: { type: 'string' },
      port: { type: 'string' },
      scenario: { type: 'string', default: listScenarios().at(-1) ?? '' },
      live: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
    },
  });
  const { socket, port } = values;
  if ((socket === undefined) === (port === undefined)) {
    throw new UsageError('engine needs either --socket or --port');
  }
  const fake = await startFakeEngine({
    scenario: loadScenario(values.scenario),
    listen: socket === undefined ? { port: wholeNumber('port', port) } : { socket },
    ...(values.live && { live: { seed: wholeNumber('seed', values.seed) } }),
  });
  const { dockerHost, address } = fake;
  return { ready: { dockerHost, address, scenario: values.scenario }, close: fake.close };
}

async function fleet(args: string[]): Promise<Running> {
  const { values } = parseArgs({
    args,
    options: {
      servers: { type: 'string' },
      containers: { type: 'string', default: '20' },
      'port-from': { type: 'string' },
      seed: { type: 'string', default: '1' },
      token: { type: 'string' },
    },
  });
  const portFrom = values['port-from'];
  const fake = await startFakeFleet({
    servers: wholeNumber('servers', values.servers),
    containersPerServer: wholeNumber('containers', values.containers),
    seed: wholeNumber('seed', values.seed),
    ...(portFrom !== undefined && { portFrom: wholeNumber('port-from', portFrom) }),
    ...(values.token !== undefined && { token: values.token }),
  });
  const servers = fake.servers.map(({ hostname, address }) => ({ hostname, address }));
  return { ready: { servers }, close: fake.close };
}

class UsageError extends Error {}

function wholeNumber(name: string, text: string | undefined): number {
  if (text === undefined) throw new UsageError(`--${name} is missing`);
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} is not a whole number: ${text}`);
  return Number(text);
}

function isParseArgsError(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
  );
}

const commands = new Map([
  ['engine', engine],
  ['fleet', fleet],
]);

async function main([name = '', ...args]: string[]): Promise<number> {
  const command = commands.get(name);
  if (command === undefined) throw new UsageError(`unknown command "${name}"`);
  const running = await command(args);
  process.stdout.write(`${JSON.stringify(running.ready)}\n`);
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await running.close();
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError || isParseArgsError(error);
    process.stderr.write(isUsage ? `${message}\n${USAGE}` : `${message}\n`);
    process.exitCode = isUsage ? 2 : 1;
  },
);
