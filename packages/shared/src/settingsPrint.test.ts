import { parse } from 'yaml';
import { setting } from './settingKinds.ts';
import { formatEffectiveSettings } from './settingsPrint.ts';

const help = 'Help.';
const table = {
  listen: setting.hostPort({ help, group: 'Listening' }),
  logLevel: setting.text({ help, group: 'Logging' }),
  tokenFile: setting.path({ help, group: 'Listening' }),
  password: setting.text({ help, group: 'Listening', secret: true }),
  name: setting.text({ help, group: 'Logging' }),
  servers: setting.custom<readonly { name: string }[]>({
    help,
    group: 'Servers',
    read: () => undefined,
    toPlain: (servers) => servers,
  }),
};

const text = formatEffectiveSettings({
  table,
  values: {
    listen: { host: '::1', port: 5 },
    logLevel: 'debug',
    tokenFile: undefined,
    password: 'hunter2',
    name: '# not a comment: "really"',
    servers: [{ name: 'a' }, { name: 'b' }],
  },
  sources: {
    listen: { from: 'flag', name: '--listen' },
    logLevel: { from: 'env', name: 'DDE_LOG_LEVEL' },
    password: { from: 'file', file: 'x.yml', line: 2 },
    servers: { from: 'file', file: 'x.yml', line: 3 },
  },
});

test('the settings in force are printed by group, each with where it came from', () => {
  expect(text).toBe(`\
# Listening
listen: "[::1]:5" # flag --listen
# tokenFile: (none)
password: <hidden> # x.yml:2

# Logging
logLevel: debug # env DDE_LOG_LEVEL
name: '# not a comment: "really"' # default

# Servers
servers: # x.yml:3
  - name: a
  - name: b
`);
});

test('the text is YAML with the same values', () => {
  expect(parse(text)).toEqual({
    listen: '[::1]:5',
    password: '<hidden>',
    logLevel: 'debug',
    name: '# not a comment: "really"',
    servers: [{ name: 'a' }, { name: 'b' }],
  });
});
