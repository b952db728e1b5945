import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { byteAt, keyTable, numberOf, skipLine, takeKeys, takeNumber } from './kernelText.ts';

const bytesOf = (text: string) => Buffer.from(`${text}\0left from before 99`);

test.each([
  ['0\n', 0],
  ['42', 42],
  ['9007199254740991\n', Number.MAX_SAFE_INTEGER],
  ['  7 8', 7],
])('%j is the number %d', (text, number) => {
  expect(numberOf(bytesOf(text))).toBe(number);
});

test.each(['', 'max\n', '-1\n', '\n5'])('%j is no number', (text) => {
  expect(numberOf(bytesOf(text))).toBeNaN();
});

test('numbers are read as JSON.parse reads them, up to the largest exact one', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (number) => {
      expect(numberOf(bytesOf(`${number}\n`))).toBe(number);
    }),
  );
});

test('a number is left behind, what follows stays', () => {
  const cursor = { bytes: bytesOf('1 22\n333'), at: 0 };
  expect([takeNumber(cursor), takeNumber(cursor), byteAt(cursor)]).toEqual([1, 22, 10]);
  skipLine(cursor);
  expect([takeNumber(cursor), byteAt(cursor), takeNumber(cursor)]).toEqual([333, 0, NaN]);
});

const key = fc.stringMatching(/^[a-z_]{1,12}$/);

test('the wanted keys are found in any order, and no others', () => {
  fc.assert(
    fc.property(
      fc.dictionary(key, fc.nat(), { minKeys: 1 }),
      fc.dictionary(key, fc.nat()),
      (wanted, others) => {
        const names = Object.keys(wanted);
        const table = keyTable(
          Object.fromEntries(names.map((name, slot) => [name, { slot, divisor: 10 }])),
        );
        const values = new Float64Array(names.length).fill(NaN);
        const lines = Object.entries({ ...others, ...wanted }).map((line) => line.join(' '));
        takeKeys(bytesOf(`${lines.join('\n')}\n`), table, values);
        expect([...values]).toEqual(names.map((name) => wanted[name]! / 10));
      },
    ),
  );
});

test('a key that only begins like a wanted one is another', () => {
  const values = new Float64Array(1).fill(NaN);
  takeKeys(bytesOf('oom_kill 3\noo 4\n'), keyTable({ oom: { slot: 0, divisor: 1 } }), values);
  expect([...values]).toEqual([NaN]);
});

test('any bytes come to an end', () => {
  const table = keyTable({ a: { slot: 0, divisor: 1 } });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const values = new Float64Array(1).fill(NaN);
      takeKeys(new Uint8Array([...bytes, 0]), table, values);
      const [value = 0] = values;
      expect(Number.isNaN(value) || value >= 0).toBe(true);
    }),
  );
});
