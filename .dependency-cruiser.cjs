/** The import rules of docs/ARCHITECTURE.md, executable. */
const only = (name, to, from) => ({
  name,
  severity: 'error',
  from: { path: '^packages/', pathNot: from },
  to: { path: to },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'shared-imports-no-sibling',
      severity: 'error',
      from: { path: '^packages/shared/' },
      to: { path: '^packages/(agent|aggregator|testkit)/' },
    },
    {
      name: 'agent-and-aggregator-are-strangers',
      severity: 'error',
      from: { path: '^packages/(agent|aggregator)/' },
      to: { path: '^packages/(agent|aggregator)/', pathNot: '^packages/$1/' },
    },
    {
      name: 'testkit-imports-shared-only',
      severity: 'error',
      from: { path: '^packages/testkit/' },
      to: { path: '^packages/(agent|aggregator)/' },
    },
    {
      name: 'testkit-only-in-tests',
      severity: 'error',
      from: { path: '^packages/(shared|agent|aggregator)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'no-barrels',
      severity: 'error',
      from: {},
      to: { path: '^(packages|e2e|bench)/.*/index\\.ts$' },
    },
    { name: 'no-utils', severity: 'error', from: {}, to: { path: '/utils\\.ts$' } },
    only(
      'express-in-app-files',
      'node_modules/express/',
      '(/app\\.ts|/httpService\\.ts|\\.test\\.ts)$',
    ),
    only('dockerode-in-engine', 'node_modules/dockerode/', 'packages/agent/src/engine\\.ts$'),
    only(
      'prom-client-in-self-metrics',
      'node_modules/prom-client/',
      '(/selfMetrics\\.ts|\\.test\\.ts)$',
    ),
    {
      name: 'no-undeclared-dependency',
      severity: 'error',
      from: { path: '^packages/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|\\.turbo)' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs'],
    },
  },
};
