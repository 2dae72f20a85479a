/** A ping between two VMs that goes on meanwhile, and what it lost. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as pause} from 'node:timers/promises';
import type {Lab} from '../../../lab/lab.ts';

export interface Lost {
  readonly sent: number;
  readonly lost: number;
  readonly lostMs: number;
}
const everyMs = 50;

/** From one VM to an address, while `what` happens, and until answers come for a second on end after it. */
export async function lostDuring(lab: Lab, from: string, to: string, what: () => Promise<unknown>): Promise<Lost> {
  const [command = '', ...prefix] = lab.prefix(from);
  const child = spawn(command, [...prefix, 'ping', '-n', '-i', String(everyMs / 1000), to], {stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const answers = (): number => (output.match(/icmp_seq=/g) ?? []).length;
  const steady = async (limitMs: number): Promise<void> => {
    const end = performance.now() + limitMs;
    for (let last = answers(), inTime = 0; inTime < 5;) {
      if (performance.now() > end) throw new Error(`no answer from ${to} after ${limitMs} ms`);
      await pause(200);
      inTime = answers() > last ? inTime + 1 : 0;
      last = answers();
    }
  };
  const closed = once(child, 'close');
  try {
    await steady(60_000);
    await what();
    await steady(120_000);
  } finally {
    child.kill('SIGINT');
    await closed;
  }
  const [, sent, received] = (/(\d+) packets transmitted, (\d+) received/.exec(output) ?? []).map(Number);
  if (sent === undefined || received === undefined) throw new Error(`ping said nothing: ${output.slice(-300)}`);
  // The last one may be on its way when it is ended.
  const lost = Math.max(0, sent - received - 1);
  return {sent, lost, lostMs: lost * everyMs};
}
