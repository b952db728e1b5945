import { createChangeLog } from './changeLog.ts';
import { problem } from './errors.ts';
import { createLog } from './log.ts';

function setup() {
  const lines: { level: string; message: string; code?: string }[] = [];
  const log = createLog({
    level: 'info',
    format: 'json',
    write: (line) => lines.push(JSON.parse(line) as (typeof lines)[number]),
  });
  return {
    changes: createChangeLog(log),
    seen: () => lines.map(({ code, level }) => code ?? level),
  };
}

const missing = problem('socket-missing', 'Missing.');
const refused = problem('socket-permission', 'Refused.');

test('a fault is logged when it begins, changes and ends', () => {
  const { changes, seen } = setup();
  changes.report('socket', undefined);
  expect(seen()).toEqual([]);
  for (let scrape = 0; scrape < 5; scrape++) changes.report('socket', missing);
  expect(seen()).toEqual(['socket-missing']);
  changes.report('socket', refused);
  changes.report('socket', undefined);
  changes.report('socket', undefined);
  changes.report('socket', missing);
  expect(seen()).toEqual(['socket-missing', 'socket-permission', 'info', 'socket-missing']);
});

test('subjects do not disturb each other, and one that is forgotten starts anew', () => {
  const { changes, seen } = setup();
  changes.report('a', missing);
  changes.report('b', missing);
  changes.forget('a');
  changes.report('a', missing);
  changes.report('b', missing);
  expect(seen()).toEqual(['socket-missing', 'socket-missing', 'socket-missing']);
});
