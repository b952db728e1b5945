import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@docker-data-exporter/testkit/temporaryDirectory';
import { lookEvery, watchFile } from './reload.ts';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => (directory = temporaryDirectory()));
afterEach(() => directory.remove());

const at = (...names: string[]) => join(directory.path, ...names);

async function watching(path: string) {
  let changes = 0;
  const watch = await watchFile(path, () => Promise.resolve(changes++));
  return {
    /** How many changes one look tells. */
    look: async () => {
      const before = changes;
      await watch.look();
      return changes - before;
    },
  };
}

describe('a watched file', () => {
  test('that stays as it is tells nothing', async () => {
    writeFileSync(at('config.yml'), 'one');
    const { look } = await watching(at('config.yml'));
    expect(await look()).toBe(0);
    utimesSync(at('config.yml'), 1, 1);
    expect(await look()).toBe(0);
  });

  test('tells a change of its content once, even to the same length', async () => {
    writeFileSync(at('config.yml'), 'one');
    const { look } = await watching(at('config.yml'));
    writeFileSync(at('config.yml'), 'two');
    expect(await look()).toBe(1);
    expect(await look()).toBe(0);
  });

  test('may be replaced by another one', async () => {
    writeFileSync(at('config.yml'), 'one');
    const { look } = await watching(at('config.yml'));
    writeFileSync(at('config.yml~'), 'two');
    renameSync(at('config.yml~'), at('config.yml'));
    expect(await look()).toBe(1);
  });

  test('may be a link through a folder that is swapped, as in a ConfigMap', async () => {
    for (const [folder, text] of [
      ['..1', 'one'],
      ['..2', 'two'],
    ] as const) {
      mkdirSync(at(folder));
      writeFileSync(at(folder, 'config.yml'), text);
    }
    symlinkSync('..1', at('..data'));
    symlinkSync(join('..data', 'config.yml'), at('config.yml'));
    const { look } = await watching(at('config.yml'));
    symlinkSync('..2', at('..new'));
    renameSync(at('..new'), at('..data'));
    expect(await look()).toBe(1);
    expect(await look()).toBe(0);
  });

  test('may be gone for a moment, or not be there yet', async () => {
    const { look } = await watching(at('config.yml'));
    expect(await look()).toBe(0);
    writeFileSync(at('config.yml'), 'one');
    expect(await look()).toBe(1);
    rmSync(at('config.yml'));
    expect(await look()).toBe(0);
    writeFileSync(at('config.yml'), 'one');
    expect(await look()).toBe(0);
    writeFileSync(at('config.yml'), 'two');
    expect(await look()).toBe(1);
  });

  test('is looked at again and again until that ends', async () => {
    const stop = new AbortController();
    let looks = 0;
    const look = () => {
      looks += 1;
      if (looks === 3) stop.abort();
      return Promise.resolve();
    };
    await lookEvery(1, { watch: { look }, signal: stop.signal });
    expect(looks).toBe(3);
  });
});
