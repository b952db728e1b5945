import { Buffer } from 'node:buffer';
import { parseExact, stringifyExact } from './exactJson.ts';
import type { LiveState } from './liveContainer.ts';

interface Inspect {
  State: Record<string, unknown>;
  RestartCount: number;
}

/** A recorded inspect, its times moved and its state that of now. */
export function liveInspect(recorded: Buffer, shiftMs: number, state: LiveState): Buffer {
  const moved = moveTimes(recorded, shiftMs);
  if (state.restarts === 0) return moved;
  // Safe: an inspect always has these.
  const inspect = parseExact(moved.toString('utf8')) as Inspect;
  const running = state.state !== 'restarting';
  const time = (ms: number | undefined) => ms !== undefined && new Date(ms).toISOString();
  Object.assign(inspect.State, {
    Status: state.state,
    Restarting: !running,
    ExitCode: state.exitCode,
    ...(!running && { Pid: 0 }),
    ...(state.startedAt !== undefined && { StartedAt: time(state.startedAt) }),
    ...(state.finishedAt !== undefined && { FinishedAt: time(state.finishedAt) }),
  });
  inspect.RestartCount = state.restartCount;
  return Buffer.from(`${stringifyExact(inspect)}\n`);
}

/** Every time of the 21st century in a body, moved by that many ms. The zero time stays. */
export function moveTimes(body: Buffer, byMs: number): Buffer {
  const times = /"(2\d{3}-\d\d-\d\dT[\d:]{8})(?:\.(\d+))?Z"/g;
  const move = (whole: string, seconds: string, fraction = ''): string => {
    const ms = Date.parse(`${seconds}.${fraction.slice(0, 3) || '0'}Z`);
    return Number.isNaN(ms) ? whole : `"${new Date(ms + Math.round(byMs)).toISOString()}"`;
  };
  return Buffer.from(body.toString('utf8').replace(times, move));
}
