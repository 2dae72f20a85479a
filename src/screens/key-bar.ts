/** The keys that count now, each with a word: only those that would do something here. Pure. */
import type {Command} from '../keys/commands.ts';
import {chordName} from '../keys/keymap.ts';
import {widthOf} from '../text/width.ts';
import {bold, paint, type Theme} from '../theme/theme.ts';
import {stopsAtOnce, type Flow} from './action/flow.ts';
import {scopeOf, type Control} from './control.ts';
import {valueHere} from './copy.ts';
import {findingUnderCursor} from './finding-keys.ts';
import {formFields} from './routes-form.ts';
import {usableInRoom} from './runbook/keys.ts';
import {partUnderCursor} from './trace-keys.ts';

/** What belongs to the row and to the view comes before what is everywhere: a narrow bar ends early. */
const order = [
  'open', 'about', 'remedy', 'act', 'trace', 'trace.probe', 'trace.turn', 'trace.evidence', 'matrix', 'routes.ask',
  'back', 'filter', 'sort', 'scroll.right', 'palette', 'wide', 'refresh', 'copy', 'freeze', 'log',
];
const placeOf = ({id}: Command): number => (order.includes(id) ? order.indexOf(id) : order.length);
/** The way to all other keys, and the way out, are always there. */
const always = (id: string): boolean => id === 'help' || id === 'quit';

export function keyBar(control: Control, commands: readonly Command[], theme: Theme): string {
  const words: {id: string; key: string; word: string}[] = [];
  for (const command of commands.toSorted((a, b) => placeOf(a) - placeOf(b))) {
    const {id, keys: [key]} = command;
    const word = key === undefined ? undefined : wordOf(control, command);
    if (key === undefined || word === undefined) continue;
    const before = words.at(-1);
    if (before?.word === word) before.key += chordName(key); // "←→ column"
    else words.push({id, key: chordName(key), word});
  }
  const last = words.filter(({id}) => always(id));
  let room = control.state.size.columns - 1 - last.reduce((sum, word) => sum + hintLength(word), 0);
  const first = words.filter((word) => !last.includes(word) && (room -= hintLength(word)) >= 0);
  return ` ${[...first, ...last].map(({key, word}) => `${bold(theme, key)} ${paint(theme, word, 'muted')}`).join('  ')}`;
}
const hintLength = ({key, word}: {readonly key: string; readonly word: string}): number => widthOf(key) + widthOf(word) + 3;

/** Undefined: it does nothing here, or is only in the help. */
function wordOf(control: Control, {id, scope, footer}: Command): string | undefined {
  const {view, state: {mode, flow, books}} = control;
  if (mode.kind === 'panel') return panelWords[id];
  if (mode.kind === 'main' && view.kind === 'book') {
    if (scope === 'book') return footer !== undefined && usableInRoom(id, books.desks[view.name], view.room) ? footer : undefined;
    return id === 'back' || always(id) ? footer : undefined;
  }
  if (scope !== scopeOf(mode)) return undefined;
  if (mode.kind === 'palette') return paletteWords[id];
  if (mode.kind === 'action') return flow && flowWord(id, flow);
  if (mode.kind === 'form' && (id === 'form.left' || id === 'form.right')) return ['host', 'type'].includes(formFields[mode.field] ?? '') ? footer : undefined;
  return footer !== undefined && (scope !== 'main' || usable(control, id)) ? footer : undefined;
}

const panelWords: Readonly<Record<string, string>> = {'cursor.up': 'scroll', 'cursor.down': 'scroll', back: 'close', help: 'help', log: 'log'};
const paletteWords: Readonly<Record<string, string>> = {'text.keep': 'go there', 'text.clear': 'close', 'text.up': 'choose', 'text.down': 'choose'};

function flowWord(id: string, flow: Flow): string | undefined {
  switch (id) {
    case 'action.accept':
      if (flow.phase === 'menu') return flow.items.length > 0 ? 'choose' : undefined;
      if (flow.phase === 'params') return 'take it';
      if (flow.phase === 'proposal') return flow.proposal.confirmName === undefined || flow.proposal.refusal !== undefined ? undefined : 'run it';
      return flow.phase === 'done' ? 'close' : undefined;
    case 'action.cancel':
      return flow.phase === 'running' ? (stopsAtOnce(flow) ? 'stop' : 'stop after this step') : flow.phase === 'done' ? undefined : flow.phase === 'preparing' ? 'give up' : 'back';
    case 'action.leave':
      return flow.phase === 'running' ? 'leave it running' : undefined;
    default:
      return undefined;
  }
}

/** Whether a command of any screen does something on this one. */
function usable(control: Control, id: string): boolean {
  const {view, listName, state, parts} = control;
  const some = (): boolean => (control.tableRows()?.total ?? 0) > 0;
  switch (id) {
    case 'open':
      return opens(control);
    case 'back':
      return state.at > 0 || control.reading !== undefined || (listName !== undefined && control.table(listName).filter !== '');
    case 'about':
      return view.kind !== 'finding' && findingUnderCursor(control) !== undefined;
    case 'remedy': {
      const action = findingUnderCursor(control)?.remedy?.action;
      return action !== undefined && parts.changes?.gate.find(action.id) !== undefined;
    }
    case 'act':
      return parts.changes !== undefined && (view.kind === 'detail' || view.kind === 'run' || ((view.kind === 'table' || view.kind === 'matrix' || (view.kind === 'list' && view.list === 'journal')) && control.cursor().id !== undefined));
    case 'trace': {
      const name = view.kind === 'detail' ? view.ref.resource : view.kind === 'table' && control.cursor().id !== undefined ? view.resource : undefined;
      return name === 'vms' || name === 'macs' || name === 'nat';
    }
    case 'trace.probe':
      return view.kind === 'trace' && parts.probing !== undefined;
    case 'trace.turn':
    case 'trace.evidence':
      return view.kind === 'trace';
    case 'matrix':
      return view.kind === 'matrix' || (view.kind === 'table' && view.resource === 'wg');
    case 'routes.ask':
      return view.kind === 'table' && view.resource === 'routes';
    case 'filter':
    case 'sort':
      return some();
    case 'wide':
      return some() && (state.wide || pagesOf(control) > 1);
    case 'scroll.right':
      return some() && listName !== undefined && (control.table(listName).page ?? 0) < pagesOf(control) - 1;
    case 'copy':
      return parts.copy !== undefined && valueHere(control) !== undefined;
    default:
      return true;
  }
}

const pagesOf = ({listName, columnPages}: Control): number => (listName === undefined ? 1 : (columnPages.get(listName) ?? 1));

function opens(control: Control): boolean {
  const {view, state} = control;
  if (view.kind === 'table' && view.resource === 'routes' && state.routes.phase !== 'read') return true;
  const {id} = control.cursor();
  if (id === undefined || view.kind === 'run') return false;
  if (view.kind === 'trace') return partUnderCursor(control, id)?.row !== undefined;
  const items = view.kind === 'detail' ? control.detail(view.ref) : view.kind === 'finding' ? control.findingDetail(view.id) : undefined;
  return items === undefined || items.find((item) => item.id === id)?.kind === 'relation';
}
