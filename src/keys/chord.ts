/** Names for key presses: "up", "enter", "ctrl+c", "G". Pure; takes what Ink's useInput hands over. */

export interface PressedKey {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly tab: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly meta: boolean;
}

const special = [
  ['upArrow', 'up'], ['downArrow', 'down'], ['leftArrow', 'left'], ['rightArrow', 'right'], ['pageUp', 'pageup'], ['pageDown', 'pagedown'],
  ['home', 'home'], ['end', 'end'], ['return', 'enter'], ['escape', 'esc'], ['backspace', 'backspace'], ['delete', 'delete'],
] as const;

// What a terminal sends for a key inside a longer text: \r, \t, backspace, and cursor keys with their escape sequences.
const sent: Readonly<Record<string, string>> = {
  '\r': 'enter', '\n': 'enter', '\t': 'tab', '\x7f': 'backspace', '\b': 'backspace', '\x1b': 'esc', '\x1b[A': 'up', '\x1b[B': 'down', '\x1b[C': 'right', '\x1b[D': 'left',
  '\x1bOA': 'up', '\x1bOB': 'down', '\x1bOC': 'right', '\x1bOD': 'left', '\x1b[1;2C': 'shift+right', '\x1b[1;2D': 'shift+left', '\x1b[5~': 'pageup', '\x1b[6~': 'pagedown', '\x1b[H': 'home', '\x1b[F': 'end', '\x1b[Z': 'shift+tab',
};
const token = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O[A-Z])?|./gsu;

/** The chords of one event: keys typed faster than the line carries them arrive together as one text. */
export function chords(input: string, key: PressedKey): readonly string[] {
  const pressed = withoutMeta(input, key);
  return key.meta && !movesAbout(key) ? ['esc', ...pressed] : pressed;
}

// Esc and the key after it that arrive together (a slow line, a busy machine) are what a terminal sends for Alt and that
// key. No key of ours is with Alt, so both are taken: else neither counts, and what is typed next meets another screen.
// Not with the cursor keys: there Alt looks the same, and is what people hold by mistake.
const movesAbout = (key: PressedKey): boolean => key.upArrow || key.downArrow || key.leftArrow || key.rightArrow || key.pageUp || key.pageDown || key.home || key.end || key.delete;

function withoutMeta(input: string, key: PressedKey): readonly string[] {
  if (key.tab) return [key.shift ? 'shift+tab' : 'tab'];
  if (key.shift && (key.leftArrow || key.rightArrow)) return [key.leftArrow ? 'shift+left' : 'shift+right'];
  const found = special.find(([name]) => key[name]);
  if (found) return [found[1]];
  if (key.ctrl) return input ? [`ctrl+${input.toLowerCase()}`] : [];
  // Other control characters are neither text nor keys, wherever they came from.
  return (input.match(token) ?? []).flatMap((part) => sent[part] ?? (part.length <= 2 && part >= ' ' && part !== '\x7f' ? [part] : []));
}

const written = new Set<string>([...special.map(([, name]) => name), 'tab', 'shift+tab', 'shift+left', 'shift+right']);
const other: Readonly<Record<string, string>> = {space: ' ', escape: 'esc', return: 'enter', del: 'delete', pgup: 'pageup', pgdn: 'pagedown', pgdown: 'pagedown', '↑': 'up', '↓': 'down', '←': 'left', '→': 'right'};

/** A key as a person writes it in a file ("Ctrl-N", "PgUp", "G", "space") as `chords` names it; undefined: no key is called so. */
export function chordOf(text: string): string | undefined {
  if ([...text].length === 1) return other[text] ?? (text >= ' ' && text !== '\x7f' ? text : undefined);
  const [, held = '', bare = ''] = /^(?:(ctrl|control|shift)[-+])?(.+)$/.exec(text.toLowerCase()) ?? [];
  const plain = `${held === '' ? '' : held === 'shift' ? 'shift+' : 'ctrl+'}${other[bare] ?? bare}`;
  return plain === ' ' || written.has(plain) || /^ctrl\+[a-z]$/.test(plain) ? plain : undefined;
}
