/** The panels over a screen, as lines: help and the command log. Pure. */
import {chordName} from '../keys/keymap.ts';
import {scopeTitles, type Command} from '../keys/commands.ts';
import {clock} from '../text/age.ts';
import {cut} from '../text/width.ts';
import {bold, paint, type Theme} from '../theme/theme.ts';
import {fit} from '../components/table/lines.ts';
import type {SentCommand} from '../fabric/source.ts';
import type {Control} from './control.ts';

const plain: Theme = {colour: false, attributes: false, unicode: true};

export function panelLength(control: Control, panel: 'help' | 'log'): number {
  return panel === 'help' ? helpLines(control.parts.commands, 80, plain).length : Math.max(1, control.parts.source.commandLog().length);
}

/** Every command with its keys, by group. */
export function helpLines(commands: readonly Command[], width: number, theme: Theme): readonly string[] {
  const lines: string[] = [];
  for (const [group, members] of Map.groupBy(commands, (command) => command.group)) {
    if (lines.length > 0) lines.push('');
    const scope = members[0]?.scope ?? 'main';
    lines.push(bold(theme, cut(` ${group}${scope === 'main' ? '' : ` (while ${scopeTitles[scope]})`}`, width)));
    for (const command of members) {
      const keys = fit(command.keys.map(chordName).join(' ') || 'no key', 18);
      lines.push(`  ${paint(theme, keys, 'accent')} ${cut(command.title, width - 22)}`);
    }
  }
  return lines;
}

/** What was sent, verbatim, oldest first. */
export function logLines(log: readonly SentCommand[], top: number, height: number, width: number, theme: Theme): readonly string[] {
  if (log.length === 0) return [paint(theme, ' nothing was sent yet', 'muted')];
  return log.slice(top, top + height).map((sent) => {
    const result = fit(`${sent.result}, ${sent.tookMs} ms`, Math.min(34, Math.floor(width / 3)));
    const tone = sent.result.startsWith('ok') ? 'muted' : 'warn';
    const command = sent.command.replace(/\s*\n\s*/g, ' ; ');
    return ` ${paint(theme, clock(sent.at), 'muted')} ${fit(sent.source, 12)} ${fit(command, Math.max(10, width - 25 - Math.min(34, Math.floor(width / 3))))} ${paint(theme, result, tone)}`;
  });
}
