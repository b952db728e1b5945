import type { EngineEvent } from './eventLine.ts';
import { createLifecycleCounters } from './lifecycle.ts';

const event = (action: string, id: string, more: Partial<EngineEvent> = {}): EngineEvent => ({
  ...{ type: 'container', action, id, name: 'web' },
  ...more,
});

function stage(maxNames = 1000) {
  const counters = createLifecycleCounters({ maxNames, startedUnixMs: 0 });
  return {
    counters,
    play: (...events: readonly EngineEvent[]) => events.forEach(counters.heed),
    of: (name: string) => counters.read(0).containers.find((one) => one.name === name),
    names: () => counters.read(0).containers.map(({ name }) => name),
  };
}

test('a container that lives and goes between two scrapes is counted, and stays', () => {
  const { play, of } = stage();
  play(event('create', 'a'), event('start', 'a'), event('die', 'a', { exitCode: 3 }));
  play(event('destroy', 'a'));
  expect(of('web')).toEqual({
    ...{ name: 'web', starts: 1, restarts: 0, ooms: 0 },
    ...{ exits: [{ exitCode: 3, count: 1 }], healthChanges: [] },
  });
});

test('a start after an end is a restart', () => {
  const { play, of } = stage();
  play(event('start', 'a'), event('die', 'a', { exitCode: 1 }), event('start', 'a'));
  play(event('die', 'a', { exitCode: 1 }), event('start', 'a'), event('oom', 'a'));
  expect(of('web')).toMatchObject({ starts: 3, restarts: 2, ooms: 1 });
  expect(of('web')?.exits).toEqual([{ exitCode: 1, count: 2 }]);
});

test('a new container of an old name goes on with its counters, and is not restarted by its first start', () => {
  const { play, of } = stage();
  play(event('start', 'a'), event('die', 'a', { exitCode: 0 }), event('destroy', 'a'));
  play(event('create', 'b'), event('start', 'b'));
  expect(of('web')).toMatchObject({ starts: 2, restarts: 0 });
  play(event('die', 'b', { exitCode: 0 }), event('start', 'b'));
  expect(of('web')).toMatchObject({ starts: 3, restarts: 1 });
});

test('health counts by the new state, and only when it changes', () => {
  const { play, of } = stage();
  const health = (state: string) => event('health_status', 'a', { health: state });
  play(health('healthy'), health('healthy'), health('unhealthy'), health('healthy'));
  play(event('start', 'a'), health('healthy'), health('who knows'));
  expect(of('web')?.healthChanges).toEqual([
    { health: 'healthy', count: 3 },
    { health: 'unhealthy', count: 1 },
  ]);
});

test('a renamed container counts under its new name, and restarts are still told', () => {
  const { play, of } = stage();
  play(event('start', 'a'), event('die', 'a', { exitCode: 0 }));
  play(event('rename', 'a', { name: 'shop', oldName: 'web' }));
  play(event('start', 'a', { name: 'shop' }));
  expect([of('web')?.starts, of('shop')?.starts, of('shop')?.restarts]).toEqual([1, 1, 1]);
});

test('who is listed is there at 0, and who is no longer is the first to go', () => {
  const { counters, play, names } = stage(3);
  const listed = (...all: string[]) => counters.know(all.map((name) => ({ id: name, name })));
  listed('a', 'b', 'c');
  expect(counters.read(0).containers[0]).toMatchObject({ name: 'a', starts: 0, restarts: 0 });
  listed('a', 'c');
  play(event('start', 'd', { name: 'd' }));
  expect(names()).toEqual(['a', 'c', 'd']);
});

test('names are bounded: those removed first go first, then the oldest, and each is told', () => {
  const { counters, play, names } = stage(3);
  for (const name of ['a', 'b', 'c']) play(event('start', name, { name }));
  play(event('destroy', 'b', { name: 'b' }), event('start', 'd', { name: 'd' }));
  expect(names()).toEqual(['a', 'c', 'd']);
  play(event('start', 'e', { name: 'e' }));
  expect([names(), counters.read(0).dropped]).toEqual([['c', 'd', 'e'], 2]);
});

test('what is listed never drives out what was counted', () => {
  const { counters, play, names } = stage(1);
  play(event('start', 'a'));
  counters.know([{ id: 'x', name: 'x' }]);
  expect([names(), counters.read(0).dropped]).toEqual([['web'], 0]);
});

test('a container may end in every way without costing a series each', () => {
  const { play, of } = stage();
  for (let exitCode = 0; exitCode < 256; exitCode += 1) play(event('die', 'a', { exitCode }));
  const exits = of('web')?.exits ?? [];
  expect(exits).toHaveLength(17);
  expect(exits.at(-1)).toEqual({ count: 240 });
});

test('a flood of names stays within the bound', () => {
  const { counters, play } = stage(100);
  for (let n = 0; n < 10_000; n += 1) {
    const more = { name: `job-${n}` };
    play(event('start', `${n}`, more), event('die', `${n}`, { ...more, exitCode: 0 }));
    play(event('destroy', `${n}`, more));
  }
  const { containers, dropped } = counters.read(2);
  expect([containers.length, dropped, containers.at(-1)?.name]).toEqual([100, 9900, 'job-9999']);
});

test('what is no container’s event counts nothing', () => {
  const { play, names } = stage();
  play(event('start', 'a', { type: 'image' }), event('kill', 'a'), event('destroy', 'a'));
  expect(names()).toEqual([]);
});
