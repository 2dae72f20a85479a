import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {stateFolder} from '../state.ts';

/** A fault that is in force, or was being brought about when its process ended. */
export interface Entry {
  readonly name: string;
  readonly target: string;
  readonly note?: string;
}

const file = (lab: string): string => join(stateFolder(lab), 'faults.json');

/** In the order in which they were applied. In the lab's folder: it goes with the lab. */
export const inForce = (lab: string): Entry[] =>
  existsSync(file(lab)) ? JSON.parse(readFileSync(file(lab), 'utf8')) as Entry[] : [];

const write = (lab: string, entries: readonly Entry[]): void => {
  writeFileSync(`${file(lab)}.new`, JSON.stringify(entries, undefined, 1));
  renameSync(`${file(lab)}.new`, file(lab));
};

/** Also in place of an earlier entry of that name. */
export const enter = (lab: string, entry: Entry): void => write(lab, [...inForce(lab).filter(({name}) => name !== entry.name), entry]);
export const strikeOut = (lab: string, name: string): void => write(lab, inForce(lab).filter(entry => entry.name !== name));
