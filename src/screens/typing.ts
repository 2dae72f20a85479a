/** Characters that are text: for the filter, the palette and the fields of the routes form. */
import {typeFlow} from './action/keys.ts';
import type {Control} from './control.ts';
import {editPrompt} from './runbook/prompt.ts';
import {formFields, setField} from './routes-form.ts';

/** True when the chord was taken as text. */
export function typeText(control: Control, chord: string): boolean {
  const {mode} = control.state;
  const isText = [...chord].length === 1;
  switch (mode.kind) {
    case 'filter':
      if (isText) setFilter(control, control.table(mode.resource).filter + chord);
      return isText;
    case 'palette':
      if (isText) control.change({mode: {...mode, text: mode.text + chord, chosen: 0}});
      return isText;
    case 'form': {
      const field = formFields[mode.field];
      if (!isText || (field !== 'vni' && field !== 'rd')) return false;
      if (field === 'vni' && !/\d/.test(chord)) return false;
      setField(control, field, control.state.form[field] + chord);
      return true;
    }
    case 'prompt':
      if (isText) editPrompt(control, mode, mode.text + chord);
      return isText;
    case 'action':
      return isText && typeFlow(control, chord);
    case 'main':
    case 'panel':
    case 'sort':
    case 'ask':
    case 'leave':
    case 'probe':
      return false;
  }
}

/** Erases one character, or all. */
export function erase(control: Control, all: boolean): void {
  const {mode, form} = control.state;
  const shorter = (text: string): string => (all ? '' : [...text].slice(0, -1).join(''));
  if (mode.kind === 'filter') setFilter(control, shorter(control.table(mode.resource).filter));
  if (mode.kind === 'palette') control.change({mode: {...mode, text: shorter(mode.text), chosen: 0}});
  if (mode.kind === 'prompt') editPrompt(control, mode, shorter(mode.text));
  const field = mode.kind === 'form' ? formFields[mode.field] : undefined;
  if (field === 'vni' || field === 'rd') setField(control, field, shorter(form[field]));
}

/** Live: the cursor stays on its object while it is among the rows, else it goes to the first. */
function setFilter(control: Control, filter: string): void {
  const {mode} = control.state;
  if (mode.kind !== 'filter') return;
  control.pinCursor();
  control.setTable(mode.resource, {filter});
  if (control.cursor().gone !== undefined) control.moveCursor(-Infinity);
}
