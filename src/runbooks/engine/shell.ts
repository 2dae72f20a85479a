/** Values in scripts: each becomes one quoted word, and only where a quoted word means what it says. Pure. */

/** One word for sh, whatever is in it. */
export const word = (text: string): string => (/^[A-Za-z0-9_.:/@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Where in a script a value stands. `plain`: a quoted word there is one word. */
type Spot = 'plain' | 'quotes' | 'a comment' | 'a here-document' | 'backticks' | '$(( ))' | '${ }';

/**
 * Where each of the `offsets` of a script stands: a small reading of sh that knows quotes, comments, here-documents,
 * backticks and the dollar forms. What it takes for another place than `plain` cannot hold a value.
 */
export function spots(script: string, offsets: readonly number[]): readonly Spot[] {
  const found = new Map<number, Spot>();
  const wanted = new Set(offsets);
  const stack: ('"' | '(' | '((' | '{' | '`')[] = [];
  let single = false;
  let comment = false;
  let heredoc = false;
  const here = (): Spot => {
    if (heredoc) return 'a here-document';
    if (comment) return 'a comment';
    if (single || stack.includes('"')) return 'quotes';
    if (stack.includes('`')) return 'backticks';
    if (stack.includes('((')) return '$(( ))';
    return stack.includes('{') ? '${ }' : 'plain';
  };
  for (let at = 0; at <= script.length; at++) {
    if (wanted.has(at)) found.set(at, here());
    const rest = script.slice(at, at + 3);
    const top = stack.at(-1);
    if (comment) comment = rest[0] !== '\n';
    else if (single) single = rest[0] !== "'";
    else if (rest[0] === '\\') {
      if (wanted.has(at + 1)) found.set(at + 1, 'quotes');
      at += 1;
    } else if (rest[0] === "'" && top !== '"') single = true;
    else if (rest[0] === '"' || rest[0] === '`') {
      if (top === rest[0]) stack.pop();
      else stack.push(rest[0]);
    }
    else if (rest === '$((') stack.push('((');
    else if (rest.startsWith('$(')) stack.push('(');
    else if (rest.startsWith('${')) stack.push('{');
    else if (rest.startsWith('))') && top === '((') stack.pop();
    else if (rest[0] === ')' && top === '(') stack.pop();
    else if (rest[0] === '}' && top === '{') stack.pop();
    else if (rest.startsWith('<<') && top !== '"' && top !== '((') heredoc = true;
    else if (rest[0] === '#' && top !== '"' && top !== '{' && (at === 0 || /[\s;&|()]/.test(script[at - 1] ?? ''))) comment = true;
    if (rest.startsWith('$((')) at += 2;
    else if (rest.startsWith('$(') || rest.startsWith('${') || (rest.startsWith('<<') && heredoc)) at += 1;
  }
  return offsets.map((offset) => found.get(offset) ?? 'quotes');
}
