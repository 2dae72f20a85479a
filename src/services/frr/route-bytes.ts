/** Bytes and lines of FRR's table of routes, compared where they lie. Pure. */
export const space = 32;
export const newline = 10;
export const bracket = 91;
/** Longer lines are not FRR's: dropped. */
export const maxLine = 8192;
export const indent = 20;
export const numbersIndent = 36;

/** Where "[2]:[0]:[48]:[mac]" or "[2]:[0]:[48]:[mac]:[32]:[ipv4]" ends that starts at `from`; -1: it is something else. */
export function plainMac(b: Uint8Array, from: number): number {
  for (let i = 0; i < plain.length; i++) if (b[from + i] !== plain[i]) return -1;
  let at = from + plain.length;
  for (let i = 0; i < 17; i++) {
    const c = b[at + i]!;
    if (i % 3 === 2 ? c !== 58 : !((c >= 48 && c <= 57) || (c >= 97 && c <= 102))) return -1;
  }
  at += 17;
  if (b[at] !== 93) return -1;
  at++;
  if (b[at] !== 58) return at;
  for (let i = 0; i < plainIp.length; i++) if (b[at + i] !== plainIp[i]) return -1;
  at += plainIp.length;
  const end = at + 16;
  while (at < end && (b[at] === 46 || (b[at]! >= 48 && b[at]! <= 57))) at++;
  return b[at] === 93 ? at + 1 : -1;
}
const plain = new TextEncoder().encode('[2]:[0]:[48]:[');
const plainIp = new TextEncoder().encode(':[32]:[');

/** The end (its newline) of the line at `at` when it equals the line at `before`; else 0. */
export function repeatedLine(b: Uint8Array, at: number, before: number, size: number): number {
  if (before < 0) return 0;
  let i = at;
  let c = b[i]!;
  while (c === b[before++]!) {
    if (c === newline) return i < size ? i : 0;
    c = b[++i]!;
  }
  return 0;
}

/** The end (its newline) of the line at `at` when it is indented by exactly 20 and complete; else 0. */
export function indentedLine(b: Uint8Array, at: number, size: number): number {
  let i = at;
  const text = at + indent;
  if (text >= size) return 0;
  while (i < text) if (b[i++] !== space) return 0;
  if (b[i] === space || b[i] === newline) return 0;
  while (b[i] !== newline) if (++i >= size) return 0;
  return i - text > maxLine ? 0 : i;
}
