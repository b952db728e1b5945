import { chance, pick } from './chance.ts';
import type { Wave } from './wave.ts';

/** How hard a simulated container works. Rates are per second. */
export interface SimulatedLoad {
  cores: Wave;
  /** Of its limit, or of what it may take of the host: 0 to 1. */
  memoryShare: Wave;
  receiveBytes: Wave;
  transmitBytes: Wave;
  readBytes: Wave;
  writeBytes: Wave;
}

type Profile = 'idle' | 'busy' | 'bursty';

// Mean and swing of the cores a container takes, and how its traffic compares.
const profiles: Record<Profile, { cores: [number, number]; traffic: number; swing: number }> = {
  idle: { cores: [0.0005, 0.01], traffic: 0.02, swing: 0.3 },
  busy: { cores: [0.3, 0.9], traffic: 1, swing: 0.15 },
  bursty: { cores: [0.05, 0.4], traffic: 0.5, swing: 1 },
};

const isProfile = (name: string): name is Profile => name in profiles;

/** The load of a container by the seed and its name. It never takes more than `mostCores`. */
export function simulatedLoad(seed: number, name: string, mostCores = Infinity): SimulatedLoad {
  const roll = (what: string): number => chance(seed, name, what);
  const byChance = pick<Profile>(
    ['idle', 'idle', 'idle', 'bursty', 'bursty', 'busy'],
    roll('kind'),
  );
  const { cores, traffic, swing } = profiles[isProfile(name) ? name : byChance];
  const wave = (what: string, mean: number, ownSwing = swing): Wave => ({
    mean,
    swing: ownSwing,
    periodSeconds: 60 + 240 * roll(`${what} period`),
    phase: 2 * Math.PI * roll(`${what} phase`),
  });
  const between = ([low, high]: [number, number], what: string): number =>
    low + (high - low) * roll(what);
  const meanCores = Math.min(between(cores, 'cores'), (0.95 * mostCores) / (1 + swing));
  return {
    cores: wave('cores', meanCores),
    memoryShare: wave('memory', between([0.1, 0.6], 'memory'), 0.2),
    receiveBytes: wave('receive', traffic * between([5e3, 500e3], 'receive')),
    transmitBytes: wave('transmit', traffic * between([5e3, 900e3], 'transmit')),
    readBytes: wave('read', traffic * between([0, 40e3], 'read')),
    writeBytes: wave('write', traffic * between([1e3, 400e3], 'write')),
  };
}
