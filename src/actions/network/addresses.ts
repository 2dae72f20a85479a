/** IPv4 arithmetic for networks that are made. Pure. */
export const number = (ip: string): number => ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
export const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

export interface Subnet {
  readonly base: number;
  readonly length: number;
  readonly size: number; // addresses, the network's own and the broadcast one among them
}

/** "172.20.0.0/24"; undefined: it is none, or bits of the host part are set. */
export function subnetOf(text: string): Subnet | undefined {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!found || found.slice(1, 5).some((octet) => Number(octet) > 255)) return undefined;
  const length = Number(found[5]);
  if (length < 8 || length > 30) return undefined;
  const base = number(text.split('/')[0]!);
  const size = 2 ** (32 - length);
  return base % size === 0 ? {base, length, size} : undefined;
}
export const within = (ip: string, {base, size}: Subnet): boolean => number(ip) > base && number(ip) < base + size - 1;
export const maskOf = ({length}: Subnet): string => dotted(2 ** 32 - 2 ** (32 - length));
