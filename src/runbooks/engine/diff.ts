/** Two texts as a unified diff. Pure. */

const context = 3;
const mostLines = 3000; // beyond this the middle is shown as replaced: the search is quadratic

/** Empty when they are the same. `before` undefined: there was no such file. */
export function unifiedDiff(path: string, before: string | undefined, after: string): string {
  if (before === after) return '';
  const [a, b] = [linesOf(before ?? ''), linesOf(after)];
  const edits = editsOf(a, b);
  const hunks: string[] = [];
  for (let at = 0; at < edits.length; ) {
    if (edits[at]!.sign === ' ') {
      at += 1;
      continue;
    }
    const from = Math.max(0, at - context);
    let to = at;
    for (let quiet = 0; to < edits.length && quiet <= 2 * context; to++) quiet = edits[to]!.sign === ' ' ? quiet + 1 : 0;
    while (to > from && edits[to - 1]!.sign === ' ' && edits.slice(to - context - 1, to).every(({sign}) => sign === ' ')) to -= 1;
    const hunk = edits.slice(from, to);
    const start = (sign: '-' | '+'): number => edits.slice(0, from).filter((one) => one.sign === ' ' || one.sign === sign).length;
    const count = (sign: '-' | '+'): number => hunk.filter((one) => one.sign === ' ' || one.sign === sign).length;
    const range = (sign: '-' | '+'): string => `${sign}${count(sign) === 0 ? start(sign) : start(sign) + 1},${count(sign)}`;
    hunks.push(`@@ ${range('-')} ${range('+')} @@`, ...hunk.map(({sign, text}) => `${sign}${text}`));
    at = to;
  }
  return [`--- ${before === undefined ? '/dev/null' : path}`, `+++ ${path}`, ...hunks].join('\n');
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined).map((line, at, all) => (at === all.length - 1 && !text.endsWith('\n') ? `${line}\n\\ No newline at end of file` : line)));

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** Longest common subsequence between what begins and ends alike. */
function editsOf(a: readonly string[], b: readonly string[]): readonly Edit[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const as = (sign: Edit['sign']) => (text: string): Edit => ({sign, text});
  return [...a.slice(0, head).map(as(' ')), ...middle(left, right), ...a.slice(a.length - tail).map(as(' '))];
}

function middle(a: readonly string[], b: readonly string[]): readonly Edit[] {
  const replaced = (): Edit[] => [...a.map((text): Edit => ({sign: '-', text})), ...b.map((text): Edit => ({sign: '+', text}))];
  if (a.length === 0 || b.length === 0 || a.length > mostLines || b.length > mostLines) return replaced();
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      edits.push({sign: ' ', text: a[i]!});
      i += 1;
      j += 1;
    } else if (i < a.length && (j === b.length || common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) edits.push({sign: '-', text: a[i++]!});
    else edits.push({sign: '+', text: b[j++]!});
  }
  return edits;
}
