import {defineConfig} from 'vitest/config';

// `fast` needs nothing but Node; `lab` needs root and the Debian packages of lab/; `long` is what takes too long, or too
// quiet a machine, for every change: both kinds.
const long = ['test/unit/actions/killed.test.ts', 'test/lab/actions/killed.test.ts', 'test/lab/migration.test.ts', 'test/lab/actions.test.ts', 'test/lab/healthy.test.ts', 'test/lab/pairs.test.ts', 'test/lab/runbooks-long.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['test/temp-folder.ts'],
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/{unit,component,contract,e2e}/**/*.test.{ts,tsx}'],
          exclude: long,
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
          fileParallelism: false,
        },
      },
      {test: {name: 'long', include: long, testTimeout: 240_000, hookTimeout: 180_000, fileParallelism: false}},
    ],
  },
});
