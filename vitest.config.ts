import {defineConfig} from 'vitest/config';

// Two projects: `fast` needs nothing but Node; `lab` needs root and the Debian packages of lab/.
export default defineConfig({
  test: {
    globalSetup: ['test/temp-folder.ts'],
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
          exclude: ['test/lab/faults.test.ts', 'test/lab/contract.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      // Every fault, one after the other, and the contract on the lab: many minutes, not yet seen green in one run, not part of CI.
      {test: {name: 'faults', include: ['test/lab/faults.test.ts', 'test/lab/contract.test.ts'], testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false}},
    ],
  },
});
