/** One line of a bench: what was measured, and what it must not exceed. */
export interface Measured {
  readonly name: string;
  readonly figure: number;
  readonly limit: number;
  readonly ok: boolean;
}
