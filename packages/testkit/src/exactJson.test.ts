import fc from 'fast-check';
import { exactNumber, parseExact, stringifyExact } from './exactJson.ts';

describe('exact JSON', () => {
  test('keeps whole numbers that no float holds', () => {
    const text = '{"limit":18446744073709551615,"list":[-9223372036854771712,1],"a":"b"}';
    expect(stringifyExact(parseExact(text))).toBe(text);
  });

  test('leaves numbers within strings alone', () => {
    const text = JSON.stringify({ 'a:18446744073709551615,': '"[18446744073709551615]\\' });
    expect(parseExact(text)).toEqual(JSON.parse(text));
    expect(stringifyExact(parseExact(text))).toBe(text);
  });

  test('gives any JSON back as it was', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const plain = JSON.stringify(JSON.parse(text));
        expect(JSON.parse(stringifyExact(parseExact(plain)))).toEqual(JSON.parse(plain));
      }),
    );
  });

  test('tells the number behind a value, and 0 where there is none', () => {
    const values = parseExact('[7,18446744073709551615,"7",null]') as unknown[];
    expect(values.map(exactNumber)).toEqual([7, 2 ** 64, 0, 0]);
  });
});
