import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../steps/run.mjs';
import { step } from '../steps/step.mjs';
import { bold, dim, say, yellow } from '../steps/terminal.mjs';
import { readSamples } from './exposition.mjs';
import { containerTable, serverTable } from './overview.mjs';
import { freePortFrom } from './ports.mjs';
import { answers, startService } from './service.mjs';

const folder = join(root, '.start');
const SCENARIO = 'docker-28.5';

/**
 * @typedef {import('./service.mjs').Service} Service
 * @typedef {{ simulatedServers: number, agentPort: number, aggregatorPort: number }} Options
 * @typedef {{ stop: () => Promise<void> }} Product
 * @typedef {{ onProduct: (product: Product) => void, onEnd: (service: Service) => void }} Hooks
 */

/**
 * Starts everything and shows what it answers.
 *
 * @param {Options} options
 * @param {Hooks} hooks `onProduct` is called before the first process is started, so that a start can
 *   be stopped half-way
 */
export async function startProduct(options, { onProduct, onEnd }) {
  mkdirSync(folder, { recursive: true });
  /** @type {Service[]} newest first */
  const services = [];
  onProduct({
    stop: async () => {
      for (const service of services.splice(0)) await service.stop();
    },
  });
  /** @type {Start} */
  const start = async (name, command, more) => {
    const logFile = join(folder, 'logs', `${name.replaceAll(' ', '-')}.log`);
    return await startService(
      { name, command, logFile, env: more.env ?? {} },
      { isReady: more.isReady, onEnd, onSpawn: (service) => services.unshift(service) },
    );
  };

  /** @type {string[]} */
  const notes = [];
  const taken = new Set();
  const choosePort = async (/** @type {string} */ what, /** @type {number} */ wanted) => {
    const port = await freePortFrom(wanted, taken);
    taken.add(port);
    if (port !== wanted) notes.push(portNote(what, wanted, port));
    return port;
  };

  const aggregatorPort = await choosePort('aggregator', options.aggregatorPort);
  const source =
    options.simulatedServers > 0
      ? await startFleet(options.simulatedServers, start)
      : await startAgent(await choosePort('agent', options.agentPort), start);
  const aggregator = await startAggregator(aggregatorPort, { start, agents: source.agents });

  const { samples, listed } = await firstAnswers(aggregator);
  for (const note of notes) say(yellow(`  ${note}`));
  if (source.simulated !== undefined) {
    say(`\n  ${yellow(bold('SIMULATED'))}  ${yellow(source.simulated)}`);
  }
  showTable(serverTable(listed?.servers ?? []));
  showTable(containerTable(samples));
  showAddresses(aggregator, source.agentUrl);
}

/**
 * @callback Start
 * @param {string} name
 * @param {readonly string[]} command
 * @param {{ isReady: (log: string) => Promise<boolean>, env?: Record<string, string> }} more
 * @returns {Promise<Service>}
 */

/**
 * The agent, at the engine that is here, or at a simulated one.
 *
 * @param {number} port
 * @param {Start} start
 */
async function startAgent(port, start) {
  const url = `http://127.0.0.1:${port}`;
  const launch = (
    /** @type {string} */ state,
    /** @type {readonly string[]} */ args = [],
    /** @type {Record<string, string>} */ env = {},
  ) =>
    start(
      'agent',
      [
        'packages/agent/dist/main.js',
        ...['--listen', `127.0.0.1:${port}`, '--state-dir', join(folder, state)],
        ...args,
      ],
      { isReady: () => answers(`${url}/-/healthy`), env },
    );

  /** @type {{ docker: { running: boolean, version?: string, fault?: { code: string, message: string } } } | undefined} */
  let snapshot;
  await step('agent', async () => {
    const agent = await launch('agent');
    snapshot = await askJson(`${url}/snapshot`);
    if (snapshot?.docker.running === true) return `Docker Engine ${snapshot.docker.version ?? ''}`;
    await agent.stop();
    return 'no Docker Engine here';
  });
  if (snapshot?.docker.running === true) return { agents: [`127.0.0.1:${port}`], agentUrl: url };

  const socket = join(folder, 'simulated-engine.sock');
  rmSync(socket, { force: true });
  await step('simulated engine', async () => {
    const command = simulator('engine', '--socket', socket, '--scenario', SCENARIO, '--live');
    await start('simulated engine', command, { isReady: async (log) => log.includes('{') });
  });
  await step('agent', async () => {
    const env = { DOCKER_HOST: `unix://${socket}` };
    await launch('agent-simulated', ['--hostname', 'simulated'], env);
  });
  const { code = 'engine-timeout', message = 'The engine did not answer.' } =
    snapshot?.docker.fault ?? {};
  const why = message.split(/[;(]/)[0]?.trim().replace(/\.?$/, '.');
  return {
    agents: [`127.0.0.1:${port}`],
    agentUrl: url,
    simulated: `${why} [${code}, see docs/ERRORS.md]\n  What follows comes from a simulated engine: no number is real.`,
  };
}

/**
 * @param {number} servers
 * @param {Start} start
 * @returns {Promise<{ agents: string[], agentUrl?: string, simulated?: string }>}
 */
async function startFleet(servers, start) {
  /** @type {string[]} */
  let agents = [];
  await step(`${servers} simulated servers`, async () => {
    await start('simulated fleet', simulator('fleet', '--servers', String(servers)), {
      isReady: async (log) => {
        const [line] = /^\{.*\}$/m.exec(log) ?? [];
        /** @type {{ servers: { address: string }[] }} */
        const ready = JSON.parse(line ?? '{"servers":[]}');
        agents = ready.servers.map(({ address }) => address);
        return agents.length > 0;
      },
    });
  });
  return {
    agents,
    simulated: `A fleet of ${servers} simulated servers: no number is real.`,
  };
}

/** @param {readonly string[]} args */
function simulator(...args) {
  return ['--import', 'tsx', 'packages/testkit/src/main.ts', ...args];
}

/**
 * @param {number} port
 * @param {{ start: Start, agents: readonly string[] }} more
 */
async function startAggregator(port, { start, agents }) {
  const url = `http://127.0.0.1:${port}`;
  const config = join(folder, 'aggregator.yml');
  const servers = agents.map((address) => `  - ${address}\n`).join('');
  writeFileSync(config, `# Written by npm start.\nservers:\n${servers}`);
  await step('aggregator', async () => {
    await start(
      'aggregator',
      [
        'packages/aggregator/dist/main.js',
        ...['--config', config, '--listen', `127.0.0.1:${port}`],
        ...['--state-dir', join(folder, 'aggregator')],
      ],
      { isReady: () => answers(`${url}/-/ready`) },
    );
  });
  return url;
}

/**
 * What the aggregator says first, CPU percentages included, which need two readings; without them
 * if they do not come in time.
 *
 * @param {string} url
 */
async function firstAnswers(url) {
  return await step('first metrics', async () => {
    const deadline = performance.now() + 6000;
    for (;;) {
      const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(15_000) });
      const page = await response.text();
      const isComplete = page.includes('\ncontainer_cpu_percent{');
      if (isComplete || performance.now() > deadline) {
        return { samples: readSamples(page), listed: await askJson(`${url}/api/servers`) };
      }
      await delay(500);
    }
  });
}

/** @param {readonly string[]} table the first line is its heading */
function showTable([heading = '', ...lines]) {
  say(`\n  ${bold(heading)}`);
  for (const line of lines) say(`  ${line}`);
}

/**
 * @param {string} aggregator
 * @param {string | undefined} agent
 */
function showAddresses(aggregator, agent) {
  const { host } = new URL(aggregator);
  say();
  say(`  status page     ${bold(`${aggregator}/`)}`);
  say(`  metrics         ${bold(`${aggregator}/metrics`)}`);
  if (agent !== undefined) say(`  agent’s JSON    ${agent}/snapshot`);
  say(`  logs            .start/logs`);
  say(dim('\n  Prometheus, scrape_configs:'));
  say(`    - job_name: docker
      honor_labels: true
      static_configs: [{ targets: ['${host}'] }]`);
  say(dim('\n  Servers of your own: README.md, "On your servers".'));
}

/**
 * @param {string} what
 * @param {number} wanted
 * @param {number} port
 */
function portNote(what, wanted, port) {
  const airPlay = process.platform === 'darwin' && wanted === 5000 ? ' (AirPlay Receiver?)' : '';
  return `Port ${wanted} is in use${airPlay}: the ${what} listens on ${port} instead.`;
}

/**
 * @param {string} url
 * @returns {Promise<any>}
 */
async function askJson(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
