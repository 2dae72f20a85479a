import {useSyncExternalStore} from 'react';
import type {Store} from './store.ts';

/** The selected part of a store. `select` must return the same object while nothing that it looks at has changed. */
export function useStore<T, S>(store: Store<T>, select: (value: T) => S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
