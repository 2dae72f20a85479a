/** Panels come over a screen or a dialog, and give way to what was there before. */
import {scopeOf, type Control} from './control.ts';
import {helpLines, panelLength} from './panels.ts';
import {bodyHeight, type Mode} from './state.ts';

/** A dialog goes on where it was; anything else is the screen. */
const under = (mode: Mode): Mode => (mode.kind === 'panel' ? (mode.under ?? {kind: 'main'}) : mode);

export function togglePanel(control: Control, name: 'help' | 'log'): void {
  const {mode, size} = control.state;
  if (mode.kind === 'panel' && mode.panel === name) return closePanel(control);
  const last = Math.max(0, panelLength(control, name) - bodyHeight(size));
  control.change({mode: {kind: 'panel', panel: name, top: Math.min(last, name === 'log' ? last : ownKeys(control, under(mode))), under: under(mode)}});
}

export function closePanel(control: Control): void {
  control.change({mode: under(control.state.mode)});
}

/** Where the help has the keys of a dialog. */
function ownKeys({parts, state: {size}}: Control, mode: Mode): number {
  const scope = scopeOf(mode);
  const group = parts.commands.find((command) => command.scope === scope)?.group;
  return scope === 'main' ? 0 : Math.max(0, helpLines(parts.commands, size.columns, {colour: false, attributes: false, unicode: true}).findIndex((line) => line === ` ${group}` || line.startsWith(` ${group} (`)));
}
