/** Every command of the console in one table: it feeds the key handler, the footer, the help, the docs and user overrides. */

/** Where a key counts: `main` is any screen, the others are the modes that take the keyboard for themselves. */
export type Scope = 'main' | 'text' | 'sort' | 'form' | 'ask' | 'action' | 'book' | 'leave';

export interface Command {
  readonly id: string;
  readonly title: string;
  readonly keys: readonly string[]; // chords as chord.ts names them
  readonly scope: Scope;
  readonly group: string; // heading in the help
  readonly footer?: string; // short word for the footer; without it the command is only in the help
}

const command = <Id extends string>(id: Id, title: string, keys: readonly string[], scope: Scope, group: string, footer?: string): Command & {readonly id: Id} =>
  ({id, title, keys, scope, group, ...(footer ? {footer} : {})});

export const commands = [
  command('screen.overview', 'Overview: health by layer, topology, what is unknown', ['1'], 'main', 'Screens'),
  command('screen.hosts', 'Hosts', ['2'], 'main', 'Screens'),
  command('screen.wireguard', 'WireGuard peers', ['3'], 'main', 'Screens'),
  command('screen.bgp', 'BGP EVPN: sessions, VNIs, routes, MACs', ['4'], 'main', 'Screens'),
  command('screen.vnets', 'Virtual networks', ['5'], 'main', 'Screens'),
  command('screen.vms', 'Virtual machines', ['6'], 'main', 'Screens'),
  command('screen.nat', 'Virtual router NAT', ['7'], 'main', 'Screens'),
  command('screen.findings', 'Findings: what is wrong and why', ['8'], 'main', 'Screens'),
  command('screen.trace', 'Trace: the way between two ends, hop by hop', ['9'], 'main', 'Screens'),
  command('screen.journal', 'Journal: what was changed from here', ['0'], 'main', 'Screens'),
  command('screen.runbooks', 'Runbooks: set up, extend, back up the fabric step by step', ['R'], 'main', 'Screens'),
  command('screen.next', 'Next screen', ['tab'], 'main', 'Screens'),
  command('screen.previous', 'Previous screen', ['shift+tab'], 'main', 'Screens'),
  command('view.left', 'Previous view of this screen; folds what a finding explains', ['left'], 'main', 'Screens'),
  command('view.right', 'Next view of this screen; shows what a finding explains', ['right'], 'main', 'Screens'),

  command('cursor.up', 'Up', ['up', 'k'], 'main', 'Moving'),
  command('cursor.down', 'Down', ['down', 'j'], 'main', 'Moving'),
  command('page.up', 'Page up', ['pageup', 'ctrl+b'], 'main', 'Moving'),
  command('page.down', 'Page down', ['pagedown', 'ctrl+f'], 'main', 'Moving'),
  command('cursor.first', 'First row', ['g', 'home'], 'main', 'Moving'),
  command('cursor.last', 'Last row', ['G', 'end'], 'main', 'Moving'),
  command('open', 'Open what the cursor is on', ['enter'], 'main', 'Moving', 'open'),
  command('back', 'Back; closes what is open, clears a filter', ['esc'], 'main', 'Moving', 'back'),
  command('about', 'All about the finding that the cursor is on', ['i'], 'main', 'Moving', 'about'),
  command('history.back', 'Back in the history', ['['], 'main', 'Moving'),
  command('history.forward', 'Forward in the history', [']'], 'main', 'Moving'),
  command('palette', 'Go anywhere by name or address; :q quits', [':'], 'main', 'Moving', 'go to'),

  command('filter', 'Filter rows: text or regex, !inverse, column:value', ['/'], 'main', 'Tables', 'filter'),
  command('sort', 'Choose the column to sort by', ['s'], 'main', 'Tables', 'sort'),
  command('sort.reverse', 'Reverse the order', ['S'], 'main', 'Tables'),
  command('wide', 'All columns, or those that fit', ['w'], 'main', 'Tables', 'wide'),
  command('scroll.left', 'The columns before these, where not all fit', ['<', 'shift+left'], 'main', 'Tables'),
  command('scroll.right', 'The columns that did not fit', ['>', 'shift+right'], 'main', 'Tables', 'more columns'),
  command('matrix', 'WireGuard mesh, host by host', ['x'], 'main', 'Tables', 'mesh'),
  command('routes.ask', 'Choose which EVPN routes to read', ['e'], 'main', 'Tables', 'read routes'),

  command('trace', 'Trace from the VM of this row; the other end is chosen next', ['t'], 'main', 'Trace', 'trace'),
  command('trace.turn', 'The same trace from the other end', ['o'], 'main', 'Trace', 'other way'),
  command('trace.evidence', 'What was read at every hop, or only where something is wrong', ['v'], 'main', 'Trace', 'evidence'),
  command('trace.probe', 'Send pings to hold against this trace, after a question', ['P'], 'main', 'Trace', 'ping'),

  command('act', 'What can be done with this row; back to what is under way', ['a'], 'main', 'Changing', 'act'),
  command('remedy', 'Run the remedy of this finding, through the gate', ['f'], 'main', 'Changing', 'fix'),

  command('refresh', 'Read again: the source of this row, or these routes', ['r'], 'main', 'Console', 'refresh'),
  command('refresh.all', 'Read everything again', ['ctrl+r'], 'main', 'Console'),
  command('copy', 'Copy the id of this row, or the value of this line; a command whole (OSC 52)', ['c'], 'main', 'Console', 'copy'),
  command('freeze', 'Freeze the display, or let it go on', ['p'], 'main', 'Console', 'freeze'),
  command('log', 'Commands that were sent, verbatim', ['l'], 'main', 'Console', 'log'),
  command('help', 'This help; over a dialog, at its keys', ['?'], 'main', 'Console', 'help'),
  command('quit', 'Quit (inside a detail or a panel: close it)', ['q'], 'main', 'Console', 'quit'),
  command('quit.now', 'Quit from anywhere', ['ctrl+c'], 'main', 'Console'),

  command('text.keep', 'Keep what is typed; go to the chosen name', ['enter'], 'text', 'While typing', 'keep'),
  command('text.clear', 'Give up what is typed', ['esc'], 'text', 'While typing', 'clear'),
  command('text.erase', 'Erase one character', ['backspace', 'delete'], 'text', 'While typing'),
  command('text.erase-all', 'Erase the line', ['ctrl+u'], 'text', 'While typing'),
  command('text.up', 'Previous completion', ['up', 'shift+tab'], 'text', 'While typing'),
  command('text.down', 'Next completion', ['down', 'tab'], 'text', 'While typing'),

  command('sort.left', 'Column to the left', ['left'], 'sort', 'Choosing the order', 'column'),
  command('sort.right', 'Column to the right', ['right'], 'sort', 'Choosing the order', 'column'),
  command('sort.turn', 'Reverse', ['s', 'S', 'up', 'down'], 'sort', 'Choosing the order', 'reverse'),
  command('sort.none', 'Back to the order in which it was read', ['backspace', 'delete'], 'sort', 'Choosing the order', 'none'),
  command('sort.done', 'Done', ['enter', 'esc'], 'sort', 'Choosing the order', 'done'),

  command('form.up', 'Field above', ['up', 'shift+tab'], 'form', 'Reading routes'),
  command('form.down', 'Field below', ['down', 'tab'], 'form', 'Reading routes', 'next field'),
  command('form.left', 'Previous choice', ['left'], 'form', 'Reading routes', 'choice'),
  command('form.right', 'Next choice', ['right'], 'form', 'Reading routes', 'choice'),
  command('form.erase', 'Erase one character', ['backspace', 'delete'], 'form', 'Reading routes'),
  command('form.read', 'Read', ['enter'], 'form', 'Reading routes', 'read'),
  command('form.close', 'Close', ['esc'], 'form', 'Reading routes', 'close'),

  command('ask.yes', 'Yes: read it, send them', ['y'], 'ask', 'When asked', 'yes'),
  command('ask.no', 'No', ['n', 'esc', 'enter', 'q'], 'ask', 'When asked', 'no'),

  command('action.up', 'Up; as in a table (k) where nothing is typed', ['up', 'shift+tab'], 'action', 'Dialog of a change'),
  command('action.down', 'Down; as in a table (j) where nothing is typed', ['down'], 'action', 'Dialog of a change'),
  command('action.page-up', 'Page up', ['pageup', 'ctrl+b'], 'action', 'Dialog of a change'),
  command('action.page-down', 'Page down', ['pagedown', 'ctrl+f'], 'action', 'Dialog of a change'),
  command('action.accept', 'Choose; take the value; run it when its name was typed (others: y)', ['enter'], 'action', 'Dialog of a change', 'choose'),
  command('action.cancel', 'Close without a change; stop after the present step, a wait at once', ['esc'], 'action', 'Dialog of a change', 'cancel'),
  command('action.erase', 'Erase one character', ['backspace', 'delete'], 'action', 'Dialog of a change'),
  command('action.override', 'Go on although something is not known', ['ctrl+o'], 'action', 'Dialog of a change'),
  command('action.leave', 'Look at something else while it runs', ['tab'], 'action', 'Dialog of a change', 'leave it running'),

  command('book.run', 'Run it step by step; run this step; go on after a stop', ['y'], 'book', 'Runbook', 'run'),
  command('book.all', 'Run all that is left, without a question between the steps', ['a'], 'book', 'Runbook', 'run all'),
  command('book.edit', 'Change the input, fold the step, type what is asked for', ['enter', 'e'], 'book', 'Runbook', 'change'),
  command('book.skip', 'Skip this step, with a reason; again: do not', ['s'], 'book', 'Runbook', 'skip'),
  command('book.stop', 'Stop after the present step; again: after the present command', ['x'], 'book', 'Runbook', 'stop'),
  command('book.undo', 'Undo back to this step (its name is typed)', ['u'], 'book', 'Runbook', 'undo'),
  command('book.report', 'Report; there: write it to a file', ['o', 'w'], 'book', 'Runbook', 'report'),
  command('book.again', 'Plan again; look at the next step again', ['r'], 'book', 'Runbook', 'plan again'),
  command('book.new', 'Begin anew, with a new plan', ['n'], 'book', 'Runbook'),
  command('book.close', 'Leave an open session as it stands: it is not offered again', ['c'], 'book', 'Runbook'),
  command('book.take-over', 'Take over the lock of a console that has ended', ['T'], 'book', 'Runbook'),
  command('book.fold', 'Fold what this step would change', ['left'], 'book', 'Runbook'),
  command('book.unfold', 'Show what this step would change', ['right'], 'book', 'Runbook'),
  command('book.fold-all', 'Fold all steps, or show them', ['v'], 'book', 'Runbook', 'fold'),

  command('leave.after', 'Quit after the present step', ['y'], 'leave', 'Quitting while something runs', 'after this step'),
  command('leave.now', 'Quit now: the run is cut off', ['k'], 'leave', 'Quitting while something runs', 'now'),
  command('leave.no', 'Stay', ['n', 'esc', 'enter', 'q'], 'leave', 'Quitting while something runs', 'stay'),
] as const;

/** Where a key counts, when the heading of its group does not say so. */
export const scopeTitles: Readonly<Record<Scope, string>> = {main: '', text: '', sort: '', form: 'in the form', ask: '', action: '', book: 'in its plan, its run and its report', leave: ''};
