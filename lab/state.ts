import {existsSync, mkdirSync, readFileSync, renameSync, rmSync, rmdirSync, writeFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import type {Plan} from './plan.ts';

/** What must be remembered between two commands; on disk beside the files that the lab writes for the console. */
export interface LabState {
  readonly plan: Plan;
  /** Process 1 of each machine, as the root namespace numbers it. Checked against the namespace before it is used. */
  readonly inits: Readonly<Record<string, number>>;
  /** Set once everything stands: a state without it is a lab that was cut off on its way up. */
  readonly complete: boolean;
}

const repository = resolve(import.meta.dirname, '..');
const defaultFolder = join(repository, '.tmp', 'lab');

export const labsFolder = (): string => resolve(process.env['EVPN_TUI_LAB_DIR'] ?? defaultFolder);
export const stateFolder = (name: string): string => join(labsFolder(), name);
export const machineFolder = (name: string, machine: string): string => join(stateFolder(name), 'hosts', machine);
const stateFile = (name: string): string => join(stateFolder(name), 'state.json');

export const saveState = (state: LabState): void => {
  const file = stateFile(state.plan.spec.name);
  mkdirSync(dirname(file), {recursive: true, mode: 0o755});
  writeFileSync(`${file}.new`, JSON.stringify(state, undefined, 1));
  renameSync(`${file}.new`, file);
};

/** Undefined when there is no such lab, or its state was cut off. */
export const loadState = (name: string): LabState | undefined => {
  try {
    return JSON.parse(readFileSync(stateFile(name), 'utf8')) as LabState;
  } catch {
    return undefined;
  }
};

/** The lab's folder, and the folders above it that only this project makes, once they are empty. */
export const removeState = (name: string): void => {
  rmSync(stateFolder(name), {recursive: true, force: true});
  if (labsFolder() !== defaultFolder) return;
  for (const folder of [defaultFolder, dirname(defaultFolder)]) {
    try {
      if (existsSync(folder)) rmdirSync(folder);
    } catch {
      return; // not empty: another lab, or something else, lives there
    }
  }
};
