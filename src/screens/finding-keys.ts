/** Keys on findings: what one explains is shown and folded, all about one is opened, from wherever the cursor is on it. */
import type {Finding} from '../model/finding.ts';
import {causeId, type Control} from './control.ts';
import {placedIn, rowKey} from './judged.ts';
import type {FindingRow} from './lists/findings.ts';
import {unknownGroup} from './lists/findings.ts';
import {viewKey} from './state.ts';

/** The row of the list of findings under the cursor. */
function rowUnderCursor(control: Control): FindingRow | undefined {
  const {view} = control;
  const list = view.kind === 'list' && view.list === 'findings' ? control.local('findings') : undefined;
  const {index} = control.cursor();
  return list && index >= 0 ? (control.localRows(list).at(index) as FindingRow) : undefined;
}

/** True when there was something to fold or to show. On a symptom, folding goes to what explains it. */
export function folding(control: Control, show: boolean): boolean {
  const row = rowUnderCursor(control);
  if (!row) return false;
  const id = row.kind === 'group' ? unknownGroup : row.finding.id;
  const folds = row.kind === 'group' || row.folds > 0;
  if (folds && row.open !== show) {
    const unfolded = new Set(control.state.unfolded);
    if (show) unfolded.add(id);
    else unfolded.delete(id);
    control.pinCursor();
    control.change({unfolded});
    return true;
  }
  if (show || row.kind === 'group' || row.depth === 0) return false;
  const parent = control.judged?.byId.get(row.finding.id)?.path.at(-1)?.id ?? unknownGroup;
  const {index, top} = control.cursor();
  control.change({cursors: {...control.state.cursors, [viewKey(control.view)]: {id: parent, index, top}}});
  return true;
}

/** The finding that the cursor is on: in a list, on Overview, or the worst of a row. */
export function findingUnderCursor(control: Control): Finding | undefined {
  const {view, judged} = control;
  const {id} = control.cursor();
  switch (view.kind) {
    case 'trace':
    case 'run':
    case 'book':
      return undefined;
    case 'finding':
      return placedIn(judged, view.id)?.finding;
    case 'overview':
      return control.topCauses().find(({finding}) => causeId(finding.id) === id)?.finding;
    case 'list': {
      if (view.list === 'ends' || view.list === 'journal' || view.list === 'runbooks') return undefined;
      if (view.list !== 'events') {
        const row = rowUnderCursor(control);
        return row?.kind === 'finding' ? row.finding : undefined;
      }
      return control.state.events.find((event) => event.id === id)?.finding;
    }
    case 'table':
      return id === undefined ? undefined : judged?.byRow.get(rowKey(view.resource, id))?.[0]?.finding;
    case 'matrix':
      return id === undefined ? undefined : judged?.byRow.get(rowKey('hosts', id))?.[0]?.finding;
    case 'detail':
      if (id?.startsWith('! ')) return judged?.byId.get(id.slice(2))?.finding;
      return judged?.byRow.get(rowKey(view.ref.resource, view.ref.id))?.[0]?.finding;
  }
}

export function aboutFinding(control: Control): string | undefined {
  const finding = findingUnderCursor(control);
  if (!finding) return control.gone()?.note ?? (control.judged ? 'no finding concerns this row' : 'not judged yet');
  if (!placedIn(control.judged, finding.id)) return 'that finding was cleared';
  control.go({kind: 'finding', id: finding.id});
  return undefined;
}

/** On Overview: the cause under the cursor, in the list of findings. */
export function openFinding(control: Control, id: string): boolean {
  const found = control.topCauses().find(({finding}) => causeId(finding.id) === id);
  if (!found) return false;
  control.go({kind: 'list', list: 'findings'});
  control.change({cursors: {...control.state.cursors, [viewKey(control.view)]: {id: found.finding.id, index: 0, top: 0}}});
  return true;
}
