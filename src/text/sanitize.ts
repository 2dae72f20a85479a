/**
 * Law 5: what a remote machine says is hostile. Every string that comes from outside passes here once, where it
 * enters, so that nothing remote can write an escape sequence, fake a line or reorder text on the operator's terminal.
 */

// ESC-introduced sequences first, so that "\e[31mred" leaves "red" and not "[31mred":
// CSI, OSC/DCS/SOS/PM/APC strings up to their terminator, then two-character escapes.
const sequences = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?/g;
// C0 (but not \n and \t, see below), DEL, C1, bidi controls, zero-width and line/paragraph separators, BOM, tags.
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;
const suspect = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\udb40]/;

/** Multi-line text: keeps \n and \t, drops every other control, escape sequence and invisible direction mark. */
export function sanitizeText(text: string): string {
  return suspect.test(text) ? text.replace(/\r\n?/g, '\n').replace(sequences, '').replace(controls, '') : text;
}

/** One line for a table cell: as sanitizeText, and \n and \t become spaces. `max` bounds its length (an ellipsis marks the cut). */
export function sanitizeLine(text: string, max = 4096): string {
  const clean = sanitizeText(text).replace(/[\n\t]+/g, ' ');
  return clean.length > max ? clean.slice(0, max - 1) + '…' : clean;
}
