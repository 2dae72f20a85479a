import {render} from 'ink-testing-library';
import {describe, expect, it} from 'vitest';
import {Choice} from '../../src/screens/Choice.tsx';

const items = [{label: 'prod  3 hosts', value: 'prod'}, {label: 'lab  inventory', value: 'lab'}];
const key = {down: '\x1b[B', enter: '\r', escape: '\x1b'};

/** Types key after key, each once the screen has taken the one before. */
async function pick(...keys: string[]): Promise<{frame: string; chosen: string | undefined}> {
  let answer!: (value: string | undefined) => void;
  const chosen = new Promise<string | undefined>((resolve) => (answer = resolve));
  const app = render(<Choice question="Which context?" items={items} onChoose={answer} />);
  const frame = app.lastFrame() ?? '';
  for (const each of keys) {
    await new Promise((resolve) => setImmediate(resolve));
    app.stdin.write(each);
  }
  try {
    return {frame, chosen: await chosen};
  } finally {
    app.unmount();
  }
}

describe('a choice', () => {
  it('asks its question and lists what there is', async () => {
    const {frame} = await pick(key.enter);
    expect(frame).toContain('Which context?');
    expect(frame).toContain('prod  3 hosts');
    expect(frame).toContain('lab  inventory');
  });
  it('is the first, or the one that the cursor was moved to', async () => {
    expect((await pick(key.enter)).chosen).toBe('prod');
    expect((await pick(key.down, key.enter)).chosen).toBe('lab');
  });
  it('can be given up', async () => {
    expect((await pick('q')).chosen).toBeUndefined();
    expect((await pick(key.escape)).chosen).toBeUndefined();
  });
});
