import {defineConfig} from 'vitest/config';
import {BaseSequencer, type TestSpecification} from 'vitest/node';

// `fast` needs nothing but Node; `lab` needs root and the Debian packages of lab/; `long` is what takes too long, or too
// quiet a machine, for every change: both kinds.
const long = ['test/lab/healthy.test.ts', 'test/lab/pairs.test.ts', 'test/lab/runbooks-long.test.ts'];

/** Two files at a time, of which one takes by far the longest: it begins first. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const longest = (file: TestSpecification): number => (file.moduleId.endsWith('test/lab/faults.test.ts') ? 0 : 1);
    return (await super.sort(files)).sort((a, b) => longest(a) - longest(b));
  }
}

export default defineConfig({
  test: {
    globalSetup: ['test/temp-folder.ts'],
    // On two cores vitest would use one; much of the time is waiting.
    maxWorkers: '100%',
    sequence: {sequencer: LongestFirst},
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
          testTimeout: 240_000,
          hookTimeout: 180_000,
          // Each lab has namespaces of its own. More than two at once, and what they measure is the machine.
          maxWorkers: 2,
        },
      },
      {test: {name: 'long', include: long, testTimeout: 240_000, hookTimeout: 180_000, fileParallelism: false}},
    ],
  },
});
