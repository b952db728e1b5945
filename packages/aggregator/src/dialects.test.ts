import { createDialects } from './dialects.ts';
import type { Target } from './targets/target.ts';
import { handClock } from './testing/handClock.ts';

const target = (firstDialect: Target['firstDialect']): Target => ({
  address: 'web:80',
  endpoint: { protocol: 'http:', host: 'web', port: 80 },
  labels: {},
  firstDialect,
});
const ours = ['snapshot', 'get-data'];
const theirs = ['get-data', 'snapshot'];

describe('the dialect an agent is asked in', () => {
  test('is at first the one its list stands for', () => {
    const dialects = createDialects(handClock());
    expect(dialects.orderFor(target('snapshot'))).toEqual(ours);
    expect(dialects.orderFor(target('get-data'))).toEqual(theirs);
  });

  test('is then the one it answered in', () => {
    const dialects = createDialects(handClock());
    dialects.learn(target('snapshot'), 'get-data');
    expect(dialects.orderFor(target('snapshot'))).toEqual(theirs);
    dialects.learn(target('get-data'), 'snapshot');
    expect(dialects.orderFor(target('get-data'))).toEqual(ours);
  });

  test('is ours again after a failure, for the agent may have been replaced', () => {
    const dialects = createDialects(handClock());
    dialects.learn(target('get-data'), 'get-data');
    dialects.learn(target('get-data'), undefined);
    expect(dialects.orderFor(target('get-data'))).toEqual(ours);
  });

  test('is tried anew every ten minutes while it is the earlier one, however often it answers', () => {
    const clock = handClock();
    const dialects = createDialects(clock);
    const orders: (readonly string[])[] = [];
    for (let minute = 0; minute <= 20; minute += 2) {
      orders.push(dialects.orderFor(target('get-data')));
      dialects.learn(target('get-data'), 'get-data');
      clock.forward(120_000);
    }
    expect(orders.map((order) => order[0])).toEqual([
      ...['get-data', 'get-data', 'get-data', 'get-data', 'get-data', 'snapshot'],
      ...['get-data', 'get-data', 'get-data', 'get-data', 'snapshot'],
    ]);
  });

  test('is forgotten with the server', () => {
    const dialects = createDialects(handClock());
    dialects.learn(target('get-data'), 'snapshot');
    dialects.retain([]);
    expect(dialects.orderFor(target('get-data'))).toEqual(theirs);
  });
});
