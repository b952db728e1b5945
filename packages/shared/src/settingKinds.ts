import { isAbsolute } from 'node:path';
import { type HostPort, formatHostPort, parseHostPort } from './hostPort.ts';
import type { ConfigNode, ConfigReader, Fault, Parsed, Scalar, Setting } from './settingRow.ts';
import { formatBytes, formatDurationMs, parseBytes, parseDurationMs } from './units.ts';

export interface RowOptions<V> {
  /** One or two sentences, for `--help` and the docs. */
  readonly help: string;
  readonly group?: string;
  readonly placeholder?: string;
  readonly default?: V;
  /** How `--help` tells the default where the value does not speak for itself. */
  readonly defaultText?: string;
  /** There is no default and the service cannot start without it. */
  readonly required?: true;
  readonly secret?: boolean;
  readonly reloadable?: boolean;
  readonly yamlOnly?: boolean;
  readonly yamlKey?: string;
  /** A further rule for a value of the right form. */
  readonly check?: (value: V) => Fault | undefined;
}

/** What a row is when nobody gives it: its default if it has one, undefined otherwise. */
type Absent<V, O> = O extends { readonly default: V } | { readonly required: true } ? V : undefined;

type Row<V, O> = Setting<V, Absent<V, O>>;

export interface CustomOptions<V> extends RowOptions<V> {
  /** Reads the node; see ConfigReader. */
  readonly read: (node: ConfigNode, reader: ConfigReader) => V | undefined;
  readonly toPlain: (value: V) => unknown;
  /** Give it if the setting can also be written as a flag and a variable. */
  readonly parseText?: (text: string) => Parsed<V>;
}

const show = (value: Scalar): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value);

const wrongType = (needs: string, value: Scalar): Parsed<never> => ({
  fault: { code: 'config-wrong-type', says: `must be ${needs}, not ${show(value)}` },
});

interface Kind<V> {
  readonly kind: string;
  readonly placeholder: string;
  /** A flag’s or variable’s text is a string; YAML may give a number or a boolean. */
  readonly parse: (value: Scalar) => Parsed<V>;
  readonly toPlain: (value: V) => unknown;
  readonly isSwitch?: true;
}

/** Asks the row’s own rule, and keeps a secret out of what is said about it. */
function checked<V>(
  parsed: Parsed<V>,
  { check, secret }: Pick<RowOptions<V>, 'check' | 'secret'>,
): Parsed<V> {
  const fault = 'fault' in parsed ? parsed.fault : check?.(parsed.value);
  if (fault === undefined) return parsed;
  return { fault: secret === true ? { ...fault, says: 'has a form it cannot take' } : fault };
}

function describeDefault(plain: unknown): string {
  if (plain === undefined) return 'none';
  if (Array.isArray(plain)) return plain.length === 0 ? 'none' : plain.join(', ');
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

type Reading<V> = Pick<
  Setting<V>,
  'kind' | 'placeholder' | 'isSwitch' | 'isList' | 'fromText' | 'fromNode'
> & { readonly toPlain: (value: V) => unknown };

function row<V, O extends RowOptions<V>>(options: O, reading: Reading<V>): Row<V, O> {
  const plain = options.default === undefined ? undefined : reading.toPlain(options.default);
  return {
    ...reading,
    help: options.help,
    group: options.group ?? 'General',
    placeholder: options.placeholder ?? reading.placeholder,
    // Safe: `Absent` is `V` only where O carries a default, or where the loader refuses to go on.
    default: options.default as Absent<V, O>,
    defaultText: options.defaultText ?? (options.required ? 'required' : describeDefault(plain)),
    required: options.required ?? false,
    secret: options.secret ?? false,
    reloadable: options.reloadable ?? false,
    yamlKey: options.yamlKey,
    fromText: options.yamlOnly === true ? undefined : reading.fromText,
  };
}

function scalar<V, O extends RowOptions<V>>(kind: Kind<V>, options: O): Row<V, O> {
  const parse = (value: Scalar) => checked(kind.parse(value), options);
  return row<V, O>(options, {
    kind: kind.kind,
    placeholder: kind.placeholder,
    isSwitch: kind.isSwitch ?? false,
    isList: false,
    toPlain: kind.toPlain,
    fromText: ([text = '']) => parse(text),
    fromNode: (node, reader) => {
      const value = reader.scalar(node);
      if (value === undefined) return undefined;
      const parsed = parse(value);
      if ('value' in parsed) return parsed.value;
      reader.fault(node, parsed.fault);
      return undefined;
    },
  });
}

const same = <V>(value: V): V => value;

const parseText = (value: Scalar): Parsed<string> => {
  if (typeof value !== 'string') {
    return {
      fault: {
        code: 'config-wrong-type',
        says: `must be text, not ${show(value)}`,
        fix: `Put it in quotes: "${value}".`,
      },
    };
  }
  return { value };
};

export interface NumberOptions extends RowOptions<number> {
  readonly min?: number;
  readonly max?: number;
}

function inRange(
  value: number,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: NumberOptions,
  format: (value: number) => string,
): Parsed<number> {
  if (value >= min && value <= max) return { value };
  const limit = value < min ? `at least ${format(min)}` : `at most ${format(max)}`;
  return {
    fault: { code: 'config-out-of-range', says: `must be ${limit}, not ${format(value)}` },
  };
}

/** Makers of rows. Every row may be given as `--flag`, `DDE_VARIABLE` and YAML key, unless `yamlOnly`. */
export const setting = {
  text: <const O extends RowOptions<string>>(options: O): Row<string, O> =>
    scalar<string, O>(
      { kind: 'text', placeholder: 'TEXT', parse: parseText, toPlain: same },
      options,
    ),

  /** A file or folder. In YAML, a relative path counts from the YAML file’s folder. */
  path: <const O extends RowOptions<string>>(options: O): Row<string, O> => {
    const asText = scalar<string, O>(
      {
        kind: 'path',
        placeholder: 'PATH',
        parse: (value) => (value === '' ? wrongType('a path', value) : parseText(value)),
        toPlain: same,
      },
      options,
    );
    return {
      ...asText,
      fromNode: (node, reader) => {
        const path = asText.fromNode(node, reader);
        return path === undefined || isAbsolute(path) ? path : reader.resolvePath(path);
      },
    };
  },

  /** `HOST:PORT`, `[IPV6]:PORT`, or `:PORT` for every address of the machine. */
  hostPort: <const O extends RowOptions<HostPort>>(options: O): Row<HostPort, O> =>
    scalar<HostPort, O>(
      {
        kind: 'address',
        placeholder: 'HOST:PORT',
        parse: (value) => {
          const parsed = typeof value === 'string' ? parseHostPort(value) : undefined;
          return parsed === undefined
            ? wrongType('HOST:PORT such as 127.0.0.1:5050', value)
            : { value: parsed };
        },
        toPlain: formatHostPort,
      },
      options,
    ),

  /** Written `10s`, `500ms`, `1m30s`, `24h`; the value is milliseconds. */
  durationMs: <const O extends NumberOptions>(options: O): Row<number, O> =>
    scalar<number, O>(
      {
        kind: 'duration',
        placeholder: 'DURATION',
        parse: (value) => {
          const milliseconds = parseDurationMs(String(value));
          return milliseconds === undefined
            ? wrongType('a duration with its unit, such as 10s or 1m30s', value)
            : inRange(milliseconds, options, formatDurationMs);
        },
        toPlain: formatDurationMs,
      },
      options,
    ),

  /** A whole number; `min` is 0 unless given. */
  integer: <const O extends NumberOptions>(options: O): Row<number, O> =>
    scalar<number, O>(
      {
        kind: 'integer',
        placeholder: 'NUMBER',
        parse: (value) => {
          const isWhole =
            Number.isSafeInteger(value) ||
            (typeof value === 'string' && /^-?\d{1,15}$/.test(value));
          return isWhole
            ? inRange(Number(value), options, String)
            : wrongType('a whole number', value);
        },
        toPlain: same,
      },
      options,
    ),

  /** Written `8MiB`, `512KiB` or a plain number; the value is bytes. */
  bytes: <const O extends NumberOptions>(options: O): Row<number, O> =>
    scalar<number, O>(
      {
        kind: 'size',
        placeholder: 'SIZE',
        parse: (value) => {
          const bytes = parseBytes(String(value));
          return bytes === undefined
            ? wrongType('a size such as 8MiB', value)
            : inRange(bytes, options, formatBytes);
        },
        toPlain: formatBytes,
      },
      options,
    ),

  /** One of a closed set of words. */
  oneOf: <const V extends string, const O extends RowOptions<NoInfer<V>>>(
    words: readonly V[],
    options: O,
  ): Row<V, O> =>
    scalar<V, O>(
      {
        kind: words.join(' | '),
        placeholder: words.join('|'),
        parse: (value) => {
          const word = words.find((word) => word === value);
          if (word !== undefined) return { value: word };
          return {
            fault: {
              code: 'config-bad-value',
              says: `must be one of ${words.join(', ')}, not ${show(value)}`,
            },
          };
        },
        toPlain: same,
      },
      options,
    ),

  /** Yes or no. As a flag `--name` and `--no-name`; elsewhere `true` and `false`. */
  flag: <const O extends RowOptions<boolean>>(options: O): Row<boolean, O> =>
    scalar<boolean, O>(
      {
        kind: 'true | false',
        placeholder: '',
        isSwitch: true,
        parse: (value) => {
          if (value === true || value === 'true' || value === '1') return { value: true };
          if (value === false || value === 'false' || value === '0') return { value: false };
          return wrongType('true or false', value);
        },
        toPlain: same,
      },
      options,
    ),

  /**
   * Several texts. In YAML a list (or one text); as a flag repeated or separated by commas; in a
   * variable separated by commas. `check` sees the whole list.
   */
  list: <const O extends RowOptions<readonly string[]>>(options: O): Row<readonly string[], O> =>
    row<readonly string[], O>(options, {
      kind: 'list',
      placeholder: 'A,B,…',
      isSwitch: false,
      isList: true,
      toPlain: same,
      fromText: (texts) => {
        const parts = texts.flatMap((text) => text.split(',')).map((part) => part.trim());
        return checked({ value: parts.filter((part) => part !== '') }, options);
      },
      fromNode: (node, reader) => {
        const isOne = !reader.isList(node) && !reader.isMap(node);
        const items = isOne ? [node] : reader.list(node);
        const texts = items?.map((item) => {
          const value = reader.scalar(item);
          const parsed = value === undefined ? undefined : parseText(value);
          if (parsed === undefined) return undefined;
          if ('value' in parsed) return parsed.value;
          reader.fault(item, parsed.fault);
          return undefined;
        });
        if (texts?.every((text) => text !== undefined) !== true) return undefined;
        const result = checked({ value: texts }, options);
        if ('value' in result) return result.value;
        reader.fault(node, result.fault);
        return undefined;
      },
    }),

  custom,
};

/** A setting with a structure of its own, read from its YAML node. */
function custom<V>(
  options: CustomOptions<V> & ({ readonly default: V } | { readonly required: true }),
): Setting<V, V>;
function custom<V>(options: CustomOptions<V>): Setting<V, undefined>;
function custom<V>(options: CustomOptions<V>): Setting<V, V | undefined> {
  const parse = options.parseText;
  return row<V, CustomOptions<V>>(options, {
    kind: 'structure',
    placeholder: 'VALUE',
    isSwitch: false,
    isList: false,
    fromText: parse && (([text = '']) => checked(parse(text), options)),
    fromNode: (node, reader) => {
      const value = options.read(node, reader);
      if (value === undefined) return undefined;
      const result = checked({ value }, options);
      if ('value' in result) return result.value;
      reader.fault(node, result.fault);
      return undefined;
    },
    toPlain: options.toPlain,
  });
}
