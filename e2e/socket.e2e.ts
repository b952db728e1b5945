import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeEngine, startFakeEngine } from '@docker-data-exporter/testkit/fakeEngine';
import { loadScenario } from '@docker-data-exporter/testkit/scenario';
import { describeWith } from './lab/parts.ts';
import { until } from './lab/poll.ts';
import { loggedCodes, logLines } from './product/logLines.ts';
import { pageOf } from './product/page.ts';
import { startAgent } from './product/pair.ts';
import { createStage, type Stage } from './product/stage.ts';
import { textLike, textWith } from './product/textLike.ts';

const nobody = 65_534;
const strangeGroup = 4242;

/** An engine on a socket in a folder everybody may enter. */
async function startEngine(stage: Stage): Promise<FakeEngine> {
  const directory = stage.directory('socket');
  chmodSync(directory, 0o755);
  return await stage.keep(
    startFakeEngine({
      scenario: loadScenario('docker-28.5'),
      listen: { socket: join(directory, 'docker.sock') },
    }),
    (engine) => engine.close(),
  );
}

describe('an engine that is not there', () => {
  const stage = createStage();
  afterAll(stage.close);

  test('is told of once with its code; the agent answers meanwhile, and finds it when it comes', async () => {
    const engine = await startEngine(stage);
    await engine.vanish();
    const agent = await startAgent(stage, engine);
    await until('the fault in the log', 10, () => loggedCodes(agent).includes('socket-missing'));
    for (let asked = 0; asked < 3; asked += 1) {
      expect(JSON.parse(await agent.get('/snapshot'))).toMatchObject({
        docker: {
          running: false,
          fault: { code: 'socket-missing', message: textWith(engine.address) },
        },
        containers: [],
      });
    }
    expect(loggedCodes(agent)).toEqual(['socket-missing']);
    expect((await agent.ask('/-/healthy')).status).toBe(200);
    expect((await agent.ask('/-/ready')).status).toBe(200);

    await engine.accept();
    expect(JSON.parse(await agent.get('/snapshot'))).toMatchObject({
      docker: { running: true, version: textLike(/^28\.5/) },
    });
    const page = await pageOf(agent);
    expect(page.named('server_docker_running')).toMatchObject([{ value: 1 }]);
    expect(page.named('container_state').length).toBeGreaterThan(10);

    await engine.vanish();
    expect((await pageOf(agent)).named('server_docker_running')).toMatchObject([{ value: 0 }]);
    await until('the second fault in the log', 10, () => loggedCodes(agent).length === 2);
    expect(loggedCodes(agent)).toEqual(['socket-missing', 'socket-missing']);
  });

  test('is also found later on a socket that refuses', async () => {
    const engine = await startEngine(stage);
    await engine.refuse();
    const agent = await startAgent(stage, engine);
    expect(JSON.parse(await agent.get('/snapshot'))).toMatchObject({
      docker: { running: false, fault: { code: 'engine-unreachable' } },
    });
    await engine.accept();
    expect(JSON.parse(await agent.get('/snapshot'))).toMatchObject({ docker: { running: true } });
  });
});

describeWith(['root'], 'a socket the agent may not open', () => {
  const stage = createStage();
  afterAll(stage.close);

  test('is told of with its group; the agent answers meanwhile, and recovers when it may', async () => {
    const engine = await startEngine(stage);
    chownSync(engine.address, 0, strangeGroup);
    chmodSync(engine.address, 0o660);
    const agent = await startAgent(stage, engine, { userId: nobody });
    expect(JSON.parse(await agent.get('/snapshot'))).toMatchObject({
      docker: { running: false, fault: { code: 'socket-permission' } },
    });
    const told = await until('the fault in the log', 10, () =>
      logLines(agent).find(({ code }) => code === 'socket-permission'),
    );
    expect(loggedCodes(agent)).toEqual(['socket-permission']);
    expect(told.message).toContain(engine.address);
    expect(`${told.message} ${told.fix ?? ''}`).toContain(String(strangeGroup));

    chmodSync(engine.address, 0o666);
    expect(JSON.parse(await agent.get('/snapshot'))).toMatchObject({ docker: { running: true } });
  });
});
