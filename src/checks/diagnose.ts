/** From a fabric to a diagnosis: all checks, folded, held. */
import type {Diagnosis, Finding} from '../model/finding.ts';
import type {Fabric} from '../model/fabric.ts';
import {flatten, fold} from './fold.ts';
import {createMemory, matured, missingStillIn, readAnewIn} from './hold.ts';
import {createRests} from './rests.ts';
import {createStanding} from './standing.ts';
import {runChecks, type Selection} from './run.ts';

export interface DiagnoserOptions extends Selection {
  /** false: everything is told at its first sight, for a command that reads once. */
  readonly hold?: boolean;
}
export type Diagnoser = (fabric: Fabric, now: number) => Diagnosis;

/** The same fabric is judged again when so much time has passed: readings grow stale, findings grow old. */
const againMs = 5000;

/** Remembers from call to call what it has seen. The same revision within 5 s gives the same object. */
export function createDiagnoser({hold = true, ...selection}: DiagnoserOptions = {}): Diagnoser {
  const memory = createMemory();
  const standing = createStanding(selection.checks);
  let last: {readonly fabric: Fabric; readonly now: number; readonly diagnosis: Diagnosis} | undefined;
  return (fabric, now) => {
    if (last && last.fabric.revision === fabric.revision && last.fabric.name === fabric.name && now >= last.now && now - last.now < againMs) return last.diagnosis;
    const {results: said, counts} = runChecks(fabric, now, selection);
    const results = standing.through(said, fabric, now);
    memory.note(results, now);
    const all = fold(results, createRests(fabric), memory.since);
    const held = hold ? matured(all, now, readAnewIn(fabric, now), missingStillIn(fabric, now)) : all;
    standing.told(held, said, fabric, now);
    const here = (cause: Finding): boolean => !selection.hosts || concerns(cause, selection.hosts);
    const told = new Set(held);
    const diagnosis: Diagnosis = {at: fabric.at, causes: held.filter(here), suspected: all.filter((cause) => cause.outcome !== 'unknown' && !told.has(cause) && here(cause)), counts};
    last = {fabric, now, diagnosis};
    return diagnosis;
  };
}

/** A cause belongs to a host when it is there, or when something there is explained by it. */
function concerns(cause: Diagnosis['causes'][number], hosts: readonly string[]): boolean {
  for (const {subject} of flatten([cause])) if (subject.hosts.some((host) => hosts.includes(host))) return true;
  return false;
}
