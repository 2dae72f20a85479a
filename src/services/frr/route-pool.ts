/** Byte strings in one buffer, each kept once: what repeats in a table (RDs, attributes, communities) becomes a number. */

/** As it crosses a thread boundary: string `id` is bytes[offsets[id]] … bytes[offsets[id + 1]]. */
export interface PoolBuffers {
  readonly bytes: ArrayBuffer;
  readonly offsets: ArrayBuffer; // Uint32, count + 1 of them
  readonly count: number;
}

export class Pool {
  private bytes = new Uint8Array(4096);
  private offsets = new Uint32Array(256);
  private slots = new Int32Array(512).fill(-1); // open addressing, id or -1
  private hashes = new Int32Array(256);
  count = 0;

  /** Id of buffer[start…end), which hashes to `hash` (see hashOf). */
  intern(buffer: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const id = this.slots[slot]!;
      if (id < 0) return this.add(buffer, start, end, hash, slot);
      if (this.hashes[id] === hash && this.same(id, buffer, start, end)) return id;
      slot = (slot + 1) & mask;
    }
  }

  private same(id: number, buffer: Uint8Array, start: number, end: number): boolean {
    let at = this.offsets[id]!;
    if (this.offsets[id + 1]! - at !== end - start) return false;
    const bytes = this.bytes;
    for (let i = start; i < end; i++, at++) if (bytes[at] !== buffer[i]) return false;
    return true;
  }

  private add(buffer: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const id = this.count++;
    const at = this.offsets[id]!;
    const after = at + end - start;
    if (after > this.bytes.length) this.bytes = grown(this.bytes, new Uint8Array(Math.max(after, this.bytes.length * 2)));
    for (let i = start, to = at; i < end; i++, to++) this.bytes[to] = buffer[i]!;
    if (id + 2 > this.offsets.length) {
      this.offsets = grown(this.offsets, new Uint32Array(this.offsets.length * 2));
      this.hashes = grown(this.hashes, new Int32Array(this.hashes.length * 2));
    }
    this.offsets[id + 1] = after;
    this.hashes[id] = hash;
    this.slots[slot] = id;
    if (this.count * 2 > this.slots.length) this.rehash();
    return id;
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 4).fill(-1);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = this.hashes[id]! & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.slots = slots;
  }

  /** The buffers, cut to size: the pool is not to be used afterwards. */
  buffers(): PoolBuffers {
    return {
      bytes: cutTo(this.bytes.buffer, this.offsets[this.count]!),
      offsets: cutTo(this.offsets.buffer, (this.count + 1) * 4),
      count: this.count,
    };
  }
}

/** FNV-1a, its high bits folded into the low ones that choose the slot; never negative. */
export function hashOf(buffer: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ buffer[i]!, 0x01000193);
  return (hash ^ (hash >>> 15)) & 0x7fffffff;
}

export function grown<T extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** The first `length` bytes, without a copy where Node can. */
export const cutTo = (buffer: ArrayBuffer, length: number): ArrayBuffer => (buffer as ArrayBuffer & {transfer(length: number): ArrayBuffer}).transfer(length);
