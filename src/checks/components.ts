/** Strongly connected components (Tarjan), without recursion: a fabric may have tens of thousands of findings. */

/** `edges[i]`: the nodes that i points to. Every node is in one component. */
export function components(edges: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const index = new Int32Array(edges.length).fill(-1);
  const low = new Int32Array(edges.length);
  const onStack = new Uint8Array(edges.length);
  const next = new Int32Array(edges.length); // which edge of a node is looked at next
  const stack: number[] = [];
  const found: number[][] = [];
  let counter = 0;
  const enter = (i: number): void => {
    index[i] = low[i] = counter++;
    onStack[i] = 1;
    stack.push(i);
  };
  for (let start = 0; start < edges.length; start++) {
    if (index[start] !== -1) continue;
    enter(start);
    const path = [start];
    while (path.length > 0) {
      const i = path[path.length - 1]!;
      const to = edges[i]![next[i]!++];
      if (to === undefined) {
        path.pop();
        const parent = path[path.length - 1];
        if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[i]!);
        if (low[i] === index[i]) found.push(unwind(stack, onStack, i));
      } else if (index[to] === -1) {
        enter(to);
        path.push(to);
      } else if (onStack[to] === 1) low[i] = Math.min(low[i]!, index[to]!);
    }
  }
  return found;
}

function unwind(stack: number[], onStack: Uint8Array, root: number): number[] {
  const members: number[] = [];
  for (;;) {
    const member = stack.pop()!;
    onStack[member] = 0;
    members.push(member);
    if (member === root) return members;
  }
}
