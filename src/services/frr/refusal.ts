/**
 * What vtysh says when it does not answer the question. It has one exit status for most of it, prints some of it on
 * stdout, and answers some of it with silence: the words decide. Pure.
 */
import type {Problem} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {ProbeOutput} from '../probe.ts';

const problem = (kind: Problem['kind'], detail: string): Problem => ({kind, detail});

/**
 * Why this output is no answer; undefined when it may be one. `subject` names the question in a sentence; `daemon` is
 * the one that was asked (-d), if one was: then "no daemon answers" speaks of that one alone.
 */
export function refusal(output: ProbeOutput, subject: string, daemon?: string): Problem | undefined {
  const {exit, stdout, stderr} = output;
  const words = sanitizeLine(stderr.trim(), 300);
  const silent = stdout.trim() === '';
  // 124: ended by timeout; 137: it had to be killed.
  if (exit === 124 || exit === 137) return problem('timeout', `${subject}: ${daemon ?? 'a daemon'} did not answer in time; it may hang`);
  if (exit === 127 || /vtysh: (command )?not found/.test(stderr)) return problem('not-installed', 'vtysh is not installed on this host');
  if (silent && /a password is required|sudo: .*(not allowed|not in the sudoers)/.test(stderr)) return problem('denied', words);
  const dead = /^(\w+) is not running/m.exec(stderr);
  // Releases up to 8.0 say so and exit 0.
  if (dead) return problem('not-running', `${sanitizeLine(dead[1]!)} is not running`);
  if (/failed to connect to any daemons/.test(stderr)) {
    return /Permission denied|privileged user/.test(stderr)
      ? problem('denied', `no permission for FRR's sockets, or no daemon runs: ${words}`)
      : problem('not-running', daemon ? `${daemon} is not running` : `no FRR daemon answers: ${words}`);
  }
  if (silent && exit !== 0 && /[Pp]ermission denied/.test(stderr)) return problem('denied', words);
  if (output.truncated) return problem('too-big', `${subject}: the answer was longer than this reading keeps`);
  if (/error reading from/.test(stderr)) return problem('garbled', `${subject}: the daemon stopped in the middle of its answer: ${words}`);
  const first = sanitizeLine(stdout.slice(0, 300).trimStart().split('\n')[0] ?? '', 200);
  if (/^% (Unknown|Ambiguous) command|^% Command incomplete/.test(first)) return problem('unsupported', `this FRR does not know the command: ${first}`);
  if (/^% BGP instance not found|^No BGP process is configured|^% EVPN not enabled/.test(first)) return problem('not-configured', first.replace(/^% /, ''));
  if (exit !== 0) return problem('failed', `${subject}: exit ${exit}: ${words || first || 'no words'}`);
  return undefined;
}

export const silence = (text: string): boolean => text.trim() === '';
