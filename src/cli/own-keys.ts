/** The operator's own keys: `keys` of config.yaml, merged into the table of commands. Wrong ones are refused, with their place. */
import {readFileSync} from 'node:fs';
import {LineCounter, parseDocument} from 'yaml';
import {offsetOf} from '../config/place.ts';
import {paths} from '../config/paths.ts';
import {ConfigError, type FileProblem} from '../config/problem.ts';
import {didYouMean} from '../text/did-you-mean.ts';
import {readConfig} from '../config/read.ts';
import {chordOf} from '../keys/chord.ts';
import {commands, type Command} from '../keys/commands.ts';
import {mergeKeys, type KeyError} from '../keys/keymap.ts';
import type {Io} from './io.ts';

/**
 * The commands of the console with the keys of this operator. Throws ConfigError with every key that cannot be.
 * `adHoc`: no context takes part, so a file that cannot be used at all stops nothing: it is said, the default keys count.
 */
export function ownCommands(io: Io, adHoc: boolean): readonly Command[] {
  const file = paths(io.env, io.home).configFile;
  let keys: Readonly<Record<string, string>>;
  try {
    keys = readConfig(file).config.keys ?? {};
  } catch (error) {
    if (!adHoc || !(error instanceof ConfigError)) throw error;
    io.stderr.write(`warning: the keys of ${file} are not used: ${error.message.split('\n')[0]}\n`);
    return commands;
  }
  if (Object.keys(keys).length === 0) return commands;
  const {errors, overrides} = chordsOf(keys);
  const merged = mergeKeys(commands, overrides);
  const all = merged.ok ? errors : [...errors, ...merged.errors.map(suggesting)];
  if (all.length > 0) throw new ConfigError(placed(all, file), 'docs/KEYS.md lists the commands; nothing was started.');
  return merged.ok ? merged.commands : commands;
}

function chordsOf(keys: Readonly<Record<string, string>>): {readonly errors: readonly KeyError[]; readonly overrides: Readonly<Record<string, readonly string[]>>} {
  const errors: KeyError[] = [];
  const overrides = Object.fromEntries(Object.entries(keys).map(([id, text]) => [id, text.split(/\s+/).filter((word) => word !== '').flatMap((word) => {
    const chord = chordOf(word);
    if (chord === undefined) errors.push({command: id, says: `no key is called ${JSON.stringify(word)}: a character, Ctrl-A to Ctrl-Z, or one of Up Down Left Right PgUp PgDn Home End Enter Esc Tab Shift-Tab Shift-Left Shift-Right Backspace Del Space`});
    return chord ?? [];
  })]));
  return {errors, overrides};
}

function suggesting(error: KeyError): KeyError {
  const meant = commands.some(({id}) => id === error.command) ? undefined : didYouMean(error.command, commands.map(({id}) => id));
  return meant === undefined ? error : {...error, says: `${error.says}; did you mean "${meant}"?`};
}

/** Where in the file each of them stands. */
function placed(errors: readonly KeyError[], file: string): readonly FileProblem[] {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), {lineCounter: lines, logLevel: 'silent'});
  return errors.map(({command, says}) => {
    const offset = offsetOf(document, ['keys', command], true);
    const at = offset === undefined ? undefined : lines.linePos(offset);
    return {file, line: at?.line, column: at?.col, message: `keys.${command}: ${says}`};
  });
}
