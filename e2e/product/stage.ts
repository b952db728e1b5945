import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, type EngineOptions, startEngine } from '../lab/engine.ts';
import { type Prometheus, type PrometheusOptions, startPrometheus } from '../lab/prometheus.ts';

/** Everything one test file has started; `close` ends it all, newest first, whatever fails. */
export interface Stage {
  /** Takes care of something that is being started. A start that fails is not closed. */
  readonly keep: <T>(starting: Promise<T>, close: (started: T) => unknown) => Promise<T>;
  readonly engine: (options: EngineOptions) => Promise<Engine>;
  readonly prometheus: (options: PrometheusOptions) => Promise<Prometheus>;
  /** A new folder, removed in the end. */
  readonly directory: (name: string) => string;
  /** Something to do in the end. */
  readonly atEnd: (close: () => unknown) => void;
  readonly close: () => Promise<void>;
}

/** Call `close` in `afterAll`. */
export function createStage(): Stage {
  const endings: (() => unknown)[] = [];
  const keep: Stage['keep'] = async (starting, close) => {
    // Registered before it has started: afterAll may come earlier, when another start has failed.
    endings.push(async () => {
      const started = await starting.then(
        (value) => ({ value }),
        () => undefined,
      );
      if (started !== undefined) await close(started.value);
    });
    return await starting;
  };
  return {
    keep,
    engine: async (options) => await keep(startEngine(options), (engine) => engine.stop()),
    prometheus: async (options) => await keep(startPrometheus(options), (one) => one.stop()),
    directory: (name) => {
      const path = mkdtempSync(join(tmpdir(), `dde-lab-${process.pid}-${name}-`));
      endings.push(() => rmSync(path, { recursive: true, force: true }));
      return path;
    },
    atEnd: (close) => void endings.push(close),
    close: async () => {
      const errors: unknown[] = [];
      for (let end = endings.pop(); end !== undefined; end = endings.pop()) {
        try {
          await end();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw new AggregateError(errors, 'not everything could be ended');
    },
  };
}
