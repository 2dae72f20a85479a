/** Longest prefix match over addresses of both families, as text. Pure. */

/** "192.168.0.0/24", "192.168.0.3", "fd00::/64" → its bytes and length; undefined: no address. */
export interface Prefix {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parse6(text) : parse4(text);
}

export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (!bytes) return undefined;
  const bits = slash === -1 ? bytes.length * 8 : Number(text.slice(slash + 1));
  return Number.isInteger(bits) && bits >= 0 && bits <= bytes.length * 8 ? {bytes, bits} : undefined;
}

export function covers({bytes, bits}: Prefix, address: Uint8Array): boolean {
  if (bytes.length !== address.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (bytes[i] !== address[i]) return false;
  const rest = bits & 7;
  return rest === 0 || ((bytes[whole] as number) ^ (address[whole] as number)) >> (8 - rest) === 0;
}

/** Prefixes with a value each; of equal ones the first counts. Single addresses are found at once. */
export class PrefixTable<T> {
  private readonly hosts = new Map<string, T>();
  private readonly asked = new Map<string, {readonly value: T | undefined}>();
  private readonly nets: {readonly prefix: Prefix; readonly value: T}[] = [];

  add(text: string, value: T): void {
    this.asked.clear();
    // Nearly all are single addresses as the kernel writes them: those are their own key.
    const single = text.endsWith('/32') && !text.includes(':') ? text.slice(0, -3) : text.endsWith('/128') ? text.slice(0, -4) : undefined;
    if (single !== undefined && !this.hosts.has(single)) this.hosts.set(single, value);
    if (single?.includes(':') === false) return;
    const prefix = parsePrefix(text);
    if (!prefix) return;
    if (prefix.bits === prefix.bytes.length * 8) {
      const key = keyOf(prefix.bytes);
      if (!this.hosts.has(key)) this.hosts.set(key, value);
    } else {
      this.nets.push({prefix, value});
    }
  }

  /** Of the longest prefix that covers the address. The same few addresses are asked for again and again. */
  find(text: string): T | undefined {
    if (this.hosts.has(text)) return this.hosts.get(text);
    let known = this.asked.get(text);
    if (!known) this.asked.set(text, (known = {value: this.lookUp(text)}));
    return known.value;
  }

  private lookUp(text: string): T | undefined {
    const address = parseAddress(text);
    if (!address) return undefined;
    // IPv6 has many ways to write one address.
    const key = address.length === 16 ? keyOf(address) : undefined;
    if (key !== undefined && this.hosts.has(key)) return this.hosts.get(key);
    let best: {readonly prefix: Prefix; readonly value: T} | undefined;
    for (const net of this.nets) if (covers(net.prefix, address) && (!best || net.prefix.bits > best.prefix.bits)) best = net;
    return best?.value;
  }
}

const keyOf = (bytes: Uint8Array): string => bytes.join('.');

function parse4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let part = -1; // no digit yet
  let digits = 0;
  let at = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 46 : text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      part = (part === -1 ? 0 : part) * 10 + code - 48;
      if (++digits > 3 || part > 255) return undefined;
    } else if (code === 46 && part >= 0 && at < 4) {
      bytes[at++] = part;
      part = -1;
      digits = 0;
    } else return undefined;
  }
  return at === 4 ? bytes : undefined;
}

function parse6(text: string): Uint8Array | undefined {
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined) return undefined;
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  if (!left || !right) return undefined;
  const gap = 8 - left.length - right.length;
  if (tail === undefined ? gap !== 0 : gap < 1) return undefined;
  const bytes = new Uint8Array(16);
  [...left, ...Array<number>(gap).fill(0), ...right].forEach((word, i) => {
    bytes[i * 2] = word >> 8;
    bytes[i * 2 + 1] = word & 255;
  });
  return bytes;
}

function words(text: string): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  return parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part)) ? parts.map((part) => Number.parseInt(part, 16)) : undefined;
}
