/** Remembers the last result while the arguments stay the same: identities, one and two levels into plain arrays and objects. */

export function memoize<A extends readonly unknown[], R>(make: (...args: A) => R): (...args: A) => R {
  let last: {args: A; result: R} | undefined;
  return (...args) => {
    if (!last || !args.every((arg, i) => same(arg, last?.args[i], 3))) last = {args, result: make(...args)};
    return last.result;
  };
}

function same(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true;
  if (depth === 0 || typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  // Only containers made afresh at each call are looked into; observations and specs are compared by identity.
  const plain = Array.isArray(a) || 'readings' in a || depth === 1;
  if (!plain) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], depth - 1));
}
