/** What was derived from a world, kept until it changes. */
import type {SimWorld} from '../world.ts';

interface Kept {
  readonly changes: number;
  readonly beat: number;
  readonly values: Map<string, unknown>;
}
const kept = new WeakMap<SimWorld, Kept>(); // what was derived since the last change of a world

/** A MAC that moves to and fro changes the world by itself, every second. */
const beatOf = (world: SimWorld): number => (world.faults?.some(({name}) => name === 'mac-flapping') ? Math.floor(world.now() / 1000) : 0);

/** `derive()`, once until the world changes. Only for what does not move with time. */
export function keep<T>(world: SimWorld, key: string, derive: () => T): T {
  let store = kept.get(world);
  const beat = beatOf(world);
  if (store?.changes !== world.changes || store.beat !== beat) {
    store = {changes: world.changes, beat, values: new Map()};
    kept.set(world, store);
  }
  if (!store.values.has(key)) store.values.set(key, derive());
  return store.values.get(key) as T;
}
