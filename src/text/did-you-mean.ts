/** Names that were nearly typed. Pure. */

/** The candidate that was probably meant, or undefined. Case is ignored, so are "_" and "-". */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[_-]/g, '');
  const wanted = plain(word.slice(0, 64));
  let best: string | undefined;
  let bestCost = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const cost = distance(wanted, plain(candidate));
    if (cost < bestCost) [best, bestCost] = [candidate, cost];
  }
  return best;
}

// Levenshtein, with a swap of neighbours counted as one: the usual slips of a hand.
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Infinity;
  const rows = [Array.from({length: b.length + 1}, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    const above = rows[i - 1]!;
    for (let j = 1; j <= b.length; j++) {
      let cost = Math.min(above[j]! + 1, next[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, rows[i - 2]![j - 2]! + 1);
      next.push(cost);
    }
    rows.push(next);
  }
  return rows[a.length]![b.length]!;
}
