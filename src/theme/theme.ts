/** Colours and glyphs by meaning. Colour is never the only carrier: every tone has a glyph as well. */
import type {Tone} from '../model/tone.ts';
import {widthOf} from '../text/width.ts';

export interface Theme {
  readonly colour: boolean;
  readonly attributes: boolean; // bold, dim, inverse: not on a dumb terminal
  readonly unicode: boolean;
}

/** NO_COLOR takes colours away, TERM=dumb all escape sequences, a locale that is not UTF-8 every glyph outside ASCII. */
export function detectTheme(env: Readonly<Record<string, string | undefined>>): Theme {
  const dumb = env.TERM === 'dumb';
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return {colour: !dumb && !env.NO_COLOR, attributes: !dumb, unicode: /utf-?8/i.test(locale)};
}

const glyphs: Readonly<Record<Tone, string>> = {ok: '●', warn: '▲', bad: '✗', unknown: '?', stale: '◌', muted: '·', plain: ' ', accent: '◆'};
const plainGlyphs: Readonly<Record<Tone, string>> = {ok: '+', warn: '!', bad: 'x', unknown: '?', stale: '~', muted: '.', plain: ' ', accent: '*'};
export const glyph = (theme: Theme, tone: Tone): string => (theme.unicode ? glyphs : plainGlyphs)[tone];

const colours: Readonly<Record<Tone, readonly [string, string] | undefined>> = {
  ok: ['\x1b[32m', '\x1b[39m'], warn: ['\x1b[33m', '\x1b[39m'], bad: ['\x1b[91m', '\x1b[39m'], unknown: ['\x1b[35m', '\x1b[39m'],
  stale: ['\x1b[2m', '\x1b[22m'], muted: ['\x1b[2m', '\x1b[22m'], plain: undefined, accent: ['\x1b[36m', '\x1b[39m'],
};
const dims = (tone: Tone): boolean => tone === 'stale' || tone === 'muted';

export function paint(theme: Theme, text: string, tone: Tone): string {
  const codes = colours[tone];
  if (!codes || text === '' || !(dims(tone) ? theme.attributes : theme.colour)) return text;
  return codes[0] + text + codes[1];
}
export const bold = (theme: Theme, text: string): string => (theme.attributes ? `\x1b[1m${text}\x1b[22m` : text);
export const inverse = (theme: Theme, text: string): string => (theme.attributes ? `\x1b[7m${text}\x1b[27m` : text);

const ascii: Readonly<Record<string, string>> = {
  '…': '~', '●': '+', '▲': '!', '✗': 'x', '◌': '~', '·': '.', '◆': '*', '▸': '>', '│': '|', '─': '-', '├': '+', '└': '`', '┌': '+', '←': '<', '→': '>', '↑': '^', '↓': 'v', '›': '>', '‹': '<', '×': 'x', '–': '-', '█': '_',
};

/** What the terminal could not show becomes ASCII, column for column: a wide character becomes "??". */
export function forTerminal(theme: Theme, line: string): string {
  if (theme.unicode || /^[\x1b\x20-\x7e]*$/.test(line)) return line;
  return line.replace(/[^\x1b\x20-\x7e]/gu, (character) => ascii[character] ?? '?'.repeat(widthOf(character)));
}
