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
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
