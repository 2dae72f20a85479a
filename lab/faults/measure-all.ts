import {readFileSync, renameSync, existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Lab} from '../lab.ts';
import {applyFault, labFault, labFaults, undoFault} from './index.ts';
import {surprises, truthOnce} from './measure.ts';

/** What a fault did when it was measured: times in ms, and each way that was tried. */
export interface Measured {
  readonly fault: string;
  readonly target: string;
  readonly applyMs: number;
  readonly undoMs: number;
  readonly ways: readonly {readonly from: string; readonly to: string; readonly kind: string; readonly small: boolean; readonly full: boolean}[];
}

/** The same with the ways that were lost alone, as it is kept for docs/FAULTS.md. "vm1 → vm2"; `full`: long frames only. */
export interface Kept {
  readonly applyMs: number;
  readonly undoMs: number;
  readonly target: string;
  readonly lost: readonly string[];
  readonly full: readonly string[];
}

export const keptFile = join(import.meta.dirname, 'measured.json');
export const kept = (): Readonly<Record<string, Kept>> => existsSync(keptFile) ? JSON.parse(readFileSync(keptFile, 'utf8')) as Record<string, Kept> : {};

/** Keeps measurements, in place of earlier ones of the same faults. */
export const keep = (all: readonly Measured[]): void => {
  const name = ({kind, from, to}: Measured['ways'][number]): string => kind === 'sdnat' ? `SDNAT to ${to}` : `${from} → ${to}`;
  const entries = Object.fromEntries(all.map(({fault, target, applyMs, undoMs, ways}): [string, Kept] => [fault, {
    target, applyMs, undoMs, lost: ways.filter(way => !way.small).map(name), full: ways.filter(way => way.small && !way.full).map(name),
  }]));
  const lines = Object.entries({...kept(), ...entries}).toSorted(([a], [b]) => a < b ? -1 : 1).map(([fault, entry]) => ` ${JSON.stringify(fault)}: ${JSON.stringify(entry)}`);
  writeFileSync(`${keptFile}.new`, `{\n${lines.join(',\n')}\n}\n`);
  renameSync(`${keptFile}.new`, keptFile);
};

/** Brings about one fault after the other on a lab of two hypervisors, and keeps what it did. `tell` gets a line for each; gives the lines of those that did otherwise than expected. */
export const measureAll = async (lab: Lab, names: readonly string[], tell: (line: string) => void): Promise<string[]> => {
  const bad: string[] = [];
  const missing = lab.cloud() ? [] : ['opennebula'];
  for (const {name, needs, on} of labFaults()) {
    if (names.length > 0 ? !names.includes(name) : needs !== undefined || missing.includes(on)) continue;
    const began = performance.now();
    const stage = await applyFault(lab, name);
    const applyMs = Math.round(performance.now() - began);
    await labFault(name)?.noticed?.(stage);
    const {truth, wrong} = await truthOnce(lab, now => surprises(name, now, stage));
    const measured = performance.now();
    await undoFault(lab, name);
    const undoMs = Math.round(performance.now() - measured);
    keep([{fault: name, target: stage.target, applyMs, undoMs, ways: truth.ways}]);
    const line = `${name.padEnd(28)} apply ${String(applyMs).padStart(5)} ms  undo ${String(undoMs).padStart(5)} ms${wrong.length === 0 ? '' : `  ${wrong.join('; ')}`}`;
    if (wrong.length > 0) bad.push(line);
    tell(line);
  }
  return bad;
};
