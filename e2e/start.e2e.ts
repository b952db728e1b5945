import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxImage, importBusybox } from './lab/image.ts';
import { describeWith } from './lab/parts.ts';
import { freePort } from './lab/ports.ts';
import { type RunningProcess, startProcess } from './lab/process.ts';
import { ask } from './product/ask.ts';
import { createStage } from './product/stage.ts';

const repository = join(import.meta.dirname, '..');
const minute = 60_000;

interface Started {
  readonly process: RunningProcess;
  readonly agent: string;
  readonly aggregator: string;
  /** Addresses that still answer. */
  readonly answering: () => Promise<string[]>;
}

/** `npm start` on free ports, with the engine at that address. */
async function npmStart(dockerHost: string, ...args: readonly string[]): Promise<Started> {
  const [agentPort, aggregatorPort] = [await freePort(), await freePort()];
  const [agent, aggregator] = [`127.0.0.1:${agentPort}`, `127.0.0.1:${aggregatorPort}`];
  const { PATH, HOME } = process.env;
  const running = startProcess({
    args: [
      ...['scripts/start.mjs', '--agent-port', `${agentPort}`],
      ...['--aggregator-port', `${aggregatorPort}`, ...args],
    ],
    env: { PATH, HOME, DOCKER_HOST: dockerHost },
    workingDirectory: repository,
  });
  return {
    process: running,
    agent,
    aggregator,
    answering: async () => {
      const asked = [agent, aggregator].map((address) =>
        ask(`http://${address}/-/healthy`).then(
          () => [address],
          () => [],
        ),
      );
      return (await Promise.all(asked)).flat();
    },
  };
}

/** The process with `--listen ADDRESS` in its command line. Linux only. */
function pidOf(address: string): number {
  const found = readdirSync('/proc').find((entry) => {
    try {
      const commandLine = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      return /^\d+$/.test(entry) && commandLine.includes(`--listen\0${address}\0`);
    } catch {
      return false;
    }
  });
  return Number(found);
}

describeWith(['old engine', 'old docker'], 'npm start with a Docker Engine', () => {
  const stage = createStage();
  let dockerHost: string;

  beforeAll(async () => {
    const engine = await stage.engine({ version: 'old', name: 'start' });
    await importBusybox(engine);
    const run = ['run', '--detach', '--network', 'none', '--stop-timeout', '1'];
    await engine.docker(...run, '--name', 'shop-web', busyboxImage, 'sleep', '100000');
    dockerHost = engine.dockerHost;
  }, minute);
  afterAll(stage.close, minute);

  test(
    'shows the server and its containers, and leaves nothing behind',
    async () => {
      const started = await npmStart(dockerHost, '--once');
      expect(await started.process.untilEnded(60)).toMatchObject({ exitCode: 0 });
      const printed = started.process.stdout();
      expect(printed).toMatch(/agent \.+ Docker Engine 20\.10/);
      expect(printed).toMatch(/shop-web .* Up .* seconds? +\d+\.\d +\d+\.\d/);
      expect(printed).not.toContain('SIMULATED');
      expect(await started.answering()).toEqual([]);
    },
    2 * minute,
  );

  test(
    'runs until it is stopped, and then ends its services with exit code 0',
    async () => {
      const started = await npmStart(dockerHost);
      await started.process.untilPrinted(/Ctrl-C/, 60);
      expect(await started.answering()).toEqual([started.agent, started.aggregator]);
      started.process.signal('SIGINT');
      expect(await started.process.untilEnded(20)).toMatchObject({ exitCode: 0 });
      expect(await started.answering()).toEqual([]);
    },
    2 * minute,
  );

  test(
    'tells which service died, with the end of its log, and ends the other',
    async () => {
      const started = await npmStart(dockerHost);
      await started.process.untilPrinted(/Ctrl-C/, 60);
      process.kill(pidOf(started.agent), 'SIGKILL');
      expect(await started.process.untilEnded(20)).toMatchObject({ exitCode: 1 });
      expect(started.process.stdout()).toMatch(
        /agent\.log:[^]*The agent listens[^]*The agent was ended by SIGKILL/,
      );
      expect(await started.answering()).toEqual([]);
    },
    2 * minute,
  );
});

describe('npm start without a Docker Engine', () => {
  test(
    'says that what it shows is simulated, and why',
    async () => {
      const started = await npmStart('unix:///nowhere/docker.sock', '--once');
      expect(await started.process.untilEnded(60)).toMatchObject({ exitCode: 0 });
      expect(started.process.stdout()).toMatch(
        /SIMULATED .*\/nowhere\/docker\.sock does not exist\. \[socket-missing/,
      );
      expect(started.process.stdout()).toMatch(/^ +simulated +127\.0\.0\.1:\d+ +yes /m);
      expect(await started.answering()).toEqual([]);
    },
    2 * minute,
  );

  test(
    'takes a free port where the wanted one is in use, and says so',
    async () => {
      const stage = createStage();
      const holder = startProcess({
        args: [
          '-e',
          'require("http").createServer((_, r) => r.end("x")).listen(0, "127.0.0.1", function () { console.log(`port ${this.address().port}`) })',
        ],
      });
      stage.atEnd(() => holder.stop());
      try {
        const [, port = ''] = await holder.untilPrinted(/port (\d+)/);
        const started = await npmStart(
          'unix:///nowhere/docker.sock',
          ...['--once', '--aggregator-port', port],
        );
        expect(await started.process.untilEnded(60)).toMatchObject({ exitCode: 0 });
        expect(started.process.stdout()).toContain(
          `Port ${port} is in use: the aggregator listens on `,
        );
      } finally {
        await stage.close();
      }
    },
    2 * minute,
  );

  test(
    'shows a simulated fleet of any size',
    async () => {
      const started = await npmStart('', '--simulate', '3', '--once');
      expect(await started.process.untilEnded(60)).toMatchObject({ exitCode: 0 });
      const rows = started.process.stdout().match(/^ +\S+ +127\.0\.0\.1:\d+ +yes /gm);
      expect(rows).toHaveLength(3);
      expect(await started.answering()).toEqual([]);
    },
    2 * minute,
  );

  test('refuses options it does not know', async () => {
    const started = await npmStart('', '--simulat', '3');
    expect(await started.process.untilEnded(20)).toMatchObject({ exitCode: 2 });
    expect(started.process.stdout()).toContain('usage: npm start');
  });
});
