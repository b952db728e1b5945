import { escapeHtml } from '@docker-data-exporter/shared/escapeHtml';
import type { DockerFacts } from '@docker-data-exporter/shared/snapshot';

/** What the page tells; `docker` is undefined before the first collection. */
export interface LandingFacts {
  readonly version: string;
  readonly hostname: string;
  readonly usageSource: string;
  readonly docker: DockerFacts | undefined;
}

const links = [
  ['/metrics', 'Prometheus metrics of this host'],
  ['/snapshot', 'everything the agent knows, as JSON'],
  ['/get-data', 'the JSON of the earlier project'],
  ['/-/healthy', 'the process answers'],
  ['/-/ready', 'the settings are in force'],
] as const;

/** The page behind `/`: what this is, how it goes, and where the rest is. */
export function landingPage(facts: LandingFacts): string {
  const rows = links.map(([path, what]) => `<li><a href="${path}">${path}</a> ${what}</li>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(facts.hostname)} · Docker Data Exporter agent</title>
<link rel="stylesheet" href="/landing.css">
<main>
<h1>Docker Data Exporter <small>agent ${escapeHtml(facts.version)}</small></h1>
<dl>
<dt>Host</dt><dd>${escapeHtml(facts.hostname)}</dd>
<dt>Engine</dt><dd class="${engineClass(facts.docker)}">${escapeHtml(engineText(facts.docker))}</dd>
<dt>Usage from</dt><dd>${escapeHtml(facts.usageSource)}</dd>
</dl>
<ul>
${rows.join('\n')}
</ul>
</main>
</html>
`;
}

/** In a file of its own: the content security policy lets no style stand in the page. */
export const landingStyle = `:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 40rem; margin: 10vh auto; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; margin-bottom: 1.5rem; }
h1 small { font-weight: 400; opacity: .6; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; }
dt { opacity: .6; }
dd { margin: 0; }
dd::before { content: "● "; color: transparent; }
dd.up::before { color: #1a9e55; }
dd.down::before { color: #d33b2f; }
ul { list-style: none; padding: 1.5rem 0 0; margin: 1.5rem 0 0; border-top: 1px solid #8884; }
a { display: inline-block; min-width: 8rem; font-family: ui-monospace, monospace; }
`;

function engineText(docker: DockerFacts | undefined): string {
  if (docker === undefined) return 'not asked yet';
  if (!docker.running) return docker.fault?.message ?? 'does not answer';
  const product = docker.product === 'podman' ? 'Podman' : 'Docker';
  return `${product} ${docker.version ?? ''}, ${docker.containersRunning ?? '?'} of ${docker.containers ?? '?'} containers running`;
}

function engineClass(docker: DockerFacts | undefined): string {
  return docker === undefined ? '' : docker.running ? 'up' : 'down';
}
