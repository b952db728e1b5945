import { Script } from 'node:vm';
import { statusPage, statusScript, statusStyle } from './statusPage.ts';

describe('the status page', () => {
  test('escapes what is put into it', () => {
    expect(statusPage('<b>"1"&\'')).toContain('aggregator &lt;b&gt;&quot;1&quot;&amp;&#39;');
  });

  test('has a script that is valid and never makes markup of data', () => {
    expect(() => new Script(statusScript)).not.toThrow();
    expect(statusScript).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval/);
  });

  test('finds in the page every element its script asks for', () => {
    const page = statusPage('1');
    const asked = [...statusScript.matchAll(/byId\('(\w+)'\)/g)].map(([, id]) => id);
    expect(asked.length).toBeGreaterThan(0);
    for (const id of asked) expect(page).toContain(`id="${id}"`);
  });

  test('looks well by day and by night', () => {
    expect(statusStyle).toContain('color-scheme: light dark');
  });
});
