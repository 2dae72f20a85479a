/** Places in a YAML file, for errors that say where. Pure. */
import {isMap, isNode, isScalar, type Document} from 'yaml';

/** Where the value (or the key) of `path` begins in the text; the nearest parent if the path leads nowhere. */
export function offsetOf(document: Document, path: readonly (string | number)[], atKey: boolean): number | undefined {
  const last = path.at(-1);
  if (atKey && last !== undefined) {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(last)) : undefined;
    if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0];
  }
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}
