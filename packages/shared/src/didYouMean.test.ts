import { didYouMean, nearestWord } from './didYouMean.ts';

const known = ['listen', 'scrapeTimeout', 'tokenFile', 'logLevel', 'servers', 'id'];

test.each([
  ['scrapTimeout', 'scrapeTimeout'],
  ['scrape_timeout', 'scrapeTimeout'],
  ['scrape-timeout', 'scrapeTimeout'],
  ['SCRAPETIMEOUT', 'scrapeTimeout'],
  ['lsiten', 'listen'],
  ['server', 'servers'],
  ['tokenfiles', 'tokenFile'],
])('%s was meant to be %s', (typed, meant) => {
  expect(nearestWord(typed, known)).toBe(meant);
});

test.each(['colour', 'x', '', 'a'.repeat(100_000)])(
  'nothing is near to something else (%#)',
  (typed) => {
    expect(nearestWord(typed, known)).toBeUndefined();
    expect(didYouMean(typed, known)).toBeUndefined();
  },
);

test('the fix is a question', () => {
  expect(didYouMean('lisen', known)).toEqual({ fix: 'Did you mean "listen"?' });
});
