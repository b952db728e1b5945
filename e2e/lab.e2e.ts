import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { startEveryState } from './lab/containers.ts';
import { type Engine, startEngine } from './lab/engine.ts';
import { mountsBelow } from './lab/engineLeftovers.ts';
import { type Age, describeWith } from './lab/parts.ts';
import { until } from './lab/poll.ts';
import { engineProcessesOf } from './lab/processes.ts';
import { freePort } from './lab/ports.ts';
import { startProcess } from './lab/process.ts';
import { promtool, type Prometheus, startPrometheus } from './lab/prometheus.ts';
import { parseWithPython } from './lab/pythonClient.ts';

const ages: readonly Age[] = ['old', 'new'];
const minute = 60_000;

const notRunning = { paused: 'paused', created: 'created', exited: 'exited', oomed: 'exited' };

const goodBody = '# HELP lab_up Here.\n# TYPE lab_up gauge\nlab_up{host="ä"} 1\n';
const badBody = '# TYPE lab_up gauge\nlab_up{host="a} 1\n';

for (const age of ages) {
  describeWith([`${age} engine`, `${age} docker`], `the ${age} engine`, () => {
    let engine: Engine;
    let ids: Record<string, string>;

    beforeAll(async () => {
      engine = await startEngine({ version: age, name: age, bridge: true, hostname: 'lab-host' });
      ids = await startEveryState(engine);
    }, 2 * minute);

    test('reports its version, its API version and the host name it was given', async () => {
      expect(engine.version).toMatch(age === 'old' ? /^20\.10\./ : /^\d\d\./);
      expect(engine.apiVersion).toMatch(/^1\.\d+$/);
      expect(await engine.get('/info')).toMatchObject({ Name: 'lab-host' });
    });

    test('holds one container of every state', async () => {
      const lines = await engine.docker('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.State}}');
      const stateOf = (name: string): string | undefined =>
        lines
          .split('\n')
          .find((line) => line.startsWith(ids[name]!))
          ?.split(' ')[1];
      for (const [name, state] of Object.entries(notRunning)) expect(stateOf(name)).toBe(state);
      for (const name of [
        'idle',
        'sick',
        'hostnet',
        'untagged',
        'app--alice',
        'a.b_c-1',
        'client',
      ]) {
        expect(stateOf(name)).toBe('running');
      }
      // Between two states every few seconds.
      expect(['restarting', 'running']).toContain(stateOf('flapping'));
    });

    test(
      'counts real traffic and real block I/O',
      async () => {
        await until('bytes received and bytes written', 30, async () => {
          const client = await engine.get('/containers/client/stats?stream=false&one-shot=true');
          const writer = await engine.get('/containers/writer/stats?stream=false&one-shot=true');
          const received = /"rx_bytes":(\d+)/.exec(JSON.stringify(client))?.[1];
          const written = /"op":"write","value":(\d+)/i.exec(JSON.stringify(writer))?.[1];
          return Number(received) > 50_000 && Number(written) > 1_000_000;
        });
      },
      minute,
    );

    test(
      'comes back on its data after a crash and after a restart',
      async () => {
        const before = engine.pid;
        await engine.kill9();
        await expect(engine.get('/_ping')).rejects.toThrow();
        await engine.restart();
        expect(engine.pid).not.toBe(before);
        await engine.restart();
        expect(await engine.get('/info')).toMatchObject({ Containers: Object.keys(ids).length });
      },
      minute,
    );

    test(
      'leaves no process, mount, namespace, cgroup or file behind, even with a stuck shim',
      async () => {
        await engine.docker('start', 'idle');
        const [shim] = engineProcessesOf(ids.idle!);
        process.kill(shim!, 'SIGSTOP');
        await engine.stop();
        expect(engineProcessesOf(engine.directory)).toEqual([]);
        expect(mountsBelow(engine.directory)).toEqual([]);
        expect(existsSync(engine.directory)).toBe(false);
        expect(existsSync(`/run/netns/${basename(engine.directory)}`)).toBe(false);
        expect(existsSync(`/sys/fs/cgroup/memory/docker/${ids.idle!}`)).toBe(false);
      },
      minute,
    );
  });

  describeWith([`${age} prometheus`, `${age} promtool`], `the ${age} Prometheus`, () => {
    let prometheus: Prometheus;

    beforeAll(async () => {
      prometheus = await startPrometheus({
        version: age,
        config: 'global: { scrape_interval: 1s }\n',
      });
    }, minute);

    test('answers queries and names what is wrong with a bad one', async () => {
      expect(await prometheus.query('vector(42)')).toEqual([{ metric: {}, value: 42 }]);
      expect(await prometheus.query('1 / 0')).toEqual([{ metric: {}, value: Infinity }]);
      expect(await prometheus.targets()).toEqual([]);
      await expect(prometheus.query('up{')).rejects.toThrow('parse error');
    });

    test('ends and removes its data', async () => {
      await prometheus.stop();
      expect(existsSync(`/proc/${prometheus.pid}`)).toBe(false);
      await expect(prometheus.query('1')).rejects.toThrow();
    });

    test('has a promtool that tells good from bad', async () => {
      expect(await promtool(age, ['check', 'metrics'], goodBody)).toMatchObject({ exitCode: 0 });
      expect((await promtool(age, ['check', 'metrics'], badBody)).exitCode).not.toBe(0);
    });
  });
}

describe('a started process', () => {
  test('is waited for by what it prints and by its HTTP answer, and stopped', async () => {
    const port = await freePort();
    const server = `require('node:http').createServer((_, answer) => answer.end('hello'))
      .listen(${port}, '127.0.0.1', () => console.log('ready on ' + ${port}))`;
    const running = startProcess({ args: ['-e', server] });
    const [, printed] = await running.untilPrinted(/ready on (\d+)/);
    expect(printed).toBe(String(port));
    expect(await running.untilAnswers(`http://127.0.0.1:${port}/`)).toBe('hello');
    expect(await running.stop()).toEqual({ exitCode: undefined, signal: 'SIGTERM' });
  });

  test('that ends too early is an error with its output and exit code', async () => {
    const running = startProcess({ args: ['-e', 'console.error("no config"); process.exit(2)'] });
    await expect(running.untilAnswers('http://127.0.0.1:1/')).rejects.toThrow(
      /ended before[^]*"exitCode":2[^]*no config/,
    );
  });
});

describeWith(['python client'], 'the Python client', () => {
  test('counts families and samples of both formats', async () => {
    const counted = { families: 1, samples: 1 };
    expect(await parseWithPython(goodBody, 'text')).toEqual(counted);
    expect(await parseWithPython(`${goodBody}# EOF\n`, 'openmetrics')).toEqual(counted);
  });

  test('reports what is wrong', async () => {
    expect(await parseWithPython(badBody, 'text')).toHaveProperty('error');
    const { error } = await parseWithPython(goodBody, 'openmetrics');
    expect(error).toContain('EOF');
  });
});
