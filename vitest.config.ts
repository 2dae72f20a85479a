import {availableParallelism} from 'node:os';
import {defineConfig} from 'vitest/config';

// `fast` and `fast-apart` need nothing but Node; `lab` needs root and the Debian packages of lab/; `long` is what takes
// too long, or too quiet a machine, for every change.
const long = [
  'test/lab/actions.test.ts', 'test/lab/migration.test.ts', 'test/lab/actions/killed.test.ts', 'test/lab/runbooks.test.ts', 'test/lab/runbook-keys.test.ts',
  'test/lab/healthy.test.ts', 'test/lab/pairs.test.ts', 'test/lab/runbooks-long.test.ts',
];

/** Replaces a module of ours: not for those that come after it. */
const apart = ['test/unit/actions/read-only.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['test/temp-folder.ts'],
    // More than there are cores: more than half of the time is waiting, for processes, sockets and timers.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/{unit,component}/**/*.test.{ts,tsx}'],
          exclude: apart,
          // Loading the sources anew for each file is a third of the time of small ones; none of these changes a module.
          isolate: false,
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {test: {name: 'fast-apart', include: ['test/{contract,e2e}/**/*.test.{ts,tsx}', ...apart], testTimeout: 20_000, hookTimeout: 30_000}},
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          exclude: long,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Labs do not touch each other, but two of them fill two cores (load 19): what they measure is the machine then,
          // and together they take hardly less time than one after the other.
          fileParallelism: false,
        },
      },
      {test: {name: 'long', include: long, testTimeout: 240_000, hookTimeout: 180_000, fileParallelism: false}},
    ],
  },
});
