import {defineConfig} from 'vitest/config';

// `fast` needs nothing but Node; `lab` needs root and the Debian packages of lab/; `long` is what takes too long, or too
// quiet a machine, for every change: both kinds.
const long = [
  'test/lab/actions.test.ts', 'test/lab/migration.test.ts', 'test/lab/actions/killed.test.ts', 'test/lab/runbooks.test.ts', 'test/lab/runbook-keys.test.ts',
  'test/lab/healthy.test.ts', 'test/lab/pairs.test.ts', 'test/lab/runbooks-long.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['test/temp-folder.ts'],
    // On two cores vitest would use one; much of the time is waiting.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/{unit,component,contract,e2e}/**/*.test.{ts,tsx}'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          exclude: long,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Labs do not touch each other, but two of them fill two cores: then what they measure is the machine.
          fileParallelism: false,
        },
      },
      {test: {name: 'long', include: long, testTimeout: 240_000, hookTimeout: 180_000, fileParallelism: false}},
    ],
  },
});
