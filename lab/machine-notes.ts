import {existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

/**
 * What labs changed on the machine outside their namespaces, and must be put back by the last of them. It belongs to
 * the machine and not to one lab, so it is kept beside the thing itself, in /run, and is gone after a reboot like it.
 */
const folder = '/run/evpn-tui-lab';

export const note = (name: string, text: string): void => {
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, name), text);
};

/** Undefined when there is no such note. */
export const noted = (name: string): string | undefined =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined;

export const notes = (): string[] => existsSync(folder) ? readdirSync(folder) : [];

/** With the last note, the folder goes too. */
export const strike = (name: string): void => {
  rmSync(join(folder, name), {force: true});
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
};
