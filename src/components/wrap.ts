/** Text broken into lines between words; a word that is longer than a line is broken where it must. Pure. */
import {widthOf} from '../text/width.ts';

export function wrapWords(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<= )/)) {
    if (widthOf(line) + widthOf(word.trimEnd()) <= width) {
      line += word;
      continue;
    }
    if (line.trim() !== '') lines.push(line.trimEnd());
    const pieces = wrapHard(word, width);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  return [...lines, line.trimEnd()];
}

/** A line of a plan or a run: prose between words, set in under itself; what is sent, which stands further in, as it is. */
export function wrapPlan(line: string, width: number): readonly string[] {
  if (line.startsWith(' '.repeat(planIndent))) return wrapHard(line, width);
  const [first = ''] = wrapWords(line, width);
  const rest = line.slice(first.length).trim();
  const hang = line.startsWith('  ') ? planIndent : 0;
  return rest === '' ? [first] : [first, ...wrapWords(rest, width - hang).map((part) => ' '.repeat(hang) + part)];
}
const planIndent = 7; // of what is sent, and of what a condition says

/** Broken at the width, wherever that is: for commands, which are shown as they are. */
export function wrapHard(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const character of text) {
    const w = widthOf(character);
    if (used + w > width && line !== '') {
      lines.push(line);
      line = '';
      used = 0;
    }
    line += character;
    used += w;
  }
  return [...lines, line];
}
