/** Where runbooks are found: those that come with the console, those of the operator, and any file by its path. */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {ConfigError} from '../config/problem.ts';
import type {Action} from '../model/action.ts';
import type {Known} from './inspect.ts';
import {loadRunbook} from './load.ts';
import type {Runbook, StepFunction} from './model.ts';
import {builtIn, inOrder} from './procedure.ts';

export interface Library {
  /** Every runbook that can be used, the built-in ones first, in the order of their stages; and the files that cannot, with why. */
  list(): {readonly runbooks: readonly Runbook[]; readonly broken: readonly ConfigError[]};
  /** By name, or by the path of a file (one with a "/" or a YAML ending). Throws ConfigError; undefined: there is none. */
  find(nameOrPath: string): Runbook | undefined;
}

export const knownTo = (actions: readonly Action[], functions: ReadonlyMap<string, StepFunction>): Known => ({actions: new Map(actions.map((action) => [action.id, action])), functions});

/** `own`: the folder of the operator's runbooks. The built-in ones lie beside this file, or in dist/runbooks. */
export function openLibrary(own: string, known: Known): Library {
  const builtin = [join(import.meta.dirname, 'builtin'), join(import.meta.dirname, 'runbooks')].find((folder) => existsSync(folder));
  const folders: readonly (readonly [folder: string, origin: string | undefined])[] = [...(builtin === undefined ? [] : [[builtin, builtIn] as const]), [own, undefined]];
  /** As they are now: one may be written beside an open console. */
  const filesNow = () => folders.flatMap(([folder, origin]) => entries(folder).map((name) => ({path: join(folder, name), origin})));
  const load = ({path, origin}: {readonly path: string; readonly origin: string | undefined}): Runbook => loadRunbook(textOf(path), origin === undefined ? path : basename(path), known, origin ?? path);
  return {
    list: () => {
      const runbooks: Runbook[] = [];
      const broken: ConfigError[] = [];
      for (const file of filesNow()) {
        try {
          runbooks.push(load(file));
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          broken.push(error);
        }
      }
      return {runbooks: [...inOrder(runbooks.filter(({origin}) => origin === builtIn)), ...runbooks.filter(({origin}) => origin !== builtIn)], broken};
    },
    find: (name) => {
      if (/\/|\.ya?ml$/.test(name)) return load({path: name, origin: undefined});
      // The file is named as the runbook; the operator's own goes before a built-in one.
      const file = filesNow().findLast(({path}) => basename(path).replace(/\.ya?ml$/, '') === name);
      return file && load(file);
    },
  };
}

const entries = (folder: string): readonly string[] => {
  try {
    const bare = (name: string): string => name.replace(/\.ya?ml$/, ''); // "bgp-evpn" before "bgp-evpn-ansible"
    return readdirSync(folder).filter((name) => /^[a-z0-9][a-z0-9_-]*\.ya?ml$/.test(name)).sort((a, b) => (bare(a) < bare(b) ? -1 : 1));
  } catch {
    return [];
  }
};

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError([{file: path, line: undefined, column: undefined, message: `cannot be read: ${(error as Error).message}`}]);
  }
}
