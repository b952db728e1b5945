const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2023' }, sourceMaps: 'inline' }] },
  // The only packages that are not reached as they stand: workspace members, which are TypeScript.
  transformIgnorePatterns: ['/node_modules/(?!.*@docker-data-exporter)'],
  modulePathIgnorePatterns: [
    '<rootDir>/packages/.*/dist',
    '<rootDir>/\\.lab',
    '<rootDir>/\\.start',
  ],
};

/** @type {import('jest').Config} */
export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/{packages,scripts,bench,testdata}/**/*.test.ts'],
    },
    { ...common, displayName: 'e2e', testMatch: ['<rootDir>/e2e/**/*.e2e.ts'] },
  ],
  testTimeout: 30_000,
};
