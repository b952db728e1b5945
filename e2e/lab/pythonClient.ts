import { programOf } from './parts.ts';
import { runAnyway } from './run.ts';

export type ParseResult =
  | { readonly families: number; readonly samples: number; readonly error?: never }
  | { readonly error: string };

// Families are materialised one by one: the parsers are generators and find errors only as they go.
const script = `
import importlib, io, json, sys
module = 'prometheus_client.parser' if sys.argv[1] == 'text' else 'prometheus_client.openmetrics.parser'
text = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8', newline='').read()
try:
    families = list(importlib.import_module(module).text_string_to_metric_families(text))
    print(json.dumps({'families': len(families), 'samples': sum(len(f.samples) for f in families)}))
except Exception as error:
    print(json.dumps({'error': '%s: %s' % (type(error).__name__, error)}))
`;

/** What the Python client library's parser makes of an exposition body. */
export async function parseWithPython(
  body: string,
  format: 'text' | 'openmetrics',
): Promise<ParseResult> {
  const python = programOf('python client');
  const result = await runAnyway(python, ['-c', script, format], { stdin: body });
  if (result.exitCode !== 0) return { error: result.stderr };
  // Safe: the script above prints one of the two shapes.
  return JSON.parse(result.stdout) as ParseResult;
}
