/** `show daemons`, and what is known of daemons that do not answer. Pure. */
import type {Daemons} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';

/**
 * " zebra bgpd staticd", then, when vtysh as a whole hung, one line per daemon that was asked by itself:
 * "state bgpd 124". A daemon that hangs accepts the connection and never answers: 124; 0: it answers.
 */
export function parseDaemons(stdout: string): Reading<Daemons> {
  const running: string[] = [];
  const hung: string[] = [];
  let understood = false;
  for (const line of stdout.split('\n').slice(0, 100)) {
    const state = /^state (\w{1,20}) (\d{1,3})$/.exec(line);
    if (state) {
      understood = true;
      if (state[2] === '124' || state[2] === '137') hung.push(state[1]!);
      else if (state[2] === '0') running.push(state[1]!);
    } else if (/^( [a-z][a-z0-9-]{1,19})+ *$/.test(line)) {
      understood = true;
      running.push(...line.trim().split(/ +/));
    }
  }
  if (!understood) return bad('garbled', 'show daemons: no list of daemons in the answer');
  return good({running: [...new Set(running)], hung: [...new Set(hung)]});
}
