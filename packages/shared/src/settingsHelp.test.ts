import { setting } from './settingKinds.ts';
import { describeSettings, formatHelp } from './settingsHelp.ts';

const table = {
  listen: setting.hostPort({
    help: 'Address to listen on. Anything but loopback needs a token, so that nobody reads what is not theirs.',
    group: 'Listening',
    default: { host: '127.0.0.1', port: 5050 },
  }),
  servers: setting.text({
    help: 'The servers.',
    group: 'Servers',
    yamlOnly: true,
    yamlKey: 'server-ips',
  }),
  insecure: setting.flag({ help: 'Let anyone in.', group: 'Listening', default: false }),
  color: setting.flag({ help: 'Colours.', group: 'Logging', default: true }),
  logFormat: setting.oneOf(['json', 'text'], {
    help: 'Form of lines.',
    group: 'Logging',
    default: 'json',
  }),
  aVeryLongSettingName: setting.durationMs({
    help: 'A long name.',
    group: 'Logging',
    reloadable: true,
  }),
};

const service = { name: 'dde-test', version: '1', summary: 'Tests the help.' };

test('the help is grouped, aligned and shows every spelling and default', () => {
  expect(formatHelp(service, table)).toBe(`\
Usage: dde-test [--config FILE] [options]

Tests the help.

Every setting has one name in three spellings: a flag, an environment variable and a YAML key. A
flag beats a variable, a variable beats the file, the file beats the default.

Commands
  --config FILE                 YAML file with settings. (env DDE_CONFIG)
  --check-config                Say whether all settings are valid, and end.
  --print-config                Print the settings in force and where each came from, and end.
  --version                     Print the version, and end.
  --help                        Print this, and end.

Listening
  --listen HOST:PORT            Address to listen on. Anything but loopback needs a token, so
                                that nobody reads what is not theirs.
                                (env DDE_LISTEN, YAML listen, default 127.0.0.1:5050)
  --insecure                    Let anyone in.
                                (env DDE_INSECURE, YAML insecure, default false)

Servers
  server-ips:                   The servers.
                                (YAML only, default none)

Logging
  --no-color                    Colours.
                                (env DDE_COLOR, YAML color, default true)
  --log-format json|text        Form of lines.
                                (env DDE_LOG_FORMAT, YAML logFormat, default json)
  --a-very-long-setting-name DURATION
                                A long name.
                                (env DDE_A_VERY_LONG_SETTING_NAME, YAML aVeryLongSettingName,
                                default none)
`);
});

test('the docs get every setting as data', () => {
  const rows = describeSettings(table);
  expect(rows.map(({ key }) => key)).toEqual(Object.keys(table));
  expect(rows[5]).toEqual({
    key: 'aVeryLongSettingName',
    group: 'Logging',
    flag: '--a-very-long-setting-name DURATION',
    variable: 'DDE_A_VERY_LONG_SETTING_NAME',
    yaml: 'aVeryLongSettingName',
    kind: 'duration',
    defaultText: 'none',
    help: 'A long name.',
    reloadable: true,
  });
  expect(rows[1]).toMatchObject({ flag: undefined, variable: undefined, yaml: 'server-ips' });
});
