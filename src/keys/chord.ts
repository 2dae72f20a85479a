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

/** The chords of one event: keys typed faster than the terminal sends them arrive together as one text. */
export function chords(input: string, key: PressedKey): readonly string[] {
  if (key.tab) return [key.shift ? 'shift+tab' : 'tab'];
  const found = special.find(([name]) => key[name]);
  if (found) return [found[1]];
  if (key.ctrl) return input ? [`ctrl+${input.toLowerCase()}`] : [];
  if (key.meta) return [];
  // A control character is no text, wherever it came from.
  return [...input].filter((character) => character >= ' ' && character !== '\x7f');
}
