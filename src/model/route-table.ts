/** A large EVPN table, columnar so that 100,000 routes cross a thread boundary without a copy and rows are made only when seen. */
import type {EvpnRoute} from './frr.ts';

export interface RouteTable {
  readonly length: number; // paths
  readonly prefixes: number; // as the footer says, or counted
  /** Row `index` of the table, made on demand. Throws RangeError outside 0…length-1. */
  at(index: number): EvpnRoute;
  /** Stable identity of a path: rd + prefix + next hop. */
  idAt(index: number): string;
  /** Indices of the paths that match, in table order. `text` is matched case-insensitively against rd, prefix, next hop, communities. */
  select(filter: {readonly type?: number; readonly vni?: number; readonly rd?: string; readonly mac?: string; readonly text?: string}): Uint32Array;
}
