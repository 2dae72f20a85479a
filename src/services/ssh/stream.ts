/** One command on a channel of its own, handed over as it comes: for the tables that are too big to keep. */
import type {Client, ClientChannel} from 'ssh2';
import type {Problem} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {Section, SectionResult} from '../session.ts';
import {environment, quote, stderrLimit} from './frames.ts';

/**
 * Resolves with exit and stderr; stdout went to `onChunk` (output.stdout is empty). More than maxBytes: too-big, and
 * the channel is closed, which ends the command on the host at its next write. Never rejects.
 */
export function streamSection(client: Client, section: Section, sudo: boolean, onChunk: (chunk: Buffer) => void, signal: AbortSignal, graceMs = 4000): Promise<SectionResult> {
  const startedAt = performance.now();
  return new Promise(resolve => {
    let channel: ClientChannel | undefined;
    let exit: number | undefined;
    let size = 0;
    let settled = false;
    const stderr: Buffer[] = [];
    let stderrSize = 0;
    const finish = (result: Problem | undefined) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      channel?.close();
      channel?.resume(); // what is still on its way is dropped
      const tookMs = Math.round(performance.now() - startedAt);
      if (result) resolve({id: section.id, ok: false, problem: result, tookMs});
      else resolve({id: section.id, ok: true, tookMs, output: {exit: exit ?? 255, stdout: '', stderr: Buffer.concat(stderr).toString('utf8'), truncated: false}});
    };
    const abort = () => finish({kind: 'failed', detail: 'given up: the answer was not wanted any more'});
    const timer = setTimeout(() => finish({kind: 'timeout', detail: `no end after ${section.deadlineS} s`}), section.deadlineS * 1000 + 1000 + graceMs);
    signal.addEventListener('abort', abort, {once: true});
    try {
      client.exec(streamCommand(section, sudo), (error, stream) => {
        if (error) return finish({kind: 'unreachable', detail: `the host opens no channel: ${sanitizeLine(error.message, 200)}`});
        channel = stream;
        stream.on('error', () => {});
        if (settled) return stream.close();
        stream.on('data', (chunk: Buffer) => {
          if (settled) return;
          size += chunk.length;
          if (size > section.maxBytes) finish({kind: 'too-big', detail: `more than ${section.maxBytes} bytes; ask for less`});
          else onChunk(chunk);
        });
        stream.stderr.on('data', (chunk: Buffer) => {
          if (stderrSize >= stderrLimit) return;
          stderr.push(chunk.subarray(0, stderrLimit - stderrSize));
          stderrSize += chunk.length;
        });
        stream.on('exit', (code: number | null) => {
          exit = code ?? 143;
        });
        stream.on('close', () => finish(exit === undefined ? {kind: 'unreachable', detail: 'the connection was lost before the end'} : undefined));
        stream.end();
      });
    } catch (error) {
      finish({kind: 'unreachable', detail: `the connection was lost: ${sanitizeLine((error as Error).message, 200)}`});
    }
  });
}

/** As one command for any login shell: everything within one pair of single quotes. */
function streamCommand(section: Section, sudo: boolean): string {
  const seconds = Math.max(1, Math.ceil(section.deadlineS));
  const inner = `${environment}; cd /; if command -v timeout >/dev/null 2>&1; then exec timeout ${seconds} sh -c ${quote(section.script)}; else exec sh -c ${quote(section.script)}; fi`;
  return `${sudo ? 'sudo -n ' : ''}sh -c ${quote(inner)}`;
}
