import { readdirSync } from 'node:fs';
import { busyboxImage, importBusybox } from './lab/image.ts';
import { describeWith } from './lab/parts.ts';
import { until } from './lab/poll.ts';
import { createStage } from './product/stage.ts';
import { cgroupUsage, targetsOf } from './product/usageSources.ts';

const minute = 60_000;

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

describeWith(['old engine', 'old docker'], 'containers that come and go', () => {
  const stage = createStage();
  afterAll(stage.close, minute);

  test(
    'leave no descriptors behind',
    async () => {
      const engine = await stage.engine({ version: 'old', name: 'churn' });
      await importBusybox(engine);
      const about = { product: 'docker', apiVersion: engine.apiVersion };
      const source = cgroupUsage();
      const atFirst = openDescriptors();
      let most = 0;
      let seen = 0;
      let cycles = 0;
      const cycle = async (): Promise<void> => {
        const options = ['--detach', '--network', 'none', '--stop-timeout', '1'];
        const id = await engine.docker('run', ...options, busyboxImage, 'sleep', '1000');
        await engine.ask(`/containers/${id.trim()}?force=1`, { method: 'DELETE' });
      };
      const workers = Array.from({ length: 4 }, async () => {
        while (cycles < 300) {
          cycles += 1;
          await cycle();
        }
      });
      let isOver = false;
      const over = Promise.all(workers).finally(() => (isOver = true));
      await until('the end of 300 containers', 500, async () => {
        const { readings } = await source.read({
          containers: await targetsOf(engine),
          engine: about,
        });
        seen += readings.size;
        most = Math.max(most, openDescriptors());
        return isOver;
      });
      await over;
      expect(seen).toBeGreaterThan(100);
      // Four containers at a time, and connections to the engine.
      expect(most - atFirst).toBeLessThan(4 * 20 + 40);
      await source.read({ containers: [], engine: about });
      expect(source.keptDescriptors()).toBe(0);
      await until('all descriptors to be closed', 10, () => openDescriptors() <= atFirst + 2);
    },
    10 * minute,
  );
});
