/** Ages and sizes as a person reads them. Pure. */

/** "now", "12s", "3m05s", "2h14m", "5d03h". Negative (clock skew) reads as "now". */
export function age(ms: number): string {
  const s = Math.floor(ms / 1000);
  if (s < 1) return 'now';
  if (s < 60) return `${s}s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m}m${pad(s % 60)}s`;
  const h = Math.floor(m / 60);
  if (h < 24) return `${h}h${pad(m % 60)}m`;
  return `${Math.floor(h / 24)}d${pad(h % 24)}h`;
}

/** "12s ago", "just now" */
export const ago = (ms: number): string => (ms < 1000 ? 'just now' : `${age(ms)} ago`);

/** Local wall clock "14:03:22" */
export function clock(epochMs: number): string {
  const d = new Date(epochMs);
  return `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
}

/** "512 B", "4.1 KiB", "2.0 GiB" */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  let value = n;
  let unit = -1;
  do {
    value /= 1024;
    unit++;
  } while (value >= 1024 && unit < 4);
  return `${value.toFixed(1)} ${'KMGTP'[unit]}iB`;
}

const pad = (n: number): string => String(n).padStart(2, '0');
