/** Cutting text to terminal columns. Pure; a cheap path for ASCII, which nearly everything is. */
import stringWidth from 'string-width';

const ascii = /^[\x20-\x7e]*$/;

export const widthOf = (text: string): number => (ascii.test(text) ? text.length : stringWidth(text));

/** At most `width` columns; an ellipsis marks the cut. */
export function cut(text: string, width: number): string {
  if (width <= 0) return '';
  if (ascii.test(text)) return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
  if (stringWidth(text) <= width) return text;
  let used = 0;
  let result = '';
  for (const {segment} of new Intl.Segmenter().segment(text)) {
    const w = stringWidth(segment);
    if (used + w > width - 1) break;
    used += w;
    result += segment;
  }
  return `${result}…`;
}
