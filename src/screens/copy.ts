/** What `c` copies: the id of a row, the value of a line; and how a terminal is told to take it. */
import type {Control} from './control.ts';
import type {DetailItem} from './detail-items.ts';
import {partUnderCursor} from './trace-keys.ts';

/**
 * OSC 52: the terminal puts it on its clipboard, also over ssh. Inside tmux both forms are sent: tmux takes the plain one
 * with `set-clipboard on`, and lets the wrapped one through to the terminal with `allow-passthrough on`.
 */
export function osc52(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const plain = `\x1b]52;c;${Buffer.from(text, 'utf8').toString('base64')}\x07`;
  return env['TMUX'] ? `${plain}\x1bPtmux;${plain.replaceAll('\x1b', '\x1b\x1b')}\x1b\\` : plain;
}

const longest = 60; // of what was copied, in the sentence about it

export function copyHere(control: Control): string | undefined {
  const found = valueHere(control);
  if (found === undefined) return 'there is nothing here to copy';
  if (!control.parts.copy) return 'this terminal takes no copies';
  control.parts.copy(found);
  const [first = '', ...more] = found.split('\n');
  const lines = more.length === 0 ? '' : `, ${more.length + 1} lines`;
  control.say(`copied${lines} (as far as the terminal takes it): ${first.length > longest || more.length > 0 ? `${first.slice(0, longest - 1)}…` : first}`, 'accent');
  return undefined;
}

/** Undefined: there is nothing under the cursor. */
export function valueHere(control: Control): string | undefined {
  const {view} = control;
  const {id} = control.cursor();
  if (id === undefined) return undefined;
  const line = (items: readonly DetailItem[] | undefined): string | undefined => {
    const item = items?.find((one) => one.id === id);
    return item && valueOf(item);
  };
  switch (view.kind) {
    case 'overview':
      return control.topCauses().find(({finding}) => id.endsWith(` ${finding.id}`))?.finding.id ?? control.health().find((layer) => layer.id === id)?.summary;
    case 'detail':
      return line(control.detail(view.ref));
    case 'finding':
      return line(control.findingDetail(view.id));
    case 'run':
      return line(control.runDetail(view.id));
    case 'trace':
      return partUnderCursor(control, id)?.spans.map(({text}) => text).join('').trim() || undefined;
    case 'table':
    case 'matrix':
    case 'list':
      return id;
    default:
      return undefined;
  }
}

function valueOf(item: DetailItem): string {
  switch (item.kind) {
    case 'title':
      return item.title;
    case 'line':
      return item.value.text;
    case 'text':
      return item.whole ?? item.text.trim();
    case 'relation':
      return item.view.kind === 'detail' ? item.view.ref.id : item.view.kind === 'finding' ? item.view.id : item.label;
  }
}
