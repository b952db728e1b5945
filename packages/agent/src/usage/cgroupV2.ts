import { type CgroupFile, type CgroupParser, deviceOf, keyed, single } from './cgroupFile.ts';
import { type BlockDeviceCounters, type CgroupNumbers, slot } from './cgroupReading.ts';
import { byteAt, type Cursor, skipLine, skipPast, takeNumber } from './kernelText.ts';

const MICROSECONDS = 1e6;

const NEWLINE = 10;
const SPACE = 32;
const COLON = 58;
const EQUALS = 61;
const [LETTER_B, LETTER_F, LETTER_I, LETTER_R, LETTER_S, LETTER_W] = [98, 102, 105, 114, 115, 119];

/** Files of cgroup version 2, in the order they are read. Absent ones are those of newer kernels. */
export const cgroupV2Files: readonly CgroupFile[] = [
  file('cpu.stat', {
    usage_usec: [slot.cpuUsage, MICROSECONDS],
    user_usec: [slot.cpuUser, MICROSECONDS],
    system_usec: [slot.cpuSystem, MICROSECONDS],
    nr_periods: slot.periods,
    nr_throttled: slot.throttledPeriods,
    throttled_usec: [slot.throttledTime, MICROSECONDS],
  }),
  file('memory.current', single(slot.charged)),
  file('memory.stat', {
    anon: slot.rss,
    file: slot.cache,
    file_mapped: slot.mappedFile,
    inactive_file: slot.inactiveFile,
    pgfault: slot.pageFaults,
    pgmajfault: slot.majorPageFaults,
  }),
  file('memory.max', single(slot.limit)),
  file('memory.swap.current', single(slot.swap)),
  file('memory.swap.max', single(slot.swapLimit)),
  file('memory.peak', single(slot.maxUsage)),
  file('memory.events', { oom: slot.limitHits, oom_kill: slot.oomKills }),
  file('io.stat', takeDevices),
  file('pids.current', single(slot.pids)),
  file('pids.max', single(slot.pidsLimit)),
  file('cpu.pressure', pressure(slot.cpuSome, slot.cpuFull)),
  file('memory.pressure', pressure(slot.memorySome, slot.memoryFull)),
  file('io.pressure', pressure(slot.ioSome, slot.ioFull)),
];

function file(name: string, content: CgroupParser | Parameters<typeof keyed>[0]): CgroupFile {
  const parse = typeof content === 'function' ? content : keyed(content);
  return { controller: 'unified', name, parse };
}

/** Lines of `MAJOR:MINOR rbytes=1 wbytes=2 rios=3 wios=4 …`. */
function takeDevices(bytes: Uint8Array, numbers: CgroupNumbers): void {
  const devices = (numbers.devices ??= []);
  const cursor: Cursor = { bytes, at: 0 };
  while (byteAt(cursor) !== 0) {
    const major = takeNumber(cursor);
    if (byteAt(cursor) === COLON) {
      cursor.at += 1;
      const device = deviceOf(devices, major, takeNumber(cursor));
      while (byteAt(cursor) === SPACE) {
        cursor.at += 1;
        takeCounter(cursor, device);
      }
    }
    skipLine(cursor);
  }
}

/** One `key=value`; stops at the space or the end of the line behind it. */
function takeCounter(cursor: Cursor, device: BlockDeviceCounters): void {
  const first = byteAt(cursor);
  cursor.at += 1;
  const second = byteAt(cursor);
  const isWrite = first === LETTER_W;
  if ((first === LETTER_R || isWrite) && (second === LETTER_B || second === LETTER_I)) {
    skipPast(cursor, EQUALS);
    const value = takeNumber(cursor);
    if (Number.isNaN(value)) return;
    if (second === LETTER_B) device[isWrite ? 'writeBytes' : 'readBytes'] = value;
    else device[isWrite ? 'writeOperations' : 'readOperations'] = value;
  }
  for (let byte = byteAt(cursor); byte !== SPACE && byte !== NEWLINE; byte = byteAt(cursor)) {
    if (byte === 0) return;
    cursor.at += 1;
  }
}

/** Lines of `some avg10=… avg60=… avg300=… total=MICROSECONDS` and `full …`. */
function pressure(some: number, full: number): CgroupParser {
  return (bytes, { values }) => {
    const cursor: Cursor = { bytes, at: 0 };
    for (let byte = byteAt(cursor); byte !== 0; byte = byteAt(cursor)) {
      for (let column = 0; column < 4; column += 1) skipPast(cursor, EQUALS);
      const seconds = takeNumber(cursor) / MICROSECONDS;
      if (byte === LETTER_S) values[some] = seconds;
      else if (byte === LETTER_F) values[full] = seconds;
      skipLine(cursor);
    }
  };
}
