import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { createSampleBuffer, numberText } from './sampleBuffer.ts';

const written = (value: number): string => {
  const out = createSampleBuffer(64);
  out.numberLine(value);
  return Buffer.concat([...out.full(), out.rest()]).toString();
};

describe('numbers', () => {
  test.each([
    [0, '0'],
    [7, '7'],
    [10, '10'],
    [2 ** 31 - 1, '2147483647'],
    [2 ** 31, '2147483648'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [18446744073709552000, '18446744073709552000'],
    [0.5, '0.5'],
    [0.000001, '0.000001'],
    [12.0625, '12.0625'],
    [25.263427001, '25.263427001'],
    [1 / 3, '0.3333333333333333'],
    [1e-7, '0.0000001'],
    [1e-10, '1e-10'],
    [1e300, '1e+300'],
    [-3, '-3'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [NaN, 'NaN'],
  ])('%p is written as %s', (value, text) => {
    expect(written(value)).toBe(`${text}\n`);
  });

  test('any number reads back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        // -0 is written as 0: no reader tells them apart in a graph.
        expect(Number(written(value))).toBe(value === 0 ? 0 : value);
      }),
      { numRuns: 5_000 },
    );
  });

  test('any amount with up to nine decimals reads back as the same number', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 9 }), (digits, places) => {
        const value = digits / 10 ** places;
        expect(Number(written(value))).toBe(value);
      }),
      { numRuns: 5_000 },
    );
  });

  test('a number is never longer than JavaScript writes it', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-5, max: 1e20, noNaN: true }), (value) => {
        expect(written(value).length - 1).toBeLessThanOrEqual(numberText(value).length);
      }),
    );
  });
});

describe('chunks', () => {
  test('texts, bytes and numbers come out in order whatever the size of a chunk', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.nat())),
        (chunkBytes, pieces) => {
          const out = createSampleBuffer(chunkBytes);
          const chunks: Buffer[] = [];
          for (const piece of pieces) {
            if (typeof piece === 'number') out.numberLine(piece);
            else out.text(piece);
            chunks.push(...out.full());
          }
          const expected = pieces
            .map((piece) => (typeof piece === 'number' ? `${piece}\n` : piece))
            .join('');
          expect(Buffer.concat([...chunks, out.rest()])).toEqual(Buffer.from(expected));
        },
      ),
    );
  });

  test('bytes longer than a chunk are taken whole', () => {
    const out = createSampleBuffer(8);
    out.text('ab');
    out.bytes(Buffer.from('0123456789'));
    expect(Buffer.concat([...out.full(), out.rest()]).toString()).toBe('ab0123456789');
  });
});
