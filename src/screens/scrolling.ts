/** Sideways: through the columns of a table that does not fit, and through the hosts of a mesh. */
import {meshRoom} from '../components/matrix.ts';
import type {Control} from './control.ts';

/** `pages`: of the columns, as the frame last had them. */
export function scrollColumns(control: Control, by: 1 | -1): string | undefined {
  if (control.view.kind === 'matrix') return scrollMesh(control, by) ? undefined : by > 0 ? 'these are the last hosts' : 'these are the first hosts';
  const {listName} = control;
  if (listName === undefined) return 'only tables have more columns';
  const pages = control.columnPages.get(listName) ?? 1;
  if (pages < 2) return 'all columns are shown';
  const page = (control.table(listName).page ?? 0) + by;
  if (page < 0) return 'these are the first columns';
  if (page >= pages) return 'these are the last columns';
  control.setTable(listName, {page});
  return undefined;
}

/** False: there is nothing on that side. */
export function scrollMesh(control: Control, by: 1 | -1): boolean {
  if (control.view.kind !== 'matrix') return false;
  const {last} = meshRoom(control.mesh(), control.state.size.columns);
  const from = Math.min(control.state.firstHost, last);
  const to = Math.max(0, Math.min(last, from + by));
  if (to === from) return false;
  control.change({firstHost: to});
  return true;
}
