import type { IncomingMessage } from 'node:http';
import { formatProblem } from '@docker-data-exporter/shared/errors';
import type { Exposition } from '@docker-data-exporter/shared/exposition';
import type { Family } from '@docker-data-exporter/shared/families';
import type { Logger } from '@docker-data-exporter/shared/log';
import type { ReloadOutcome } from '@docker-data-exporter/shared/reload';
import { sendExposition } from '@docker-data-exporter/shared/sendExposition';
import type { Response, Router } from 'express';
import type { FanOut } from './scrape.ts';
import { listServers, sdGroups } from './serverList.ts';
import { statusPage, statusScript, statusStyle } from './statusPage.ts';

export interface AggregatorApp {
  readonly version: string;
  /** Asks all servers within what the scraper grants. */
  readonly scrape: (timeoutHeader: string | undefined) => Promise<FanOut>;
  /** The last answers, asked anew when they are some seconds old. */
  readonly recent: () => Promise<FanOut>;
  /** The one in force now. */
  readonly exposition: () => Exposition;
  readonly ownFamilies: (fanOut: FanOut) => Promise<readonly Family[]>;
  readonly reload: () => Promise<ReloadOutcome>;
  /** Replies with metrics that may be under way at a time. */
  readonly maxScrapes: () => number;
  readonly log: Logger;
}

/** The aggregator’s routes. Health, access and limits are the HTTP service’s. */
export function aggregatorRoutes(app: AggregatorApp): (router: Router) => void {
  let replies = 0;

  const sendMetrics = async (request: IncomingMessage, response: Response) => {
    const fanOut = await app.scrape(headerOf(request, 'x-prometheus-scrape-timeout-seconds'));
    const page = {
      servers: fanOut.servers.map(({ view }) => view),
      families: await app.ownFamilies(fanOut),
    };
    const exposition = app.exposition();
    await sendExposition({ request, response, chunks: (format) => exposition.write(page, format) });
  };

  return (router) => {
    router.get('/metrics', async (request, response) => {
      if (replies >= app.maxScrapes()) {
        response.set('Retry-After', '5');
        response.status(503).type('text/plain').send('Too many scrapes at a time.\n');
        return;
      }
      replies += 1;
      try {
        await sendMetrics(request, response);
      } catch (error) {
        // A scraper that went away is its own affair; anything else is ours.
        if (!response.closed) throw error;
        app.log.debug('A scraper went away before the end of the page.', { error });
      } finally {
        replies -= 1;
      }
    });

    router.post('/-/reload', async (_request, response) => {
      const outcome = await app.reload();
      if (outcome.ok) {
        response.type('text/plain').send('reloaded\n');
        return;
      }
      const problems = outcome.problems.map((one) => ({ ...one, text: formatProblem(one) }));
      response.status(400).json({ problems });
    });

    router.get('/sd', async (_request, response) => {
      response.json(sdGroups(await app.recent()));
    });

    router.get('/api/servers', async (_request, response) => {
      response.json({ version: app.version, servers: listServers(await app.recent()) });
    });

    router.get('/', (_request, response) => {
      response.type('html').send(statusPage(app.version));
    });
    router.get('/status.js', (_request, response) => {
      response.type('js').send(statusScript);
    });
    router.get('/status.css', (_request, response) => {
      response.type('css').send(statusStyle);
    });
  };
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
