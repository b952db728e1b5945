import type { UsageReading } from './usageReading.ts';

/** Every number of a reading by its path; of lists by the name of the interface or device. */
export function numbersOf(
  reading: UsageReading,
  hostMemoryBytes: number,
): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  const add = (prefix: string, part: object): void => {
    for (const [key, value] of Object.entries(part) as [string, unknown][]) {
      if (typeof value === 'number') numbers.set(`${prefix}${key}`, value);
      else if (typeof value === 'object' && value !== null) add(`${prefix}${key}.`, value);
    }
  };
  const { interfaces = [], blockDevices = [], ...rest } = reading;
  add('', rest);
  for (const one of interfaces) add(`${one.name}.`, one);
  for (const one of blockDevices) add(`${one.major}:${one.minor}.`, one);
  // The engine gives the host's memory for "no limit", and the snapshot does so too.
  const limit = reading.memory?.limitBytes ?? hostMemoryBytes;
  numbers.set('memory.limitBytes', Math.min(limit, hostMemoryBytes));
  return numbers;
}
