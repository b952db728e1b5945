import { createLog } from './log.ts';
import { createReloader } from './reload.ts';
import { setting } from './settingKinds.ts';
import { type LoadedSettings, loadSettings } from './settings.ts';

const help = 'Help.';
const table = {
  scrapeTimeout: setting.durationMs({ help, default: 8000, reloadable: true }),
  listen: setting.text({ help, default: 'here' }),
};
type Loaded = LoadedSettings<typeof table>;

function setup() {
  let yaml = '';
  const applied: number[] = [];
  const logged: string[] = [];
  let failNext = false;
  const load = () =>
    loadSettings(table, {
      service: { name: 'x', version: '1', summary: '' },
      argv: ['--config', 'x.yml'],
      env: {},
      readFile: () => yaml,
    });
  const reload = createReloader({
    table,
    load,
    loaded: load() as Loaded, // Safe: an empty file is valid.
    log: createLog({
      level: 'warn',
      format: 'json',
      write: (line) => logged.push((JSON.parse(line) as { code: string }).code),
    }),
    apply: async ({ settings }) => {
      await Promise.resolve();
      if (failNext) throw new Error('inside');
      applied.push(settings.scrapeTimeout);
    },
  });
  return {
    applied,
    logged,
    failNext: (fail: boolean) => (failNext = fail),
    reload: (text: string) => {
      yaml = text;
      return reload();
    },
  };
}

test('valid settings come into force', async () => {
  const { reload, applied, logged } = setup();
  await expect(reload('scrapeTimeout: 1s')).resolves.toEqual({ ok: true });
  expect(applied).toEqual([1000]);
  expect(logged).toEqual([]);
});

test('invalid ones leave the old in force, and every problem is logged and answered', async () => {
  const { reload, applied, logged } = setup();
  const outcome = await reload('scrapeTimeout: 1\ncolour: red');
  expect(outcome).toMatchObject({
    ok: false,
    problems: [{ code: 'config-wrong-type' }, { code: 'config-unknown-key' }],
  });
  expect(applied).toEqual([]);
  expect(logged).toEqual(['reload-failed', 'config-wrong-type', 'config-unknown-key']);
  await expect(reload('scrapeTimeout: 2s')).resolves.toEqual({ ok: true });
});

test('what needs a restart is warned of on every reload, against what runs', async () => {
  const { reload, logged } = setup();
  await reload('listen: there');
  await reload('listen: there');
  expect(logged).toEqual(['config-restart-needed', 'config-restart-needed']);
});

test('settings that cannot be applied are a failed reload, and the next one works', async () => {
  const { reload, logged, failNext } = setup();
  failNext(true);
  await expect(reload('scrapeTimeout: 1s')).resolves.toMatchObject({ ok: false });
  expect(logged).toContain('reload-failed');
  failNext(false);
  await expect(reload('scrapeTimeout: 1s')).resolves.toEqual({ ok: true });
});
