import { Buffer } from 'node:buffer';
import { type FakeAgent, startFakeAgent } from './fakeAgent.ts';
import { simulateFleet } from './fleetSnapshot.ts';

export interface FakeFleetOptions {
  servers: number;
  containersPerServer: number;
  /** Same seed, same fleet. 1 unless given. */
  seed?: number;
  /** ms since the epoch; the machine’s clock unless given. */
  now?: () => number;
  /** The first of a row of ports; any free ones unless given. */
  portFrom?: number;
  /** The bearer token all its agents want; none if absent. */
  token?: string;
}

export interface FakeFleetServer {
  hostname: string;
  /** HOST:PORT */
  address: string;
  /** The server’s agent, to switch faults on or to refuse connections. */
  agent: FakeAgent;
}

export interface FakeFleet {
  servers: readonly FakeFleetServer[];
  close: () => Promise<void>;
}

/**
 * Starts a fleet of fake agents in this process, each on a loopback port of its own. They say that
 * they are simulated. A server’s JSON is made once a second at most.
 */
export async function startFakeFleet(options: FakeFleetOptions): Promise<FakeFleet> {
  const { containersPerServer, portFrom, token, seed = 1, now = Date.now } = options;
  const fleet = simulateFleet({ seed, containersPerServer, start: now() });
  const servers: FakeFleetServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(({ agent }) => agent.close()));
  };

  try {
    for (let index = 0; index < options.servers; index++) {
      const agent = await startFakeAgent({
        snapshot: oncePerSecond(now, (time) => JSON.stringify(fleet.snapshot(index, time))),
        ...(portFrom !== undefined && { port: portFrom + index }),
        ...(token !== undefined && { token }),
      });
      servers.push({ hostname: fleet.hostname(index), address: agent.address, agent });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { servers, close };
}

function oncePerSecond(now: () => number, make: (time: number) => string): () => Buffer {
  let kept: { second: number; body: Buffer } | undefined;
  return () => {
    const second = Math.floor(now() / 1000);
    if (kept?.second !== second) kept = { second, body: Buffer.from(make(second * 1000)) };
    return kept.body;
  };
}
