import { setting } from './settingKinds.ts';
import { flagName, readFlags, readVariables, variableName } from './settingsFlags.ts';

const help = 'Help.';
const table = {
  listen: setting.text({ help }),
  scrapeTimeout: setting.durationMs({ help }),
  insecure: setting.flag({ help, default: false }),
  include: setting.list({ help }),
  servers: setting.text({ help, yamlOnly: true }),
};

test('one name gives three spellings', () => {
  expect(flagName('scrapeTimeout')).toBe('--scrape-timeout');
  expect(variableName('scrapeTimeout')).toBe('DDE_SCRAPE_TIMEOUT');
});

describe('flags', () => {
  const read = (...argv: string[]) => {
    const { values, problems, special } = readFlags(argv, table);
    return {
      values: Object.fromEntries([...values].map(([key, { value }]) => [key, value])),
      problems: problems.map(({ code, message, fix }) => [code, message, fix]),
      special,
    };
  };

  test.each([
    [['--listen', 'a:1'], { listen: 'a:1' }],
    [['--listen=a=b'], { listen: 'a=b' }],
    [['--listen', '-5'], { listen: '-5' }],
    [['--listen='], { listen: '' }],
    [['--insecure'], { insecure: true }],
    [['--no-insecure'], { insecure: false }],
    [['--insecure=false'], { insecure: false }],
    [['--include', 'a', '--include=b,c'], { include: ['a', 'b', 'c'] }],
    [['--insecure', '--scrape-timeout', '5s'], { insecure: true, scrapeTimeout: 5000 }],
  ])('%j are understood', (argv, expected) => {
    const { values, problems } = read(...argv);
    expect(problems).toEqual([]);
    expect(values).toEqual(expected);
  });

  test.each([
    [
      ['--lisen', 'a:1'],
      ['flag-unknown', '--lisen is not a flag.', 'Did you mean "--listen"?'],
    ],
    [['--no-listen'], ['flag-unknown', '--no-listen is not a flag.', 'Did you mean "--listen"?']],
    [
      ['--servers', 'x'],
      ['flag-unknown', '--servers is not a flag.', undefined],
    ],
    [['word'], ['argument-unexpected', '"word" is not a flag.', undefined]],
    [['--'], ['flag-unknown', '-- is not a flag.', undefined]],
    [
      ['--listen'],
      [
        'config-missing-value',
        '--listen needs a value.',
        'Write --listen VALUE or --listen=VALUE.',
      ],
    ],
    [
      ['--listen', '--insecure'],
      [
        'config-missing-value',
        '--listen needs a value.',
        'Write --listen VALUE or --listen=VALUE.',
      ],
    ],
    [
      ['--listen', 'a', '--listen', 'b'],
      ['flag-repeated', '--listen was given more than once.', undefined],
    ],
    [
      ['--config', 'a', '--config', 'b'],
      ['flag-repeated', '--config was given more than once.', undefined],
    ],
    [
      ['--scrape-timeout', '5'],
      [
        'config-wrong-type',
        '--scrape-timeout must be a duration with its unit, such as 10s or 1m30s, not "5".',
        undefined,
      ],
    ],
  ])('%j are refused', (argv, expected) => {
    expect(read(...argv).problems).toEqual([expected]);
  });

  test('the special ones are no settings', () => {
    const { values, special } = read('--check-config', '--config=x.yml', '--help');
    expect(values).toEqual({});
    expect(special).toEqual({
      config: 'x.yml',
      help: true,
      version: false,
      checkConfig: true,
      printConfig: false,
    });
  });
});

describe('variables', () => {
  const read = (env: Record<string, string>) => readVariables(env, table);

  test('are read by the same rules, and an empty one is not given', () => {
    const { values, given, problems } = read({ DDE_INCLUDE: 'a,b', DDE_LISTEN: '', OTHER: 'x' });
    expect(problems).toEqual([]);
    expect([...given]).toEqual(['include']);
    expect(values.get('include')).toEqual({ value: ['a', 'b'], name: 'DDE_INCLUDE' });
  });

  test('that are wrong are named', () => {
    const { values, given, problems } = read({ DDE_INSECURE: 'yes' });
    expect(problems).toMatchObject([
      {
        code: 'config-wrong-type',
        key: 'insecure',
        message: 'DDE_INSECURE must be true or false, not "yes".',
      },
    ]);
    expect([values.size, given.size]).toEqual([0, 1]);
  });

  test('that are unknown are a warning with a guess', () => {
    expect(read({ DDE_LISEN: 'x', DDE_CONFIG: 'x' }).problems).toMatchObject([
      { code: 'env-unknown', fix: 'Did you mean "DDE_LISTEN"?' },
    ]);
  });

  test('that Kubernetes adds for a service are none of ours', () => {
    const env = {
      DDE_AGENT_SERVICE_HOST: '10.0.0.1',
      DDE_AGENT_SERVICE_PORT_HTTP: '5050',
      DDE_AGENT_PORT: 'tcp://10.0.0.1:5050',
      DDE_AGENT_PORT_5050_TCP_ADDR: '10.0.0.1',
    };
    expect(read(env).problems).toEqual([]);
  });
});
