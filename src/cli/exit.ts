/** Exit codes: part of the interface, documented and stable. */
export const exitCode = {
  ok: 0,
  internal: 1, // a bug of ours
  usage: 2, // the command line or the configuration is wrong
  unread: 3, // something could not be read, so nothing can be said about it
  wrong: 4, // everything was read, and something is wrong
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** An end that is meant for a person: what is wrong, and what to do about it. Never a stack trace. */
export class CliError extends Error {
  readonly code: ExitCode;
  readonly hint: string | undefined;

  constructor(code: ExitCode, message: string, hint?: string) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.hint = hint;
  }
}
