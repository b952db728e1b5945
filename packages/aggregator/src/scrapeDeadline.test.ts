import fc from 'fast-check';
import { scrapeDeadlineMs } from './scrapeDeadline.ts';

const settings = { scrapeTimeout: 10_000, scrapeMargin: 500 };

describe('the deadline of a scrape', () => {
  test.each<[string | undefined, number]>([
    [undefined, 9500],
    ['10', 9500],
    ['10.000000', 9500],
    ['29.5', 29_000],
    ['1', 500],
    ['0.8', 400],
    ['0.5', 250],
    ['0.01', 50],
    ['0', 9500],
    ['', 9500],
    ['-1', 9500],
    ['NaN', 9500],
    ['Infinity', 9500],
    ['1e9', 9500],
    ['10s', 9500],
    ['10, 10', 9500],
    ['999999999', 599_500],
  ])('for the header %j is %i ms', (header, expected) => {
    expect(scrapeDeadlineMs(header, settings)).toBe(expected);
  });

  test('is always one that a timer can wait for', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double().map(String), fc.nat().map(String)),
        fc.nat(60_000),
        (header, scrapeMargin) => {
          const deadlineMs = scrapeDeadlineMs(header, { scrapeTimeout: 10_000, scrapeMargin });
          expect(deadlineMs).toBeGreaterThanOrEqual(50);
          expect(deadlineMs).toBeLessThanOrEqual(600_000);
        },
      ),
    );
  });
});
