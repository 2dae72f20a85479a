/** What `bridge monitor fdb` and `ip -o monitor link` print, a line at a time: iproute2 5.10 to 6.15 have no JSON for it. Pure. */

/** An entry of a forwarding database came or changed, or went (`gone`). */
export interface FdbChange {
  readonly kind: 'fdb';
  readonly gone: boolean;
  readonly mac: string;
  readonly device: string;
  readonly destination: string | undefined; // VTEP
  readonly master: string | undefined;
  readonly permanent: boolean; // "permanent" or "static": it does not age
  readonly externLearn: boolean;
}
/** A device came or changed, or went. */
export interface LinkChange {
  readonly kind: 'link';
  readonly gone: boolean;
  readonly device: string;
  readonly up: boolean; // administratively
  readonly lowerUp: boolean;
  readonly master: string | undefined;
}

const fdbLine = /^(Deleted )?((?:[0-9a-f]{2}:){5}[0-9a-f]{2}) dev (\S{1,15})((?: \S{1,64}){0,24}) *$/;
const linkLine = /^(Deleted )?\d{1,10}: ([^\s@:]{1,15})(?:@[^\s:]{1,15})?: <([A-Z0-9_,-]{0,200})>(.{0,600})$/;

/** Undefined: a line that tells nothing of the kind. */
export function parseMonitorLine(line: string): FdbChange | LinkChange | undefined {
  const fdb = fdbLine.exec(line);
  if (fdb) {
    const words = (fdb[4] ?? '').trim().split(' ');
    const after = (word: string): string | undefined => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
    return {
      kind: 'fdb', gone: fdb[1] !== undefined, mac: fdb[2]!, device: fdb[3]!, destination: after('dst'), master: after('master'),
      permanent: words.includes('permanent') || words.includes('static'), externLearn: words.includes('extern_learn'),
    };
  }
  const link = linkLine.exec(line);
  if (!link) return undefined;
  const flags = (link[3] ?? '').split(',');
  return {kind: 'link', gone: link[1] !== undefined, device: link[2]!, up: flags.includes('UP'), lowerUp: flags.includes('LOWER_UP'), master: / master (\S{1,15})/.exec(link[4] ?? '')?.[1]};
}
