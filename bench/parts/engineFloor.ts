import { Agent, get } from 'node:http';

/** The least anyone has to ask an engine, with nothing made of the answers. */
export interface EngineFloor {
  /**
   * Version, info and list at once, then one-shot stats of all running containers at once: what
   * the contract’s metrics need. Answers how many containers there were.
   */
  readonly collect: () => Promise<number>;
  readonly close: () => void;
}

interface Listed {
  readonly Id: string;
  readonly State: string;
}

export function createEngineFloor(socketPath: string): EngineFloor {
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      get({ socketPath, path, agent }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve(JSON.parse(body)));
        response.on('error', reject);
      }).on('error', reject);
    });
  return {
    collect: async () => {
      const facts = Promise.all([ask('/version'), ask('/info')]);
      // Safe: every engine’s list has these two.
      const listed = (await ask('/containers/json?all=1')) as readonly Listed[];
      const running = listed.filter(({ State }) => State === 'running');
      await Promise.all(
        running.map(({ Id }) => ask(`/containers/${Id}/stats?stream=false&one-shot=true`)),
      );
      await facts;
      return running.length;
    },
    close: () => agent.destroy(),
  };
}
