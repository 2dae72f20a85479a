/** The panels over a screen, as lines: help and the command log. Pure. */
import {chordName} from '../keys/keymap.ts';
import {scopeTitles, type Command} from '../keys/commands.ts';
import {clock} from '../text/age.ts';
import {cut, widthOf} from '../text/width.ts';
import {bold, paint, type Theme} from '../theme/theme.ts';
import {fit} from '../components/table/lines.ts';
import {wrapHard, wrapWords} from '../components/wrap.ts';
import type {SentCommand} from '../fabric/source.ts';
import type {Control} from './control.ts';

const plain: Theme = {colour: false, attributes: false, unicode: true};

export function panelLength(control: Control, panel: 'help' | 'log'): number {
  return (panel === 'help' ? helpLines(control.parts.commands, control.state.size.columns, plain) : logLines(control.parts.source.commandLog(), control.state.size.columns, plain)).length;
}

const keysWidth = 18;

/** Every command with its keys, by group. */
export function helpLines(commands: readonly Command[], width: number, theme: Theme): readonly string[] {
  const lines: string[] = [];
  for (const [group, members] of Map.groupBy(commands, (command) => command.group)) {
    if (lines.length > 0) lines.push('');
    const scope = members[0]?.scope ?? 'main';
    lines.push(bold(theme, cut(` ${group}${scopeTitles[scope] === '' ? '' : ` (${scopeTitles[scope]})`}`, width)));
    for (const command of members) {
      const keys = fit(command.keys.map(chordName).join(' ') || 'no key', keysWidth);
      const [first = '', ...rest] = wrapWords(command.title, width - keysWidth - 4);
      lines.push(`  ${paint(theme, keys, 'accent')} ${first}`, ...rest.map((line) => `${' '.repeat(keysWidth + 5)}${line}`));
    }
  }
  return lines;
}

/** What was sent, verbatim and whole, oldest first: a line about it, then its text, wrapped. */
export function logLines(log: readonly SentCommand[], width: number, theme: Theme, written: ReadonlySet<string> = new Set()): readonly string[] {
  if (log.length === 0) return [paint(theme, ' nothing was sent yet', 'muted')];
  return log.flatMap((sent) => [
    ` ${paint(theme, clock(sent.at), 'muted')} ${bold(theme, sent.source)}  ${written.has(sent.command) ? paint(theme, 'CHANGE ', 'warn') : ''}${paint(theme, cut(`${sent.result}, ${sent.tookMs} ms`, Math.max(0, width - widthOf(sent.source) - 13 - (written.has(sent.command) ? 7 : 0))), sent.result.startsWith('ok') ? 'muted' : 'plain')}`,
    ...sent.command.split('\n').flatMap((line) => wrapHard(line.replaceAll('\t', '  '), width - 4)).map((line) => `   ${line}`),
  ]);
}
