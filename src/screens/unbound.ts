/** A key that a dialog has no meaning for, and that was not typed into it: it means what it means elsewhere, as far as that goes. */
import {chordName} from '../keys/keymap.ts';
import {scopeOf, type Control} from './control.ts';

/** In a list of choices, in a plan: by the keys that move the cursor of a table. */
const moves: Readonly<Record<string, string>> = {'cursor.up': 'action.up', 'cursor.down': 'action.down', 'page.up': 'action.page-up', 'page.down': 'action.page-down'};

/** `elsewhere`: the command of that key on a screen. Why nothing was done; undefined: something was. */
export function unbound(control: Control, chord: string, elsewhere: string | undefined): string | undefined {
  const {mode} = control.state;
  if (!isTyping(control)) {
    if (elsewhere === 'help') return control.parts.act(control, 'help');
    const moved = mode.kind === 'action' ? moves[elsewhere ?? ''] : undefined;
    if (moved !== undefined) return control.parts.act(control, moved);
  }
  const help = control.parts.commands.find(({id}) => id === 'help')?.keys[0];
  return `${chordName(chord)} does nothing here${help === undefined || isTyping(control) ? '' : `; ${chordName(help)} shows the keys`}`;
}

/** Where letters are text, ? is one, too. */
function isTyping({state: {mode, flow}}: Control): boolean {
  if (mode.kind !== 'action') return scopeOf(mode) === 'text';
  return flow?.phase === 'params' || (flow?.phase === 'proposal' && flow.proposal.confirmName !== undefined && flow.proposal.refusal === undefined);
}
