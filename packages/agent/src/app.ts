import type { Exposition } from '@docker-data-exporter/shared/exposition';
import type { Family } from '@docker-data-exporter/shared/families';
import { sendExposition } from '@docker-data-exporter/shared/sendExposition';
import type { Snapshot } from '@docker-data-exporter/shared/snapshot';
import type { Router } from 'express';
import { earlierAgentBody } from './earlierAgent.ts';
import { type LandingFacts, landingPage, landingStyle } from './landingPage.ts';

export interface AgentApp {
  readonly collect: () => Promise<Snapshot>;
  /** Without asking the engine anything. */
  readonly landing: () => LandingFacts;
  /** One for the life of the service: it keeps encoded labels. */
  readonly exposition: Exposition;
  readonly ownFamilies: () => Promise<readonly Family[]>;
}

/**
 * The agent's routes, all of them GET. Health is the HTTP service's: ready means that the settings
 * are in force. An engine that is missing does not make the agent unready, because telling
 * `docker.running: false` is what it is there for then.
 */
export function agentRoutes(app: AgentApp): (router: Router) => void {
  return (router) => {
    router.get('/snapshot', async (_request, response) => {
      response.json(await app.collect());
    });

    router.get('/metrics', async (request, response) => {
      const snapshot = await app.collect();
      const families = await app.ownFamilies();
      const servers = [{ hostname: snapshot.host.hostname, labels: {}, snapshot }];
      await sendExposition({
        request,
        response,
        chunks: (format) => app.exposition.write({ servers, families }, format),
      });
    });

    router.get('/get-data', async (_request, response) => {
      response.json(earlierAgentBody(await app.collect()));
    });

    router.get('/', (_request, response) => {
      response.type('html').send(landingPage(app.landing()));
    });

    router.get('/landing.css', (_request, response) => {
      response.type('css').send(landingStyle);
    });
  };
}
