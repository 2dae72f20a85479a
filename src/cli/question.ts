/** Asking on a terminal. */
import {createInterface} from 'node:readline/promises';
import {CliError, exitCode} from './exit.ts';
import type {Io} from './io.ts';

/**
 * One question on the terminal, which is left as it was afterwards. While it is open the terminal makes no signal of
 * Ctrl-C: that is `interrupt`'s. Throws "stopped" when the signal is aborted, or the terminal gone.
 */
export async function question({stdin, stderr}: Pick<Io, 'stdin' | 'stderr'>, text: string, signal: AbortSignal, interrupt: () => void): Promise<string> {
  const lines = createInterface({input: stdin, output: stderr});
  const gone = new Promise<never>((_, reject) => lines.once('close', () => reject(new CliError(exitCode.wrong, 'stopped'))));
  lines.on('SIGINT', interrupt);
  try {
    return (await Promise.race([lines.question(text, {signal}), gone])).trim();
  } catch (error) {
    throw signal.aborted ? new CliError(exitCode.wrong, 'stopped') : error;
  } finally {
    lines.close();
  }
}
