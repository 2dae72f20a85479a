/** The columns of a route table, as ArrayBuffers that cross a thread boundary without a copy, and the table over them. */
import type {EvpnRoute} from '../../model/frr.ts';
import type {RouteTable} from '../../model/route-table.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {PoolBuffers} from './route-pool.ts';
import {makeRoute, parseAttributes, parseCommunities, parsePrefix, type Attributes, type Communities} from './routes.ts';

export interface RouteColumns {
  readonly length: number; // paths
  readonly prefixes: number; // by the footer, else counted
  readonly complete: boolean; // the footer was seen
  readonly skipped: number; // lines that should be routes and are not
  /** Per path; Uint8: route type, then status flags. Uint32: ids into the pools, place of the prefix. */
  readonly types: ArrayBuffer;
  readonly flags: ArrayBuffer;
  readonly rdIds: ArrayBuffer;
  readonly attributeIds: ArrayBuffer;
  readonly communityIds: ArrayBuffer;
  readonly prefixStarts: ArrayBuffer;
  readonly prefixEnds: ArrayBuffer;
  readonly prefixBytes: ArrayBuffer; // one after another, newline between
  readonly rds: PoolBuffers;
  readonly attributes: PoolBuffers; // second line from the next hop on; "\n" before numbers that had a line of their own
  readonly communities: PoolBuffers;
}
export const validFlag = 1;
export const bestFlag = 2;

export const transferables = (columns: RouteColumns): ArrayBuffer[] => [
  columns.types,
  columns.flags,
  columns.rdIds,
  columns.attributeIds,
  columns.communityIds,
  columns.prefixStarts,
  columns.prefixEnds,
  columns.prefixBytes,
  ...[columns.rds, columns.attributes, columns.communities].flatMap((pool) => [pool.bytes, pool.offsets]),
];

const decoder = new TextDecoder();

/** The distinct strings of a pool are few: all are decoded once, and what is said of one is worked out once. */
function strings(pool: PoolBuffers): readonly string[] {
  const bytes = new Uint8Array(pool.bytes);
  const offsets = new Uint32Array(pool.offsets);
  return Array.from({length: pool.count}, (_, id) => decoder.decode(bytes.subarray(offsets[id], offsets[id + 1])));
}

const unknownAttributes: Attributes = {nextHop: '', metric: undefined, localPref: undefined, weight: undefined, asPath: '', origin: ''};

function attributesOf(text: string): Attributes {
  const [line, numbers] = text.split('\n');
  const parsed = parseAttributes(line!, numbers);
  return parsed ? {...parsed, nextHop: sanitizeLine(parsed.nextHop), asPath: sanitizeLine(parsed.asPath)} : unknownAttributes;
}

/** A RouteTable over the columns: rows are made when they are asked for. */
export function routeTable(columns: RouteColumns): RouteTable {
  const {length} = columns;
  const types = new Uint8Array(columns.types);
  const flags = new Uint8Array(columns.flags);
  const rdIds = new Uint32Array(columns.rdIds);
  const attributeIds = new Uint32Array(columns.attributeIds);
  const communityIds = new Uint32Array(columns.communityIds);
  const starts = new Uint32Array(columns.prefixStarts);
  const ends = new Uint32Array(columns.prefixEnds);
  const prefixBytes = new Uint8Array(columns.prefixBytes);
  const rds = strings(columns.rds).map((rd) => sanitizeLine(rd));
  const attributes = strings(columns.attributes).map(attributesOf);
  const communities = strings(columns.communities).map((text) => sanitizeLine(text).trim());
  const parsedCommunities: (Communities | undefined)[] = [];
  const communitiesOf = (id: number): Communities => (parsedCommunities[id] ??= parseCommunities(communities[id]!));
  /** All prefixes as one lower-case string of one character per byte: made at the first search. */
  let haystack: string | undefined;

  const check = (index: number): void => {
    if (!Number.isInteger(index) || index < 0 || index >= length) throw new RangeError(`route ${index} of ${length}`);
  };
  const prefixAt = (index: number): string => sanitizeLine(decoder.decode(prefixBytes.subarray(starts[index], ends[index])));

  /** Per path 1 where the prefix holds `needle` (lower case). One forward pass of native searches. */
  const prefixesWith = (needle: string): Uint8Array => {
    const found = new Uint8Array(length);
    const all = (haystack ??= Buffer.from(columns.prefixBytes).toString('latin1').toLowerCase());
    let match = -2;
    for (let i = 0; i < length && match !== -1; i++) {
      const start = starts[i]!;
      if (match < start) match = all.indexOf(needle, start);
      if (match !== -1 && match + needle.length <= ends[i]!) found[i] = 1;
    }
    return found;
  };
  /** Per id 1 where the test holds. */
  const marked = (count: number, test: (id: number) => boolean): Uint8Array => Uint8Array.from({length: count}, (_, id) => (test(id) ? 1 : 0));

  return {
    length,
    prefixes: columns.prefixes,
    at(index): EvpnRoute {
      check(index);
      const prefix = prefixAt(index);
      const communityId = communityIds[index]!;
      return makeRoute(
        rds[rdIds[index]!]!,
        prefix,
        parsePrefix(prefix)!, // the parser keeps no other
        attributes[attributeIds[index]!]!,
        communities[communityId]!,
        {valid: (flags[index]! & validFlag) !== 0, best: (flags[index]! & bestFlag) !== 0},
        communitiesOf(communityId),
      );
    },
    idAt(index) {
      check(index);
      return `${rds[rdIds[index]!]!} ${prefixAt(index)} ${attributes[attributeIds[index]!]!.nextHop}`;
    },
    select(filter) {
      const {type, vni, rd, mac, text} = filter;
      const rdOk = rd === undefined ? undefined : marked(rds.length, (id) => rds[id] === rd);
      const vniOk = vni === undefined ? undefined : marked(communities.length, (id) => communitiesOf(id).localParts.includes(vni));
      const macOk = mac === undefined ? undefined : prefixesWith(`[${mac.toLowerCase()}]`);
      const needle = text?.toLowerCase();
      const wanted = needle === undefined || needle === '' ? undefined : needle;
      const textInPrefix = wanted === undefined ? undefined : prefixesWith(wanted);
      const textInRd = wanted === undefined ? undefined : marked(rds.length, (id) => rds[id]!.toLowerCase().includes(wanted));
      const textInHop = wanted === undefined ? undefined : marked(attributes.length, (id) => attributes[id]!.nextHop.toLowerCase().includes(wanted));
      const textInCommunities = wanted === undefined ? undefined : marked(communities.length, (id) => communities[id]!.toLowerCase().includes(wanted));
      const out = new Uint32Array(length);
      let count = 0;
      for (let i = 0; i < length; i++) {
        if (type !== undefined && types[i] !== type) continue;
        if (rdOk && rdOk[rdIds[i]!] === 0) continue;
        if (vniOk && vniOk[communityIds[i]!] === 0) continue;
        if (macOk && (macOk[i] === 0 || types[i] !== 2)) continue;
        if (textInPrefix && textInPrefix[i] === 0 && textInRd![rdIds[i]!] === 0 && textInHop![attributeIds[i]!] === 0 && textInCommunities![communityIds[i]!] === 0) continue;
        out[count++] = i;
      }
      return out.slice(0, count);
    },
  };
}

/** The same table, reduced to some of its rows (ascending indices, as `select` returns them). */
export function narrowed(table: RouteTable, rows: Uint32Array): RouteTable {
  const rowOf = (index: number): number => {
    const row = rows[index];
    if (row === undefined) throw new RangeError(`route ${index} of ${rows.length}`);
    return row;
  };
  let before: string | undefined;
  let prefixes = 0;
  for (const row of rows) {
    const {rd, prefix} = table.at(row);
    if (`${rd} ${prefix}` !== before) prefixes++;
    before = `${rd} ${prefix}`;
  }
  return {
    length: rows.length,
    prefixes,
    at: (index) => table.at(rowOf(index)),
    idAt: (index) => table.idAt(rowOf(index)),
    select: (filter) => {
      const place = new Map<number, number>();
      rows.forEach((row, index) => place.set(row, index));
      return Uint32Array.from([...table.select(filter)].flatMap((row) => place.get(row) ?? []));
    },
  };
}

/** A table over rows that are there already: the small answers that come as JSON. */
export function tableOf(rows: readonly EvpnRoute[]): RouteTable {
  const rowAt = (index: number): EvpnRoute => {
    const row = rows[index];
    if (!row) throw new RangeError(`route ${index} of ${rows.length}`);
    return row;
  };
  return {
    length: rows.length,
    prefixes: new Set(rows.map((row) => `${row.rd} ${row.prefix}`)).size,
    at: rowAt,
    idAt: (index) => `${rowAt(index).rd} ${rowAt(index).prefix} ${rowAt(index).nextHop}`,
    select: ({type, vni, rd, mac, text}) => {
      const needle = text?.toLowerCase() ?? '';
      const matches = (row: EvpnRoute): boolean =>
        (type === undefined || row.type === type) &&
        (rd === undefined || row.rd === rd) &&
        (mac === undefined || row.mac === mac.toLowerCase()) &&
        (vni === undefined || parseCommunities(row.communities).localParts.includes(vni)) &&
        [row.rd, row.prefix, row.nextHop, row.communities].some((field) => field.toLowerCase().includes(needle));
      return Uint32Array.from(rows.flatMap((row, index) => (matches(row) ? [index] : [])));
    },
  };
}
