import { landingPage } from './landingPage.ts';

const facts = { version: '1.2.3', hostname: 'web-1', usageSource: 'engine', docker: undefined };

test('the page says version, host, engine and source, and links every endpoint', () => {
  const docker = { running: true, version: '28.5.2', containers: 5, containersRunning: 3 };
  const page = landingPage({ ...facts, docker });
  for (const text of [
    'agent 1.2.3',
    'web-1',
    'Docker 28.5.2, 3 of 5 containers running',
    'engine',
  ]) {
    expect(page).toContain(text);
  }
  for (const path of ['/metrics', '/snapshot', '/get-data', '/-/healthy', '/-/ready']) {
    expect(page).toContain(`<a href="${path}">`);
  }
});

test.each([
  [undefined, 'not asked yet'],
  [{ running: false }, 'does not answer'],
  [{ running: false, fault: { code: 'x', message: 'No socket.' } }, 'No socket.'],
  [{ running: true, product: 'podman', version: '4.3.1' }, 'Podman 4.3.1'],
])('the engine %o is shown as “%s”', (docker, text) => {
  expect(landingPage({ ...facts, docker })).toContain(text);
});

test('what the engine says is text, never HTML', () => {
  const page = landingPage({
    ...facts,
    hostname: '<script>"&\'',
    docker: { running: false, fault: { code: 'x', message: '<img onerror=x>' } },
  });
  expect(page).toContain('&lt;script&gt;&quot;&amp;&#39;');
  expect(page).not.toMatch(/<script|<img/);
});
