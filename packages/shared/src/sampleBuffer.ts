import { Buffer } from 'node:buffer';

/**
 * A growing page of text in fixed chunks. Bytes go straight into the current chunk: no strings are
 * joined and no page is ever whole in memory.
 *
 * 1 MB is measured: chunks of 64 KB cost three times as much when the page is compressed.
 */
export const CHUNK_BYTES = 1 << 20;

export interface SampleBuffer {
  /** Copies bytes that are encoded already. */
  bytes: (encoded: Uint8Array) => void;
  /** Encodes and writes a text, UTF-8. */
  text: (value: string) => void;
  /** A number in the shortest decimal form that reads back to the same double, then a line end. */
  numberLine: (value: number) => void;
  /** Chunks that are full, oldest first, at most once each. */
  full: () => Buffer[];
  /** What is left in the last chunk. */
  rest: () => Buffer;
}

// 2^53: above it not every integer is a double, and above 1e21 JavaScript prints exponents.
const EXACT = Number.MAX_SAFE_INTEGER;
const LONGEST_NUMBER = 26;
const LINE_END = 10;
const DOT = 46;
const ZERO = 48;

export function createSampleBuffer(chunkBytes: number = CHUNK_BYTES): SampleBuffer {
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let end = 0;
  let filled: Buffer[] = [];

  const reserve = (size: number) => {
    if (end + size <= chunk.length) return;
    if (end > 0) filled.push(chunk.subarray(0, end));
    chunk = Buffer.allocUnsafe(Math.max(chunkBytes, size));
    end = 0;
  };

  // Digits are written from the last to the first; `at` is one behind the last. Gives back where they start.
  const digits = (value: number, at: number): number => {
    let left = value;
    let position = at;
    // Above 2^31 the division is one of doubles; below it V8 keeps to integers, which is far cheaper.
    while (left > 0x7fffffff) {
      const next = Math.floor(left / 10);
      chunk[--position] = ZERO + (left - next * 10);
      left = next;
    }
    let small = left | 0;
    do {
      const next = (small / 10) | 0;
      chunk[--position] = ZERO + (small - next * 10);
      small = next;
    } while (small > 0);
    return position;
  };

  const integer = (value: number) => {
    const length = lengthOf(value);
    digits(value, end + length);
    end += length;
  };

  // value = scaled / 10^places exactly as a reader divides it, so the text reads back to the same double.
  const decimal = (scaled: number, places: number) => {
    let fraction = scaled % 10 ** places;
    let width = places;
    integer((scaled - fraction) / 10 ** places);
    while (fraction % 10 === 0) {
      fraction /= 10;
      width--;
    }
    chunk[end++] = DOT;
    const start = digits(fraction, end + width);
    chunk.fill(ZERO, end, start);
    end += width;
  };

  const number = (value: number) => {
    if (value >= 0 && value <= EXACT) {
      if (Number.isInteger(value)) {
        integer(value);
        return;
      }
      const micro = Math.round(value * 1e6);
      if (micro <= EXACT && micro / 1e6 === value) {
        decimal(micro, 6);
        return;
      }
      const nano = Math.round(value * 1e9);
      if (nano <= EXACT && nano / 1e9 === value) {
        decimal(nano, 9);
        return;
      }
    }
    end += chunk.write(numberText(value), end, 'latin1');
  };

  return {
    bytes(encoded) {
      reserve(encoded.length);
      chunk.set(encoded, end);
      end += encoded.length;
    },
    text(value) {
      // UTF-8 takes at most three bytes for each UTF-16 unit.
      reserve(value.length * 3);
      end += chunk.write(value, end, 'utf8');
    },
    numberLine(value) {
      reserve(LONGEST_NUMBER + 1);
      number(value);
      chunk[end++] = LINE_END;
    },
    full() {
      const out = filled;
      filled = [];
      return out;
    },
    rest: () => chunk.subarray(0, end),
  };
}

/** A number as the exposition formats spell it. */
export function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

function lengthOf(value: number): number {
  let length = 1;
  for (let limit = 10; value >= limit; limit *= 10) length++;
  return length;
}
