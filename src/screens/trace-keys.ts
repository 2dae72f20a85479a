/** Keys of traces: from the row under the cursor, which direction, how much evidence. */
import type {Control} from './control.ts';
import {objectName} from './objects.ts';
import type {View} from './state.ts';
import {traceColumnsFrom, type TracePart} from './trace-rows.ts';

/** A trace from the VM that the cursor is on or that its row leads to; the other end is chosen next. */
export function traceFromHere(control: Control): string | undefined {
  const {view} = control;
  if (view.kind === 'list' && view.list === 'ends') return 'choose an end with Enter';
  const {id} = control.cursor();
  const gone = control.gone();
  if (gone) return `${gone.what}: nothing was traced`;
  const [name, rowId] = view.kind === 'detail' ? [view.ref.resource, view.ref.id] : view.kind === 'table' ? [view.resource, id] : [undefined, undefined];
  const resource = name && control.resource(name);
  const row = resource && rowId !== undefined ? control.rowFor(resource, rowId) : undefined;
  if (!resource || rowId === undefined || row === undefined) {
    control.go(endsView(undefined));
    return undefined;
  }
  const vm = resource.name === 'vms' ? rowId : resource.relations(row, control.fabric).find((ref) => ref.resource === 'vms')?.id;
  const mac = resource.name === 'macs' && vm === undefined ? rowId.split('/')[1] : undefined;
  const term = vm ?? mac;
  if (term === undefined) return 'a trace begins at a VM, a MAC or an SDNAT mapping; 9 chooses both ends';
  const label = control.fabric.vms.find((one) => String(one.id) === term)?.vm.name;
  control.go(endsView({term, label: label === undefined ? term : `${term} ${label}`}));
  return undefined;
}

const endsView = (from: {readonly term: string; readonly label: string} | undefined): View => ({kind: 'list', list: 'ends', ...(from ? {from} : {})});

/** True when the view is a trace in columns: ← and → choose the direction. */
export function chooseSide(control: Control, side: 'there' | 'back'): boolean {
  if (control.view.kind !== 'trace' || control.state.size.columns < traceColumnsFrom) return false;
  control.change({trace: {...control.state.trace, side}});
  return true;
}

export function turnTrace(control: Control): string | undefined {
  const {view} = control;
  if (view.kind !== 'trace') return 'this turns a trace round: Trace begins one';
  control.go({kind: 'trace', from: view.to, to: view.from, label: view.label.split(' > ').reverse().join(' > ')});
  return undefined;
}

export function turnEvidence(control: Control): string | undefined {
  if (control.view.kind !== 'trace') return 'evidence is shown by traces: Trace begins one';
  const all = control.state.trace.evidence === 'all';
  control.change({trace: {...control.state.trace, evidence: all ? 'broken' : 'all'}});
  control.say(all ? 'what was read, where something is wrong' : 'what was read at every hop', 'muted');
  return undefined;
}

/** The line of a trace, or its half, that the cursor is on. */
export function partUnderCursor(control: Control, id: string): TracePart | undefined {
  const row = control.traceRows()[Number(id)];
  return row && (row.kind === 'whole' ? row.part : row[control.state.trace.side]);
}

/** Enter on a hop: where the console shows it. */
export function openHop(control: Control, id: string): View | string {
  const part = partUnderCursor(control, id);
  if (!part?.row) return 'nothing behind this line; Enter goes to the object of a hop';
  return {kind: 'detail', ref: {...part.row, label: objectName(part.row.resource, part.row.id, control.fabric)}};
}
