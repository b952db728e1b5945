import { problem } from '@docker-data-exporter/shared/errors';
import { runCollector } from './runCollector.ts';

const clock = () => {
  let nowMs = 1000;
  return { unixMs: () => 0, steadyMs: () => (nowMs += 250) };
};

test('success is told with how long it took', async () => {
  const found = await runCollector('list', clock(), () => Promise.resolve({ value: 7 }));
  expect(found).toEqual({ value: 7, report: { name: 'list', success: true, seconds: 0.25 } });
});

test('a part is kept beside the reason why it is not all', async () => {
  const fault = problem('engine-timeout', 'Late.');
  const found = await runCollector('list', clock(), () =>
    Promise.resolve({ value: 7, problem: fault }),
  );
  expect(found).toEqual({
    value: 7,
    problem: fault,
    report: {
      ...{ name: 'list', success: false, seconds: 0.25 },
      fault: { code: 'engine-timeout', message: 'Late.' },
    },
  });
});

test('a collector that throws is a report, not an exception', async () => {
  const found = await runCollector('list', clock(), () => Promise.reject(new Error('oops')));
  expect(found.report).toMatchObject({
    success: false,
    fault: { code: 'internal', message: 'Collector list failed: oops.' },
  });
});
