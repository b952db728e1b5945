import { Buffer } from 'node:buffer';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listScenarios, loadScenario, scenariosDirectory } from './scenario.ts';
import { temporaryDirectory } from './temporaryDirectory.ts';

describe('scenarios', () => {
  test('there are recordings, and every one of them loads with a container per list entry', () => {
    const names = listScenarios();
    expect(names).not.toEqual([]);
    for (const name of names) {
      const scenario = loadScenario(name);
      expect(scenario.containers.map(({ id }) => id)).toEqual(
        scenario.list.value.map(({ Id }) => Id),
      );
      expect(scenario.containers.filter(({ oneShot }) => oneShot === undefined)).toEqual([]);
      expect(scenario.events).not.toEqual([]);
    }
  });

  test('bodies are kept byte for byte', () => {
    for (const name of listScenarios()) {
      const scenario = loadScenario(name);
      const file = (path: string) => readFileSync(join(scenariosDirectory, name, 'docker', path));
      expect(scenario.info.body.equals(file('info.json'))).toBe(true);
      expect(scenario.list.body.equals(file('containers.json'))).toBe(true);
      for (const container of scenario.containers) {
        const recorded = file(`stats-oneshot/${container.name}.json`);
        expect(container.oneShot?.equals(recorded)).toBe(true);
      }
    }
  });

  test('a scenario that is not there is refused with the names of those that are', () => {
    const { path, remove } = temporaryDirectory();
    expect(() => loadScenario('nowhere', path)).toThrow(/no scenario nowhere.*there are: none/);
    expect(() => loadScenario('nowhere')).toThrow(listScenarios()[0]);
    remove();
  });

  test.each([
    ['newer', '2026-01-01T00:00:05Z', 'two samples'],
    ['older', '2025-12-31T23:59:55Z', 'one-shot'],
  ])('without a later one-shot, %s two-sample stats: the later reading is the %s one', (...row) => {
    const [, readAt, expected] = row;
    const { path, remove } = temporaryDirectory();
    writeScenario(path, readAt);
    const [container] = loadScenario('tiny', path).containers;
    expect(container?.oneShotLater?.toString()).toContain(expected);
    remove();
  });

  test('half a line at the end of the events is left out', () => {
    const { path, remove } = temporaryDirectory();
    writeScenario(path, '2026-01-01T00:00:05Z');
    expect(loadScenario('tiny', path).events).toEqual(['{"Type":"container"}']);
    remove();
  });
});

function writeScenario(root: string, statsReadAt: string): void {
  const docker = join(root, 'tiny', 'docker');
  for (const folder of ['stats', 'stats-oneshot']) {
    mkdirSync(join(docker, folder), { recursive: true });
  }
  const put = (name: string, value: unknown) => {
    writeFileSync(join(docker, name), Buffer.from(JSON.stringify(value)));
  };
  put('version.json', { Version: '1', ApiVersion: '1.41', MinAPIVersion: '1.12', Os: 'linux' });
  put('info.json', { Name: 'tiny' });
  put('images.json', []);
  put('containers.json', [{ Id: 'a'.repeat(64), Names: ['/web/link', '/db'], State: 'running' }]);
  put('stats-oneshot/db.json', { read: '2026-01-01T00:00:00Z', is: 'one-shot' });
  put('stats/db.json', { read: statsReadAt, is: 'two samples' });
  writeFileSync(join(docker, 'events.jsonl'), '{"Type":"container"}\n{"Type":"con');
}
