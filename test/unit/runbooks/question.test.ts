/** The questions of `evpn-tui run`: one after the other, and Ctrl-C at any of them. */
import {PassThrough} from 'node:stream';
import {expect, test} from 'vitest';
import {question} from '../../../src/cli/question.ts';

const ctrlC = '\u0003';
/** What is typed comes once the question is seen. */
function terminal() {
  const stdin = new PassThrough();
  const stderr = Object.assign(new PassThrough(), {isTTY: true, columns: 80});
  const abort = new AbortController();
  const ask = (text: string, typed: string): Promise<string> => {
    const seen = (chunk: Buffer): void => {
      if (!String(chunk).includes(text)) return;
      stderr.off('data', seen);
      setImmediate(() => stdin.write(typed));
    };
    stderr.on('data', seen);
    return question({stdin, stderr}, text, abort.signal, () => abort.abort());
  };
  return {ask, abort, stdin};
}

test('each has its answer', async () => {
  const {ask} = terminal();
  expect([await ask('one? ', 'first\r'), await ask('two? ', ' second \r')]).toEqual(['first', 'second']);
});

test('Ctrl-C at one is that of the run, also at a later one', async () => {
  await expect(terminal().ask('one? ', ctrlC)).rejects.toThrow('stopped');
  const {ask, abort} = terminal();
  await ask('one? ', 'first\r');
  await expect(ask('two? ', ctrlC)).rejects.toThrow('stopped');
  expect(abort.signal.aborted).toBe(true);
});

test('so is the end of what is typed, and a run that is stopped otherwise', async () => {
  const {ask, stdin} = terminal();
  setTimeout(() => stdin.end(), 50);
  await expect(ask('one? ', '')).rejects.toThrow('stopped');
  const other = terminal();
  setTimeout(() => other.abort.abort(), 50);
  await expect(other.ask('one? ', '')).rejects.toThrow('stopped');
});
