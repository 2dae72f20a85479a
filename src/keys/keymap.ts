/** From chords to commands, with the user's own keys merged in. Pure. */
import type {Command, Scope} from './commands.ts';

/** Command id → its keys instead of the default ones; an empty list takes its keys away. */
export type KeyOverrides = Readonly<Record<string, readonly string[]>>;
/** Why overrides cannot be taken: the command at which it is said, and a sentence. */
export interface KeyError {
  readonly command: string;
  readonly says: string;
}
export type Merged = {readonly ok: true; readonly commands: readonly Command[]} | {readonly ok: false; readonly errors: readonly KeyError[]};

/** Commands with the overrides applied, or every reason why they cannot be: unknown commands, keys with two meanings. */
export function mergeKeys(commands: readonly Command[], overrides: KeyOverrides): Merged {
  const known = new Set(commands.map((command) => command.id));
  const errors: KeyError[] = Object.keys(overrides).filter((id) => !known.has(id)).map((id) => ({command: id, says: 'there is no such command'}));
  const merged = commands.map((command) => ({...command, keys: overrides[command.id] ?? command.keys}));
  const owner = new Map<string, Command>();
  for (const command of merged) {
    for (const key of command.keys) {
      const place = `${command.scope} ${key}`;
      const other = owner.get(place);
      if (!other) owner.set(place, command);
      else {
        // It is said at the one that was overridden: the other may stand nowhere in the file.
        const [own, against] = overrides[command.id] ? [command, other] : [other, command];
        errors.push({command: own.id, says: `${chordName(key)} already means ${against.id} (${against.title.split(/[:;,(]/)[0]?.trim()}): give that another key as well, or choose another one here`});
      }
    }
  }
  // Ctrl-C is the one way out that must always be there.
  if (!merged.some((command) => command.id === 'quit.now' && command.keys.includes('ctrl+c'))) errors.push({command: 'quit.now', says: 'Ctrl-C must stay one of its keys'});
  return errors.length > 0 ? {ok: false, errors} : {ok: true, commands: merged};
}

export type Keymap = ReadonlyMap<string, string>;

/** "scope chord" → command id */
export function keymap(commands: readonly Command[]): Keymap {
  return new Map(commands.flatMap((command) => command.keys.map((key) => [`${command.scope} ${key}`, command.id] as const)));
}

export const commandFor = (map: Keymap, scope: Scope, chord: string): string | undefined => map.get(`${scope} ${chord}`);

const names: Readonly<Record<string, string>> = {up: '↑', down: '↓', left: '←', right: '→', enter: 'Enter', esc: 'Esc', tab: 'Tab', pageup: 'PgUp', pagedown: 'PgDn', home: 'Home', end: 'End', backspace: 'Backspace', delete: 'Del', ' ': 'Space'};

/** A chord as a person reads it: "Ctrl-C", "↑", "Shift-Tab". */
export function chordName(chord: string): string {
  if (chord.startsWith('ctrl+')) return `Ctrl-${chord.slice(5).toUpperCase()}`;
  if (chord.startsWith('shift+')) return `Shift-${chordName(chord.slice(6))}`;
  return names[chord] ?? chord;
}
