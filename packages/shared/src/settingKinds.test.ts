import { setting } from './settingKinds.ts';
import type { Setting, SettingsTable } from './settingRow.ts';

const help = 'Help.';

/** What a row makes of a flag's text: its value, or `code: sentence`. */
function read(row: Setting<unknown, unknown>, ...texts: string[]): unknown {
  const parsed = row.fromText!(texts);
  return 'value' in parsed ? parsed.value : `${parsed.fault.code}: ${parsed.fault.says}`;
}

const rows = {
  text: setting.text({ help }),
  path: setting.path({ help }),
  address: setting.hostPort({ help }),
  duration: setting.durationMs({ help, min: 1000, max: 60_000 }),
  integer: setting.integer({ help, min: -1, max: 9 }),
  size: setting.bytes({ help, max: 1024 }),
  word: setting.oneOf(['json', 'text'], { help }),
  flag: setting.flag({ help, default: false }),
  list: setting.list({ help, default: [] }),
} satisfies SettingsTable;

const cases: [keyof typeof rows, string, unknown][] = [
  ['text', '', ''],
  ['text', '007', '007'],
  ['path', 'a b', 'a b'],
  ['path', '', 'config-wrong-type: must be a path, not ""'],
  ['address', '[::1]:1', { host: '::1', port: 1 }],
  ['address', '5050', 'config-wrong-type: must be HOST:PORT such as 127.0.0.1:5050, not "5050"'],
  ['duration', '1m', 60_000],
  [
    'duration',
    '10',
    'config-wrong-type: must be a duration with its unit, such as 10s or 1m30s, not "10"',
  ],
  ['duration', '10ms', 'config-out-of-range: must be at least 1s, not 10ms'],
  ['duration', '2m', 'config-out-of-range: must be at most 1m, not 2m'],
  ['integer', '-1', -1],
  ['integer', '1.5', 'config-wrong-type: must be a whole number, not "1.5"'],
  ['integer', '0x1', 'config-wrong-type: must be a whole number, not "0x1"'],
  ['integer', '10', 'config-out-of-range: must be at most 9, not 10'],
  ['size', '1KiB', 1024],
  ['size', '1KB', 'config-wrong-type: must be a size such as 8MiB, not "1KB"'],
  ['size', '1MiB', 'config-out-of-range: must be at most 1KiB, not 1MiB'],
  ['word', 'json', 'json'],
  ['word', 'JSON', 'config-bad-value: must be one of json, text, not "JSON"'],
  ['flag', 'true', true],
  ['flag', '0', false],
  ['flag', 'yes', 'config-wrong-type: must be true or false, not "yes"'],
  ['list', 'a, b,,c', ['a', 'b', 'c']],
  ['list', '', []],
];

test.each(cases)('a %s reads "%s"', (kind, text, expected) => {
  expect(read(rows[kind], text)).toEqual(expected);
});

test('a list takes several flags', () => {
  expect(read(rows.list, 'a,b', 'c')).toEqual(['a', 'b', 'c']);
});

test('a further rule of the row is asked last', () => {
  const even = setting.integer({
    help,
    check: (value) =>
      value % 2 === 0 ? undefined : { code: 'config-bad-value', says: 'must be even' },
  });
  expect(read(even, '4')).toBe(4);
  expect(read(even, '3')).toBe('config-bad-value: must be even');
  expect(read(even, 'x')).toMatch('config-wrong-type');
});

test('a secret is not quoted when it is wrong', () => {
  const secret = setting.durationMs({ help, secret: true });
  expect(read(secret, 'hunter2')).toBe('config-wrong-type: has a form it cannot take');
});

test('what a row writes it can read again', () => {
  const address = rows.address.toPlain({ host: '::1', port: 5 });
  expect(read(rows.address, String(address))).toEqual({ host: '::1', port: 5 });
  expect(read(rows.duration, String(rows.duration.toPlain(1500)))).toBe(1500);
  expect(read(rows.size, String(rows.size.toPlain(1000)))).toBe(1000);
});

test('a row tells its default as text', () => {
  expect(rows.text.defaultText).toBe('none');
  expect(rows.list.defaultText).toBe('none');
  expect(rows.flag.defaultText).toBe('false');
  expect(setting.durationMs({ help, default: 90_000 }).defaultText).toBe('1m30s');
  expect(setting.list({ help, default: ['a', 'b'] }).defaultText).toBe('a, b');
  expect(setting.text({ help, required: true }).defaultText).toBe('required');
  expect(setting.path({ help, defaultText: 'by system' }).defaultText).toBe('by system');
});

test('what can only be written in YAML has no flag', () => {
  expect(setting.text({ help, yamlOnly: true }).fromText).toBeUndefined();
});
