/** Splits a line as a POSIX shell (and Python's shlex, which Ansible uses) does: quotes and backslashes, nothing expanded. */
export function words(text: string, options: {readonly comments?: boolean} = {}): string[] | string {
  const found: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote !== undefined) {
      if (c === quote) quote = undefined;
      else if (c === '\\' && quote === '"' && (text[i + 1] === '"' || text[i + 1] === '\\')) word += text[++i]!;
      else word += c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= '';
    } else if (c === '\\' && i + 1 < text.length) {
      word = (word ?? '') + text[++i]!;
    } else if (/\s/.test(c)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else if (c === '#' && options.comments && word === undefined) {
      break;
    } else {
      word = (word ?? '') + c;
    }
  }
  if (quote !== undefined) return `a quote (${quote}) is not closed`;
  if (word !== undefined) found.push(word);
  return found;
}
