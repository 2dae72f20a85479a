/** What is wrong in a file that a person wrote: where, what stood there, what was expected. */
import {sanitizeLine} from '../text/sanitize.ts';

export interface FileProblem {
  readonly file: string;
  readonly line: number | undefined; // from 1
  readonly column: number | undefined;
  readonly message: string;
}

/** "config.yaml:12:5 contexts.prod.refresh.fast: expected …" */
export function describe(problem: FileProblem): string {
  const {file, line, column, message} = problem;
  const position = line === undefined ? '' : column === undefined ? `:${line}` : `:${line}:${column}`;
  return sanitizeLine(`${file}${position} ${message}`, 2000);
}

/** A file that cannot be used. `message` has one line per problem; `hint` says what to do. */
export class ConfigError extends Error {
  readonly problems: readonly FileProblem[];
  readonly hint: string | undefined;

  constructor(problems: readonly FileProblem[], hint?: string) {
    super(problems.map(describe).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
    this.hint = hint;
  }
}

/** What stood there, short enough for a line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a mapping';
  return sanitizeLine(typeof value === 'string' ? JSON.stringify(value) : String(value), 60);
}

/** The candidate that was probably meant, or undefined. Case is ignored, so are "_" and "-". */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[_-]/g, '');
  const wanted = plain(word.slice(0, 64));
  let best: string | undefined;
  let bestCost = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const cost = distance(wanted, plain(candidate));
    if (cost < bestCost) [best, bestCost] = [candidate, cost];
  }
  return best;
}

// Levenshtein, with a swap of neighbours counted as one: the usual slips of a hand.
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Infinity;
  const rows = [Array.from({length: b.length + 1}, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    const above = rows[i - 1]!;
    for (let j = 1; j <= b.length; j++) {
      let cost = Math.min(above[j]! + 1, next[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, rows[i - 2]![j - 2]! + 1);
      next.push(cost);
    }
    rows.push(next);
  }
  return rows[a.length]![b.length]!;
}
