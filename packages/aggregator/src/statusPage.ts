import { escapeHtml } from '@docker-data-exporter/shared/escapeHtml';
/**
 * The page behind `/`: a frame, which the script fills from `/api/servers` and keeps fresh. Script and
 * style are files of their own, for the content security policy lets none stand in the page.
 */
export function statusPage(version: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Docker Data Exporter</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/status.css">
<script src="/status.js" defer></script>
<header>
<h1>Docker Data Exporter <small>aggregator ${escapeHtml(version)}</small></h1>
<nav><a href="/metrics">/metrics</a> <a href="/api/servers">/api/servers</a> <a href="/sd">/sd</a></nav>
</header>
<main>
<p id="message" role="status" hidden></p>
<section id="tiles" aria-label="Summary"></section>
<div class="tools">
<input id="filter" type="search" placeholder="Filter by name, address, label, reason" aria-label="Filter">
<label><input id="troubled" type="checkbox"> only with trouble</label>
<span id="age"></span>
</div>
<div class="scroll">
<table>
<thead><tr><th>Server</th><th>State</th><th>Containers</th><th>Docker</th><th>Agent</th><th>Answered in</th><th>Last seen</th></tr></thead>
<tbody id="servers"></tbody>
</table>
</div>
<noscript><p>This page needs JavaScript; the same data is at <a href="/api/servers">/api/servers</a>.</p></noscript>
</main>
</html>
`;
}

export const statusStyle = `:root {
  color-scheme: light dark;
  --up: #1a9e55; --down: #d33b2f; --warn: #c98500;
  --line: #8883; --soft: #8881;
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 78rem; padding: 0 1.5rem 3rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; justify-content: space-between; padding: 1.5rem 0 1rem; }
h1 { font-size: 1.35rem; margin: 0; }
h1 small { font-weight: 400; opacity: .6; font-size: .9rem; }
nav a { font-family: ui-monospace, monospace; font-size: .85rem; margin-left: 1rem; }
#tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: .5rem 0 1.25rem; }
.tile { border: 1px solid var(--line); border-radius: .6rem; padding: .6rem .9rem; background: var(--soft); }
.tile b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { opacity: .7; font-size: .85rem; }
.tile.down b { color: var(--down); } .tile.up b { color: var(--up); } .tile.warn b { color: var(--warn); }
.tools { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin-bottom: .5rem; }
.tools input[type=search] { flex: 1 1 16rem; max-width: 26rem; font: inherit; padding: .35rem .6rem; border: 1px solid var(--line); border-radius: .4rem; background: transparent; color: inherit; }
#age { margin-left: auto; opacity: .6; font-size: .85rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; font-size: .8rem; opacity: .65; }
th, td { padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td small { display: block; opacity: .65; overflow-wrap: anywhere; }
.state::before { content: "● "; }
.state.up::before { color: var(--up); } .state.down::before { color: var(--down); } .state.warn::before { color: var(--warn); }
.label { display: inline-block; font-size: .75rem; padding: 0 .4rem; margin: .1rem .25rem 0 0; border-radius: .6rem; background: var(--soft); border: 1px solid var(--line); }
.label.warn { border-color: var(--warn); color: var(--warn); }
#message { border-left: 4px solid var(--down); padding: .4rem .8rem; background: var(--soft); }
`;

/** Runs in the browser. Whatever servers say becomes text nodes only, never markup. */
export const statusScript = `'use strict';
const REFRESH_MS = 10000;
const flagTexts = {
  hostname_conflict: 'another server has this name too',
  listed_twice: 'listed under several addresses',
};
const byId = (id) => document.getElementById(id);
const element = (tag, className, ...children) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== undefined).map((child) => child instanceof Node ? child : String(child)));
  return made;
};
let servers = [];
let loadedAt;

const isTroubled = (server) => !server.online || !server.docker.running || server.flags.length > 0;

function ago(time) {
  if (time === undefined) return 'never';
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000));
  if (seconds < 120) return seconds + ' s ago';
  if (seconds < 7200) return Math.round(seconds / 60) + ' min ago';
  if (seconds < 172800) return Math.round(seconds / 3600) + ' h ago';
  return Math.round(seconds / 86400) + ' days ago';
}

function stateCell(server) {
  if (!server.online) return element('td', '', element('span', 'state down', 'offline: ' + server.reason), element('small', '', server.detail));
  if (!server.docker.running) return element('td', '', element('span', 'state warn', 'Docker is down'));
  return element('td', '', element('span', 'state up', 'online'));
}

function row(server) {
  const name = element('td', '', element('b', '', server.hostname), element('small', '', (server.addresses || [server.address]).join(', ')));
  for (const [label, value] of Object.entries(server.labels)) name.append(element('span', 'label', label + '=' + value));
  for (const flag of server.flags) name.append(element('span', 'label warn', flagTexts[flag] || flag));
  const seen = element('td', '', ago(server.lastSeen));
  if (server.lastSeen) seen.title = server.lastSeen;
  return element('tr', '',
    name,
    stateCell(server),
    element('td', '', server.containers === undefined ? '' : server.containersRunning + ' of ' + server.containers + ' running'),
    element('td', '', server.docker && server.docker.version || ''),
    element('td', '', server.agentVersion || ''),
    element('td', '', server.scrapeSeconds.toFixed(3) + ' s'),
    seen);
}

function tile(className, value, text) {
  return element('div', 'tile ' + className, element('b', '', value), element('span', '', text));
}

function show() {
  const offline = servers.filter((server) => !server.online).length;
  const dockerDown = servers.filter((server) => server.online && !server.docker.running).length;
  const flagged = servers.filter((server) => server.flags.length > 0).length;
  const running = servers.reduce((sum, server) => sum + (server.containersRunning || 0), 0);
  byId('tiles').replaceChildren(
    tile('up', servers.length - offline, 'servers online'),
    tile(offline ? 'down' : '', offline, 'offline'),
    tile(dockerDown ? 'warn' : '', dockerDown, 'with Docker down'),
    tile(flagged ? 'warn' : '', flagged, 'with doubtful identity'),
    tile('', running, 'containers running'));
  const wanted = byId('filter').value.trim().toLowerCase();
  const onlyTroubled = byId('troubled').checked;
  const shown = servers.filter((server) => (!onlyTroubled || isTroubled(server)) &&
    (wanted === '' || JSON.stringify([server.hostname, server.address, server.labels, server.reason]).toLowerCase().includes(wanted)));
  byId('servers').replaceChildren(...shown.map(row));
  byId('age').textContent = loadedAt === undefined ? '' : shown.length + ' of ' + servers.length + ' servers, ' + new Date(loadedAt).toLocaleTimeString();
}

function say(text) {
  byId('message').textContent = text;
  byId('message').hidden = text === '';
}

async function refresh() {
  try {
    const response = await fetch('/api/servers', { headers: { accept: 'application/json' } });
    if (!response.ok) throw new Error('the aggregator answered ' + response.status);
    servers = (await response.json()).servers;
    loadedAt = Date.now();
    say(servers.length === 0 ? 'No servers are configured: add some to the list "servers" of the configuration file.' : '');
    show();
  } catch (error) {
    say('No fresh data: ' + error.message + '.');
  }
  setTimeout(refresh, REFRESH_MS);
}

byId('filter').addEventListener('input', show);
byId('troubled').addEventListener('change', show);
refresh();
`;
