/**
 * `show bgp l2vpn evpn route` as text, read as it streams in: no string of the whole, no object per route. Per route:
 *
 *   *>i[2]:[0]:[48]:[02:00:ac:11:02:0b]            status in 3 to 5 columns; 10.6+ appends " RD x"
 *                       192.168.0.3              0    100      0 i      next hop and numbers, from column 20 on
 *                       RT:65000:2 ET:8                                  extended communities, if any
 *
 * A further path of the same prefix may leave the prefix out: status, then the next hop where the second line has it.
 */
import {bracket, indent, indentedLine, maxLine, newline, numbersIndent, plainMac, repeatedLine, space} from './route-bytes.ts';
import {bestFlag, validFlag, type RouteColumns} from './route-columns.ts';
import {cutTo, grown, hashOf, Pool} from './route-pool.ts';
import {parsePrefix} from './routes.ts';


/** Per byte of the status columns: what it adds to the flags; 255: no status character. */
const statusOf = new Uint8Array(256).fill(255);
for (const c of ' =SRIVNusdhir') statusOf[c.charCodeAt(0)] = 0;
statusOf[42] = validFlag; // *
statusOf[62] = bestFlag; // >

const last = {none: 0, prefix: 1, attributes: 2, hop: 3} as const; // what the last line was
type Expecting = (typeof last)[keyof typeof last];

export class RouteParser {
  private work = new Uint8Array(65536);
  private left = 0; // bytes of an incomplete line at the start of `work`
  private lastAttributes = -1; // where in `work` the line of the id below starts, -1: nowhere
  private lastAttributesId = 0;
  private lastCommunities = -1;
  private lastCommunitiesId = 0;
  private dropping = false;
  private state: Expecting = last.none;
  private readonly rds = new Pool();
  private readonly attributes = new Pool();
  private readonly communities = new Pool();
  private readonly latin = new TextDecoder();

  private length = 0;
  private types = new Uint8Array(1024);
  private flags = new Uint8Array(1024);
  private rdIds = new Uint32Array(1024);
  private attributeIds = new Uint32Array(1024);
  private communityIds = new Uint32Array(1024);
  private starts = new Uint32Array(1024);
  private ends = new Uint32Array(1024);
  private prefixBytes = new Uint8Array(65536);
  private prefixEnd = 0;
  private counted = 0;

  private rd: number;
  private status = 0;
  private type = 0;
  private start = 0;
  private end = 0;
  private hop: Uint8Array = new Uint8Array(0);
  private skipped = 0;
  private footer: number | undefined;
  private words: string[] = [];

  constructor() {
    const nothing = new Uint8Array(0);
    const hash = hashOf(nothing, 0, 0);
    this.rd = this.rds.intern(nothing, 0, 0, hash);
    this.communities.intern(nothing, 0, 0, hash);
  }

  feed(chunk: Uint8Array): void {
    const size = this.left + chunk.length;
    if (size > this.work.length) this.work = grown(this.work, new Uint8Array(Math.max(size, this.work.length * 2)));
    const b = this.work;
    b.set(chunk, this.left);
    let at = 0;
    while (at < size) {
      let next = this.route(b, at, size);
      if (next < 0) next = this.line(b, at, size);
      if (next < 0) break;
      at = next;
    }
    this.left = size - at;
    if (this.left > maxLine) {
      this.dropping = true;
      this.left = 0;
    } else b.copyWithin(0, at, size);
    // What was remembered by its place in the buffer has moved.
    this.lastAttributes = this.lastCommunities = -1;
  }

  /** What was read. The parser is not to be used afterwards. `words` are the lines that are no table, for a Problem. */
  finish(): {readonly columns: RouteColumns; readonly words: readonly string[]} {
    if (this.left > 0) this.feed(Uint8Array.of(newline));
    // A prefix whose second line never came is no path.
    if (this.state === last.prefix || this.state === last.hop) this.skipped++;
    const cut = (array: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): ArrayBuffer => cutTo(array.buffer, this.length * array.BYTES_PER_ELEMENT);
    return {
      columns: {
        length: this.length,
        prefixes: this.footer ?? this.counted,
        complete: this.footer !== undefined,
        skipped: this.skipped,
        types: cut(this.types),
        flags: cut(this.flags),
        rdIds: cut(this.rdIds),
        attributeIds: cut(this.attributeIds),
        communityIds: cut(this.communityIds),
        prefixStarts: cut(this.starts),
        prefixEnds: cut(this.ends),
        prefixBytes: cutTo(this.prefixBytes.buffer, this.prefixEnd),
        rds: this.rds.buffers(),
        attributes: this.attributes.buffers(),
        communities: this.communities.buffers(),
      },
      words: this.words,
    };
  }

  /**
   * The fast path: a whole plain route of three lines at `s`; returns where the next line starts. -1: not that, or not
   * all there yet; nothing has changed then. Most second and third lines repeat the ones before: compared, not hashed.
   */
  private route(b: Uint8Array, s: number, size: number): number {
    const width = b[s + 3] === bracket ? 3 : b[s + 4] === bracket ? 4 : b[s + 5] === bracket ? 5 : 0;
    if (width === 0 || this.dropping || this.state === last.prefix || this.state === last.hop || s + width + 4 > size) return -1;
    let status = 0;
    for (let i = s; i < s + width; i++) status |= statusOf[b[i]!]!;
    if (status > 3) return -1;
    const from = s + width;
    const type = b[from + 1]! - 48;
    if (type !== 2) return -1;
    const to = plainMac(b, from);
    if (to < 0 || b[to] !== newline) return -1;
    const second = to + 1;
    let secondEnd = repeatedLine(b, second, this.lastAttributes, size);
    const sameAttributes = secondEnd > 0;
    if (!sameAttributes) secondEnd = indentedLine(b, second, size);
    // Not ending in " i": numbers on a line of their own. Ending in a carriage return: not for this path.
    if (secondEnd === 0 || b[secondEnd - 2] !== space || b[secondEnd - 1] === 13) return -1;
    const third = secondEnd + 1;
    let thirdEnd = repeatedLine(b, third, this.lastCommunities, size);
    const sameCommunities = thirdEnd > 0;
    if (!sameCommunities) thirdEnd = indentedLine(b, third, size);
    if (thirdEnd === 0 || b[thirdEnd - 1] === 13) return -1;

    if (!sameAttributes) this.lastAttributesId = this.attributes.intern(b, second + indent, secondEnd, hashOf(b, second + indent, secondEnd));
    if (!sameCommunities) this.lastCommunitiesId = this.communities.intern(b, third + indent, thirdEnd, hashOf(b, third + indent, thirdEnd));
    this.lastAttributes = second;
    this.lastCommunities = third;
    this.keepPrefix(b, from, to, type);
    this.status = status;
    this.commit(this.lastAttributesId);
    this.communityIds[this.length - 1] = this.lastCommunitiesId;
    this.state = last.none;
    return thirdEnd + 1;
  }

  /** Reads the line at `s`; returns where the next one starts, or -1 when this one is not complete. */
  private line(b: Uint8Array, s: number, size: number): number {
    const found = b.indexOf(newline, s);
    if (found < 0 || found >= size) return -1; // beyond `size` lies what an earlier chunk left
    if (this.dropping || found - s > maxLine) {
      this.dropping = false;
      this.skipped++;
      return found + 1;
    }
    const e = found > s && b[found - 1] === 13 ? found - 1 : found;
    if (e > s) this.other(b, s, e);
    return found + 1;
  }

  /** Next hop and numbers. Whole when it ends in " i", " e" or " ?"; else the numbers follow on the next line. */
  private secondLine(b: Uint8Array, from: number, to: number, hash: number): void {
    if (b[to - 2] === space) this.commit(this.attributes.intern(b, from, to, hash));
    else {
      this.hop = b.slice(from, to);
      this.state = last.hop;
    }
  }

  private other(b: Uint8Array, s: number, e: number): void {
    let i = s;
    while (i < e && b[i] === space) i++;
    const spaces = i - s;
    if (this.state === last.hop) {
      if (spaces >= numbersIndent) {
        // The rest of the line starts where the next hop's 16 columns end.
        const joined = new Uint8Array(this.hop.length + 1 + e - s - numbersIndent);
        joined.set(this.hop);
        joined[this.hop.length] = newline;
        joined.set(b.subarray(s + numbersIndent, e), this.hop.length + 1);
        this.commit(this.attributes.intern(joined, 0, joined.length, hashOf(joined, 0, joined.length)));
        return;
      }
      this.commit(this.attributes.intern(this.hop, 0, this.hop.length, hashOf(this.hop, 0, this.hop.length)));
    }
    if (spaces >= indent && spaces < numbersIndent && i < e) {
      // Reached with \r\n only; the header "Extended Community" is met in state none.
      if (this.state === last.prefix) this.secondLine(b, i, e, hashOf(b, i, e));
      else if (this.state === last.attributes) {
        this.communityIds[this.length - 1] = this.communities.intern(b, i, e, hashOf(b, i, e));
        this.state = last.none;
      }
      return;
    }
    const at = this.statusWidth(b, s, e);
    if (at >= 0) {
      if (this.state === last.prefix) this.skipped++;
      if (b[at] === bracket) this.firstLine(b, at, e);
      else if (this.type !== 0) this.secondLine(b, at, e, hashOf(b, at, e));
      return;
    }
    this.prose(b, s, e);
  }

  /** Where the status columns end: at "[" of a prefix, or at the next hop of a further path; -1: no route line. */
  private statusWidth(b: Uint8Array, s: number, e: number): number {
    let status = 0;
    let i = s;
    for (; i < e && i - s < 5; i++) {
      if (b[i] === bracket) break;
      const flag = statusOf[b[i]!]!;
      if (flag > 3) return -1;
      status |= flag;
    }
    if (b[i] !== bracket) {
      if ((status & validFlag) === 0 && b[s] === space && b[s + 1] === space && b[s + 2] === space) return -1;
      while (i < e && b[i] === space) i++;
      if (i - s < indent || i - s > indent + 2 || i >= e) return -1;
    }
    this.status = status;
    return i;
  }

  private firstLine(b: Uint8Array, from: number, e: number): void {
    let to = from;
    // The prefix ends at the last bracket; 10.6 and later name the RD behind it.
    while (to < e && b[to] !== space) to++;
    const digit = b[from + 1]! - 48;
    if (to - from > 200 || (plainMac(b, from) !== to && !wellFormed(this.latin.decode(b.subarray(from, to))))) {
      this.skipped++;
      this.state = last.none;
      this.type = 0;
      return;
    }
    if (e - to > 4 && b[to + 1] === 82 && b[to + 2] === 68 && b[to + 3] === space && this.rd === 0) this.rd = this.rds.intern(b, to + 4, e, hashOf(b, to + 4, e));
    this.keepPrefix(b, from, to, digit);
    this.state = last.prefix;
  }

  private keepPrefix(b: Uint8Array, from: number, to: number, type: number): void {
    let at = this.prefixEnd;
    if (at + to - from + 1 > this.prefixBytes.length) this.prefixBytes = grown(this.prefixBytes, new Uint8Array(this.prefixBytes.length * 2));
    const bytes = this.prefixBytes;
    this.start = at;
    for (let i = from; i < to; i++) bytes[at++] = b[i]!;
    this.end = at;
    bytes[at++] = newline;
    this.prefixEnd = at;
    this.type = type;
    this.counted++;
  }

  private commit(attributes: number): void {
    const i = this.length++;
    if (i >= this.types.length) this.more();
    this.types[i] = this.type;
    this.flags[i] = this.status;
    this.rdIds[i] = this.rd;
    this.attributeIds[i] = attributes;
    this.communityIds[i] = 0;
    this.starts[i] = this.start;
    this.ends[i] = this.end;
    this.state = last.attributes;
  }

  private more(): void {
    const size = this.types.length * 2;
    this.types = grown(this.types, new Uint8Array(size));
    this.flags = grown(this.flags, new Uint8Array(size));
    this.rdIds = grown(this.rdIds, new Uint32Array(size));
    this.attributeIds = grown(this.attributeIds, new Uint32Array(size));
    this.communityIds = grown(this.communityIds, new Uint32Array(size));
    this.starts = grown(this.starts, new Uint32Array(size));
    this.ends = grown(this.ends, new Uint32Array(size));
  }

  /** "Route Distinguisher: …", the footer, headers, and what FRR says instead of a table. */
  private prose(b: Uint8Array, s: number, e: number): void {
    if (this.state === last.prefix) this.skipped++;
    this.state = last.none;
    const text = this.latin.decode(b.subarray(s, Math.min(e, s + 300)));
    const rd = /^Route Distinguisher: (?:(?:ip|as2?|as4) )?(\S{1,60})/.exec(text);
    if (rd) {
      const bytes = new TextEncoder().encode(rd[1]);
      this.rd = this.rds.intern(bytes, 0, bytes.length, hashOf(bytes, 0, bytes.length));
      this.type = 0;
      return;
    }
    const footer = /^(?:Displayed (\d{1,9}) (?:out of \d+ total )?prefixes|No EVPN prefixes |No (?:BGP )?prefixes displayed)/.exec(text);
    if (footer) {
      this.footer = (this.footer ?? 0) + Number(footer[1] ?? 0);
      this.type = 0;
    } else if (this.words.length < 20) this.words.push(text);
  }
}

/** Rows are made from what is kept here, so it must be a prefix, of plain characters. */
const wellFormed = (text: string): boolean => /^[[\]0-9a-fA-F:./]+$/.test(text) && parsePrefix(text) !== undefined;
