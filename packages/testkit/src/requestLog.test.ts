import { createRequestLog } from './requestLog.ts';

describe('a request log', () => {
  test('keeps what came, in order, until it is cleared', () => {
    const log = createRequestLog<number>();
    log.add(1);
    log.add(2);
    expect(log.entries).toEqual([1, 2]);
    log.clear();
    expect(log.entries).toEqual([]);
  });

  test('never holds more than it may, and keeps the newest', () => {
    const log = createRequestLog<number>(10);
    for (let i = 0; i < 1000; i++) {
      log.add(i);
      expect(log.entries.length).toBeLessThanOrEqual(10);
      expect(log.entries.at(-1)).toBe(i);
    }
  });
});
