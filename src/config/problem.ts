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
