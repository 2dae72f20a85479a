/** From chords to commands, with the user's own keys merged in. Pure. */
import type {Command, Scope} from './commands.ts';

/** Command id → its keys instead of the default ones; an empty list takes its keys away. */
export type KeyOverrides = Readonly<Record<string, readonly string[]>>;
export type Merged = {readonly ok: true; readonly commands: readonly Command[]} | {readonly ok: false; readonly errors: readonly string[]};

/** Commands with the overrides applied, or every reason why they cannot be: unknown commands, keys with two meanings. */
export function mergeKeys(commands: readonly Command[], overrides: KeyOverrides): Merged {
  const known = new Set(commands.map((command) => command.id));
  const errors = Object.keys(overrides).filter((id) => !known.has(id)).map((id) => `keys.${id}: there is no such command`);
  const merged = commands.map((command) => ({...command, keys: overrides[command.id] ?? command.keys}));
  const owner = new Map<string, Command>();
  for (const command of merged) {
    for (const key of command.keys) {
      const place = `${command.scope} ${key}`;
      const other = owner.get(place);
      if (other) errors.push(`key ${key} would mean both ${other.id} and ${command.id}`);
      else owner.set(place, command);
    }
  }
  // Ctrl-C is the one way out that must always be there.
  if (!merged.some((command) => command.id === 'quit.now' && command.keys.includes('ctrl+c'))) errors.push('keys.quit.now: ctrl+c must quit');
  return errors.length > 0 ? {ok: false, errors} : {ok: true, commands: merged};
}

export type Keymap = ReadonlyMap<string, string>;

/** "scope chord" → command id */
export function keymap(commands: readonly Command[]): Keymap {
  return new Map(commands.flatMap((command) => command.keys.map((key) => [`${command.scope} ${key}`, command.id] as const)));
}

export const commandFor = (map: Keymap, scope: Scope, chord: string): string | undefined => map.get(`${scope} ${chord}`);

const names: Readonly<Record<string, string>> = {up: '↑', down: '↓', left: '←', right: '→', enter: 'Enter', esc: 'Esc', tab: 'Tab', pageup: 'PgUp', pagedown: 'PgDn', home: 'Home', end: 'End', backspace: 'Backspace', delete: 'Del', space: 'Space'};

/** A chord as a person reads it: "Ctrl-C", "↑", "Shift-Tab". */
export function chordName(chord: string): string {
  if (chord.startsWith('ctrl+')) return `Ctrl-${chord.slice(5).toUpperCase()}`;
  if (chord.startsWith('shift+')) return `Shift-${chordName(chord.slice(6))}`;
  return names[chord] ?? chord;
}
