/** Host patterns of an inventory: kvm[01:10], [a:f], steps, and a port behind a colon. */
import {maxHosts} from './graph.ts';

export interface HostPattern {
  readonly names: readonly string[];
  readonly port: number | undefined;
}

const range = /\[([0-9]+|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]/;

/** "kvm[01:03].lab:2222" → kvm01.lab, kvm02.lab, kvm03.lab and 2222; a sentence when it cannot be expanded. */
export function hostPattern(text: string): HostPattern | string {
  if (text.length > 1024) return `a host name of ${text.length} characters`;
  let pattern = text;
  let port: number | undefined;
  const bracketed = /^\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\](?::(\d{1,5}))?$/.exec(pattern);
  const simple = /^((?:[^:[\]]|\[[^\]]*\])+):(\d{1,5})$/.exec(pattern);
  // "[1:3]" could be both: it is a range when it reads as one, as in Ansible
  if (bracketed && !new RegExp(`^${range.source}$`).test(pattern.replace(/:\d{1,5}$/, '')) && !new RegExp(`^${range.source}$`).test(pattern)) {
    return {names: [bracketed[1]!], port: bracketed[2] === undefined ? undefined : Number(bracketed[2])};
  }
  if (simple) {
    pattern = simple[1]!;
    port = Number(simple[2]);
  }
  let names = [pattern];
  for (;;) {
    const next: string[] = [];
    let expanded = false;
    for (const name of names) {
      const match = range.exec(name);
      if (!match) {
        next.push(name);
        continue;
      }
      const values = valuesOf(match[1]!, match[2]!, match[3]);
      if (typeof values === 'string') return values;
      expanded = true;
      for (const value of values) next.push(name.slice(0, match.index) + value + name.slice(match.index + match[0].length));
      if (next.length > maxHosts) return `"${text}" is more than ${maxHosts} hosts`;
    }
    names = next;
    if (!expanded) break;
  }
  return /[[\]]/.test(pattern) && names.length === 1 && names[0] === pattern ? `"${text}" is not a range: expected [FIRST:LAST] or [FIRST:LAST:STEP]` : {names, port};
}

function valuesOf(first: string, last: string, stepText: string | undefined): string[] | string {
  const step = stepText === undefined ? 1 : Number(stepText);
  const what = `range [${first}:${last}${stepText === undefined ? '' : `:${stepText}`}]`;
  if (step < 1) return `${what}: the step must be at least 1`;
  if (/\d/.test(first) !== /\d/.test(last)) return `${what} mixes digits and letters`;
  if (/\d/.test(first)) {
    const [from, to] = [Number(first), Number(last)];
    const width = first.length > 1 && first.startsWith('0') ? first.length : 0;
    if (width > 0 && last.length !== first.length) return `${what}: both ends need the same number of digits`;
    if (from > to) return `${what}: the end is before the beginning`;
    if ((to - from) / step > maxHosts) return `${what} is more than ${maxHosts} hosts`;
    const values: string[] = [];
    for (let i = from; i <= to; i += step) values.push(String(i).padStart(width, '0'));
    return values;
  }
  // string.ascii_letters: a…zA…Z
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const [from, to] = [letters.indexOf(first), letters.indexOf(last)];
  if (from > to) return `${what}: the end is before the beginning`;
  return [...letters.slice(from, to + 1)].filter((_, i) => i % step === 0);
}
