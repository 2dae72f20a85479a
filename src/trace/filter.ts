/** Whether a host's packet filter lets a packet in, from its rules as read: INPUT or FORWARD, every back end. Pure. */
import type {Firewall, FilterRule} from '../model/network.ts';
import {covers, parseAddress, parsePrefix} from './prefix.ts';

export interface Packet {
  readonly protocol: string; // "udp"
  readonly port: number | undefined; // destination
  readonly inDevice: string | undefined; // undefined: not known
  readonly source: string | undefined;
}
/** `established`: only what answers, or goes on; `maybe`: a rule decides by what is not known here. */
export type Passage = {readonly verdict: 'accept' | 'drop' | 'established' | 'maybe'; readonly rule: string | undefined};

type Match = 'yes' | 'no' | 'established' | 'maybe';

const depth = 8;

interface Kept {
  readonly asksWho: boolean; // some rule looks at the source
  readonly passages: Map<string, Passage>;
}
const kept = new WeakMap<Firewall, Kept>();

/** Every back end sees each packet: the worst verdict counts. Kept for one reading; who sends counts only where a rule asks for it. */
export function passage(firewall: Firewall, hook: 'INPUT' | 'FORWARD', packet: Packet): Passage {
  let mine = kept.get(firewall);
  if (!mine) kept.set(firewall, (mine = {asksWho: firewall.filter.some(({text}) => /(?:^|\s)-s \S|saddr/.test(text)), passages: new Map()}));
  const key = `${hook} ${packet.protocol} ${packet.port ?? ''} ${packet.inDevice ?? ''} ${mine.asksWho ? (packet.source ?? '') : ''}`;
  let known = mine.passages.get(key);
  if (!known) mine.passages.set(key, (known = walked(firewall, hook, packet)));
  return known;
}

function walked(firewall: Firewall, hook: 'INPUT' | 'FORWARD', packet: Packet): Passage {
  const order = ['accept', 'established', 'maybe', 'drop'];
  const bases = new Set([
    ...firewall.filter.filter(({chain}) => isBase(chain, hook)).map(({backend, chain}) => `${backend} ${chain}`),
    ...Object.keys(firewall.policies).filter((name) => name === `filter/${hook}` || isBase(name, hook)).map((name) => (name.startsWith('filter/') ? `iptables-nft ${hook}` : `nft ${name}`)),
  ]);
  let worst: Passage = {verdict: 'accept', rule: undefined};
  for (const base of bases) {
    const space = base.indexOf(' ');
    const result = walk(firewall, base.slice(0, space), base.slice(space + 1), packet);
    if (order.indexOf(result.verdict) > order.indexOf(worst.verdict)) worst = result;
  }
  return worst;
}

/** iptables' own chain, or a native one of that name ("inet fw/input"): the hook itself is not read. */
const isBase = (chain: string, hook: string): boolean => chain === hook || (chain.includes('/') && !chain.startsWith('nat/') && chain.slice(chain.lastIndexOf('/') + 1).toUpperCase() === hook);

function walk(firewall: Firewall, backend: string, base: string, packet: Packet): Passage {
  let established: string | undefined;
  let doubt: string | undefined;
  const chain = (name: string, level: number): Passage | undefined => {
    for (const rule of rulesOf(firewall, backend, name)) {
      const match = matches(rule, packet);
      const target = rule.target.toUpperCase();
      if (match === 'no') continue;
      if (target === 'RETURN') {
        if (match === 'yes') return undefined;
        doubt ??= rule.text;
      } else if (target === 'ACCEPT') {
        if (match === 'yes') return {verdict: 'accept', rule: rule.text};
        if (match === 'established') established ??= rule.text;
        else doubt ??= rule.text;
      } else if (target === 'DROP' || target === 'REJECT') {
        if (match === 'yes') return {verdict: 'drop', rule: rule.text};
        doubt ??= rule.text;
      } else if (level < depth && match !== 'established') {
        const inner = chain(prefixed(name, rule.target), level + 1);
        if (inner && match === 'yes') return inner;
        if (inner) doubt ??= rule.text;
      }
    }
    return undefined;
  };
  const policy = (firewall.policies[base] ?? firewall.policies[`filter/${base}`] ?? 'ACCEPT').toUpperCase();
  const end = chain(base, 0) ?? {verdict: policy === 'DROP' ? ('drop' as const) : ('accept' as const), rule: policy === 'DROP' ? `policy DROP of ${base}` : undefined};
  if (end.verdict === 'drop' && established !== undefined) return {verdict: 'established', rule: end.rule};
  return doubt === undefined ? end : {verdict: 'maybe', rule: doubt};
}

const rulesOf = (firewall: Firewall, backend: string, chain: string): readonly FilterRule[] =>
  firewall.filter.filter((rule) => rule.backend === backend && rule.chain === chain).sort((a, b) => a.position - b.position);

/** A native chain jumps within its own table. */
const prefixed = (from: string, target: string): string => {
  const name = target.replace(/^(jump|goto) /, '');
  return from.includes('/') && !name.includes('/') ? `${from.slice(0, from.lastIndexOf('/') + 1)}${name}` : name;
};

function matches(rule: FilterRule, packet: Packet): Match {
  if (rule.protocol !== undefined && rule.protocol !== 'all') {
    const negated = rule.protocol.startsWith('!');
    if ((rule.protocol.replace(/^!\s*/, '').toLowerCase() === packet.protocol) === negated) return 'no';
  }
  if (rule.destinationPort !== undefined) {
    const within = packet.port === undefined ? undefined : portsCover(rule.destinationPort, packet.port);
    if (within === false) return 'no';
    if (within === undefined) return 'maybe';
  }
  let result: Match = 'yes';
  if (rule.inDevice !== undefined) {
    const negated = rule.inDevice.startsWith('!');
    const device = rule.inDevice.replace(/^!\s*/, '');
    if (packet.inDevice === undefined && device === 'lo' && !negated) return 'no';
    if (packet.inDevice === undefined) result = 'maybe';
    else if ((device.endsWith('+') ? packet.inDevice.startsWith(device.slice(0, -1)) : device === packet.inDevice) === negated) return 'no';
  }
  return byText(rule, packet, result);
}

/** What has no field of its own is looked up in the text: source, connection state; anything else is a doubt. */
function byText({text}: FilterRule, packet: Packet, result: Match): Match {
  const source = /(?:^|\s)-s (\S+)|ip6? saddr (\S+)/.exec(text);
  const prefix = source && parsePrefix((source[1] ?? source[2]) as string);
  const address = packet.source === undefined ? undefined : parseAddress(packet.source);
  if (source && (!prefix || !address || /!\s+-s|saddr !=/.test(text))) return 'maybe';
  if (prefix && address && !covers(prefix, address)) return 'no';
  const states = /--(?:ctstate|state) (\S+)|ct state (\{[^}]*\}|\S+)/.exec(text);
  if (states) {
    const words = ((states[1] ?? states[2]) as string).toUpperCase();
    if (words.includes('ESTABLISHED') && !words.includes('NEW')) return result === 'yes' ? 'established' : 'maybe';
    if (!words.includes('NEW')) return 'no'; // INVALID, RELATED, UNTRACKED
  }
  const rest = text.replace(/-m (conntrack|state|comment|udp|tcp|multiport|icmp)\b/g, '').replace(/--comment ("[^"]*"|\S+)/g, '');
  return /(?:^|\s)(-m|-d|-o|--sport|--dst|--src-range)\s/.test(rest) ? 'maybe' : result;
}

/** "51820", "49152:49215", "53,4789", "49152-49215"; undefined: in words or sets that are not read. */
function portsCover(text: string, port: number): boolean | undefined {
  let sure = true;
  for (const part of text.replace(/[{}\s]/g, '').split(',')) {
    const range = /^(\d+)(?:[:-](\d+))?$/.exec(part);
    if (!range) sure = false;
    else if (port >= Number(range[1]) && port <= Number(range[2] ?? range[1])) return true;
  }
  return sure ? false : undefined;
}
