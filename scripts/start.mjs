/**
 * Runs the whole product on this machine: agent and aggregator on loopback addresses.
 *
 *   npm start                            with the Docker Engine here, or a simulated one
 *   npm start -- --simulate 20           with a simulated fleet of 20 servers
 *   npm start -- --aggregator-port 5001 --agent-port 5051
 *   npm start -- --once                  ends after the first tables
 */
import './steps/nodeVersion.mjs';
import { parseArgs } from 'node:util';
import { startProduct } from './start/product.mjs';
import { build, install } from './steps/prepare.mjs';
import { stopAll } from './steps/run.mjs';
import { report, step } from './steps/step.mjs';
import { bold, dim, say } from './steps/terminal.mjs';

const USAGE =
  'usage: npm start [-- --simulate N] [--agent-port PORT] [--aggregator-port PORT] [--once]';

const options = readOptions();
/** @type {import('./start/product.mjs').Product | undefined} */
let product;
let isStopping = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => void stop(0));
}

try {
  say(bold('Docker Data Exporter'));
  await step('packages', install);
  await step('build', build);
  await startProduct(options, {
    onProduct: (made) => (product = made),
    onEnd: (service) => {
      if (isStopping) return;
      say(`\n${service.logTail()}\n`);
      say(bold(`The ${service.name} ${service.ending()}. Stopping the rest.`));
      void stop(1);
    },
  });
  if (options.once) await stop(0);
  else say(dim('\nRunning. Ctrl-C stops everything.'));
} catch (error) {
  // What fails because it is being stopped is no news.
  if (!isStopping) {
    report(error);
    await stop(1);
  }
}

/** @param {number} exitCode */
async function stop(exitCode) {
  if (isStopping) return;
  isStopping = true;
  if (exitCode === 0 && product !== undefined) say('\nStopping …');
  await stopAll();
  await product?.stop();
  if (exitCode === 0 && product !== undefined) say('Stopped.');
  process.exit(exitCode);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        simulate: { type: 'string' },
        'agent-port': { type: 'string', default: '5050' },
        'aggregator-port': { type: 'string', default: '5000' },
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      say(USAGE);
      process.exit(0);
    }
    return {
      simulatedServers: values.simulate === undefined ? 0 : within(values.simulate, 1, 1000),
      agentPort: within(values['agent-port'], 1, 65_535),
      aggregatorPort: within(values['aggregator-port'], 1, 65_535),
      once: values.once,
    };
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    process.exit(2);
  }
}

/**
 * @param {string} text
 * @param {number} least
 * @param {number} most
 */
function within(text, least, most) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Error(`"${text}" is not a whole number from ${least} to ${most}.`);
}
