import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {chordOf, chords, type PressedKey} from '../../../src/keys/chord.ts';
import {commands, type Command} from '../../../src/keys/commands.ts';
import {chordName, keymap, mergeKeys} from '../../../src/keys/keymap.ts';
import {keysPage} from '../../../scripts/docs-keys.ts';
import {detectTheme} from '../../../src/theme/theme.ts';

describe('mergeKeys', () => {
  it('accepts the defaults: no key has two meanings', () => {
    expect(mergeKeys(commands, {})).toEqual({ok: true, commands: [...commands]});
  });
  it('gives a command other keys, or none', () => {
    const merged = mergeKeys(commands, {filter: ['%'], log: []});
    expect(merged.ok && keymap(merged.commands).get('main %')).toBe('filter');
    expect(merged.ok && keymap(merged.commands).has('main /')).toBe(false);
    expect(merged.ok && keymap(merged.commands).has('main l')).toBe(false);
  });
  it('names every conflict, every unknown command, and keeps Ctrl-C', () => {
    expect(mergeKeys(commands, {filter: ['q'], nonsense: ['y'], 'quit.now': ['Q']})).toEqual({ok: false, errors: [
      {command: 'nonsense', says: 'there is no such command'},
      {command: 'filter', says: 'q already means quit (Quit): give that another key as well, or choose another one here'},
      {command: 'quit.now', says: 'Ctrl-C must stay one of its keys'},
    ]});
  });
  it('lets one key mean different things in different modes', () => {
    expect(mergeKeys(commands, {'ask.yes': ['q'], 'ask.no': ['n']}).ok).toBe(true);
  });
});

const key = (more: Partial<PressedKey> = {}): PressedKey => ({
  upArrow: false, downArrow: false, leftArrow: false, rightArrow: false, pageUp: false, pageDown: false, home: false, end: false, return: false, escape: false, tab: false, backspace: false, delete: false, ctrl: false, shift: false, meta: false, ...more,
});
describe('chords', () => {
  it.each([['j', {}, ['j']], ['jk', {}, ['j', 'k']], ['', {upArrow: true}, ['up']], ['\t', {tab: true, shift: true}, ['shift+tab']], ['c', {ctrl: true}, ['ctrl+c']], ['\x01b', {}, ['b']], ['', {}, []]] as const)('%j', (input, more, expected) => {
    expect(chords(input, key(more))).toEqual(expected);
  });
  it.each([['9', {}, ['esc', '9']], ['R', {shift: true}, ['esc', 'R']], ['\r', {return: true}, ['esc', 'enter']], ['', {tab: true}, ['esc', 'tab']], ['', {escape: true}, ['esc', 'esc']], ['c', {ctrl: true}, ['esc', 'ctrl+c']], ['', {upArrow: true}, ['up']]] as const)('%j %o with Alt is Esc and that key', (input, more, expected) => {
    expect(chords(input, key({...more, meta: true}))).toEqual(expected);
  });
});

describe('chordOf', () => {
  it.each([['G', 'G'], ['Ctrl-N', 'ctrl+n'], ['control+n', 'ctrl+n'], ['PgUp', 'pageup'], ['Shift-Tab', 'shift+tab'], ['shift-right', 'shift+right'], ['space', ' '], ['Escape', 'esc'], ['→', 'right'], ['F13', undefined], ['Ctrl-1', undefined], ['gg', undefined], ['', undefined]] as const)('%s is %s', (text, expected) => {
    expect(chordOf(text)).toBe(expected);
  });
  it('reads back every key as the help writes it', () => {
    for (const {keys} of commands) for (const key of keys) expect(chordOf(chordName(key))).toBe(key);
  });
});

it('docs/KEYS.md is what the table says', () => {
  expect(readFileSync('docs/KEYS.md', 'utf8')).toBe(keysPage(commands as readonly Command[]));
});

describe('detectTheme', () => {
  it.each([
    [{TERM: 'xterm-256color', LANG: 'en_GB.UTF-8'}, {colour: true, attributes: true, unicode: true}],
    [{TERM: 'xterm', LANG: 'C.utf8', NO_COLOR: '1'}, {colour: false, attributes: true, unicode: true}],
    [{TERM: 'xterm', LANG: 'C.UTF-8', NO_COLOR: ''}, {colour: true, attributes: true, unicode: true}],
    [{TERM: 'dumb', LANG: 'C.UTF-8'}, {colour: false, attributes: false, unicode: true}],
    [{TERM: 'xterm', LANG: 'en_GB.UTF-8', LC_ALL: 'C'}, {colour: true, attributes: true, unicode: false}],
    [{}, {colour: true, attributes: true, unicode: false}],
  ])('%j', (env, theme) => {
    expect(detectTheme(env)).toEqual(theme);
  });
});
