import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFakeEngine } from '@docker-data-exporter/testkit/fakeEngine';
import { loadScenario } from '@docker-data-exporter/testkit/scenario';
import { freePort } from './lab/ports.ts';
import { until } from './lab/poll.ts';
import { ask } from './product/ask.ts';
import { loggedCodes } from './product/logLines.ts';
import { pageOf } from './product/page.ts';
import { serversYaml, startAgent, startAggregator } from './product/pair.ts';
import type { RunningService } from './product/service.ts';
import { createStage } from './product/stage.ts';

const agentToken = 'a'.repeat(40);
const newAgentToken = 'b'.repeat(40);
const aggregatorToken = 'c'.repeat(40);

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

describe('a token', () => {
  const stage = createStage();
  let agent: RunningService;
  let aggregator: RunningService;
  let agentTokens: string;
  let sentToken: string;

  const secret = (text: string): string => {
    const path = join(stage.directory('secret'), 'token');
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const online = async (): Promise<number | undefined> => {
    const page = await pageOf({
      get: async (path) => await aggregator.get(path, bearer(aggregatorToken)),
    });
    return page.named('server_online')[0]?.value;
  };

  beforeAll(async () => {
    const engine = await stage.keep(
      startFakeEngine({
        scenario: loadScenario('docker-28.5'),
        listen: { socket: join(stage.directory('engine'), 'docker.sock') },
      }),
      (one) => one.close(),
    );
    agentTokens = secret(`${agentToken}\n`);
    sentToken = secret(`${agentToken}\n`);
    agent = await startAgent(stage, engine, {
      listen: `0.0.0.0:${await freePort()}`,
      args: ['--token-file', agentTokens],
    });
    const address = agent.address.replace('0.0.0.0', '127.0.0.1');
    aggregator = await startAggregator(stage, serversYaml([address]), {
      args: ['--token-file', secret(aggregatorToken), '--agent-token-file', sentToken],
    });
  });
  afterAll(stage.close);

  test.each(['/snapshot', '/metrics', '/get-data', '/'])('guards %s of the agent', async (path) => {
    expect(await agent.ask(path)).toMatchObject({ status: 401 });
    expect((await agent.ask(path)).body).not.toContain('hostname');
    expect(await agent.ask(path, { headers: bearer(newAgentToken) })).toMatchObject({
      status: 401,
    });
    expect(await agent.ask(path, { headers: bearer(agentToken) })).toMatchObject({ status: 200 });
  });

  test.each(['/metrics', '/sd', '/api/servers', '/'])(
    'guards %s of the aggregator',
    async (path) => {
      expect(await aggregator.ask(path)).toMatchObject({ status: 401 });
      expect(await aggregator.ask(path, { headers: bearer(agentToken) })).toMatchObject({
        status: 401,
      });
      expect(await aggregator.ask(path, { headers: bearer(aggregatorToken) })).toMatchObject({
        status: 200,
      });
    },
  );

  test('guards the reload', async () => {
    const reload = { method: 'POST' };
    expect(await aggregator.ask('/-/reload', reload)).toMatchObject({ status: 401 });
    expect(
      await aggregator.ask('/-/reload', { ...reload, headers: bearer(aggregatorToken) }),
    ).toMatchObject({ status: 200 });
  });

  test('is not needed to see whether a service lives', async () => {
    for (const service of [agent, aggregator]) {
      expect(await service.ask('/-/healthy')).toMatchObject({ status: 200 });
      expect(await service.ask('/-/ready')).toMatchObject({ status: 200 });
    }
  });

  test('is sent to the agent by the aggregator, and changes without a restart', async () => {
    expect(await online()).toBe(1);
    // Both are valid while the change is under way.
    writeFileSync(agentTokens, `${newAgentToken}\n${agentToken}\n`);
    expect(await online()).toBe(1);
    writeFileSync(sentToken, `${newAgentToken}\n`);
    await until('the agent to take only the new one', 20, async () => {
      writeFileSync(agentTokens, `${newAgentToken}\n`);
      return (await ask(`${agent.url}/snapshot`, { headers: bearer(agentToken) })).status === 401;
    });
    await until('the aggregator to send the new one', 20, async () => (await online()) === 1);
    // Back, for the other tests.
    writeFileSync(agentTokens, `${agentToken}\n`);
    writeFileSync(sentToken, `${agentToken}\n`);
    await until('the old token again', 20, async () => {
      const { status } = await agent.ask('/snapshot', { headers: bearer(agentToken) });
      return status === 200 && (await online()) === 1;
    });
  });

  test('that is wrong is told of by the aggregator, with the server offline', async () => {
    const other = await startAggregator(
      stage,
      serversYaml([agent.address.replace('0.0.0.0', '127.0.0.1')]),
      { args: ['--agent-token-file', secret(newAgentToken)] },
    );
    const page = await pageOf(other);
    expect(page.named('server_online')).toMatchObject([{ value: 0 }]);
    expect(JSON.stringify(page.samples)).toContain('auth');
    expect(other.process.stderr()).not.toContain(newAgentToken);
  });

  test('never appears in a log', () => {
    for (const service of [agent, aggregator]) {
      for (const token of [agentToken, newAgentToken, aggregatorToken]) {
        expect(service.process.stderr()).not.toContain(token);
      }
    }
  });

  test('is not needed beyond this machine where that is said to be insecure, with a warning', async () => {
    const open = await startAgent(
      stage,
      { dockerHost: 'unix:///nowhere/docker.sock' },
      { listen: `0.0.0.0:${await freePort()}`, args: ['--insecure'] },
    );
    expect(loggedCodes(open)).toContain('bind-insecure');
    expect(await open.ask('/snapshot')).toMatchObject({ status: 200 });
  });
});
