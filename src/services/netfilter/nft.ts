/**
 * Native nftables rules of IPv4: `nft -j list ruleset`. Chains that iptables-nft shows are left to iptables-save:
 * this JSON names their DNAT and SNAT targets without the address.
 */
import type {FilterRule, NatRule} from '../../model/network.ts';
import {sanitizeLine} from '../../text/sanitize.ts';

export interface NativeTables {
  readonly nat: readonly NatRule[];
  readonly filter: readonly FilterRule[];
  readonly policies: ReadonlyMap<string, string>; // "inet fw/input" → "DROP"
  readonly foreign: number; // rules of iptables extensions that this JSON does not show in full
}

type Entry = Readonly<Record<string, unknown>>;
interface Chain {
  readonly kind: 'nat' | 'filter' | 'other' | undefined; // undefined: not a base chain
  readonly rules: Entry[];
}

/** undefined: this is not what nft prints. `owned`: "nat/SNAT4", the chains (family ip) that iptables-nft answers for. */
export function parseNft(text: string, owned: ReadonlySet<string>): NativeTables | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const list = object(document)?.['nftables'];
  if (!Array.isArray(list)) return undefined;
  const chains = new Map<string, Chain>();
  const policies = new Map<string, string>();
  for (const item of list as readonly unknown[]) {
    const chain = object(object(item)?.['chain']);
    const key = chain && chainName(chain, chain['name'], owned);
    if (!chain || key === undefined) continue;
    const type = chain['type'];
    chains.set(key, {kind: type === undefined ? undefined : type === 'nat' || type === 'filter' ? type : 'other', rules: []});
    const policy = word(chain['policy']);
    if (policy !== undefined) policies.set(key, policy.toUpperCase());
  }
  for (const item of list as readonly unknown[]) {
    const rule = object(object(item)?.['rule']);
    const key = rule && chainName(rule, rule['chain'], owned);
    if (rule && key !== undefined) chains.get(key)?.rules.push(rule);
  }
  const nat: NatRule[] = [];
  const filter: FilterRule[] = [];
  let foreign = 0;
  const inNat = reachable(chains, 'nat');
  const inFilter = reachable(chains, 'filter');
  for (const [name, chain] of chains) {
    chain.rules.forEach((entry, index) => {
      const rule = readRule(entry);
      if (rule.extensions) foreign++;
      const common = {backend: 'nft', chain: name, position: index + 1, inDevice: rule.match('iifname', 'iif'), protocol: rule.match('protocol', 'l4proto') ?? rule.transport, text: rule.text} as const;
      if (inNat.has(name)) nat.push({...common, ...rule.translation, source: rule.match('saddr'), destination: rule.match('daddr'), outDevice: rule.match('oifname', 'oif')});
      if (inFilter.has(name)) filter.push({...common, target: rule.verdict, rejectWith: rule.rejectWith, destinationPort: rule.match('dport')});
    });
  }
  return {nat, filter, policies, foreign};
}

/** "inet fw/input"; undefined for other families, and for what iptables-nft owns. */
function chainName(entry: Entry, chain: unknown, owned: ReadonlySet<string>): string | undefined {
  const family = entry['family'];
  const table = word(entry['table']);
  const name = word(chain);
  if ((family !== 'ip' && family !== 'inet') || table === undefined || name === undefined) return undefined;
  return family === 'ip' && owned.has(`${table}/${name}`) ? undefined : `${family} ${table}/${name}`;
}

/** The base chains of a type, and the chains that their rules jump or go to. */
function reachable(chains: ReadonlyMap<string, Chain>, kind: Chain['kind']): ReadonlySet<string> {
  const found = new Set([...chains].filter(([, chain]) => chain.kind === kind).map(([name]) => name));
  for (const name of found) { // grows while it is walked
    const table = name.slice(0, name.indexOf('/') + 1);
    for (const rule of chains.get(name)?.rules ?? []) {
      for (const statement of statements(rule)) {
        const target = word(object(statement['jump'] ?? statement['goto'])?.['target']);
        if (target !== undefined && chains.has(table + target)) found.add(table + target);
      }
    }
  }
  return found;
}

interface NftRule {
  match(...fields: readonly string[]): string | undefined;
  readonly transport: string | undefined; // "tcp" of a match on its ports
  readonly translation: Pick<NatRule, 'action' | 'target'>;
  readonly verdict: string;
  readonly rejectWith: string | undefined;
  readonly extensions: boolean;
  readonly text: string;
}

function readRule(entry: Entry): NftRule {
  const found = new Map<string, string>();
  let transport: string | undefined;
  let translation: NftRule['translation'] | undefined;
  let verdict = '';
  let rejectWith: string | undefined;
  let extensions = false;
  for (const statement of statements(entry)) {
    const match = object(statement['match']);
    if (match) {
      const left = object(match['left']);
      const payload = object(left?.['payload']);
      const field = word(payload?.['field']) ?? word(object(left?.['meta'])?.['key']);
      const value = expression(match['right']);
      if (field === 'dport' || field === 'sport') transport = payload?.['protocol'] === 'th' ? transport : word(payload?.['protocol']);
      if (field !== undefined && value !== undefined && !found.has(field)) found.set(field, match['op'] === '!=' ? `!${value}` : value);
    }
    translation ??= translate(statement);
    const said = decide(statement);
    if (said !== undefined && verdict === '') verdict = said;
    if ('reject' in statement) rejectWith = word(object(statement['reject'])?.['expr']) ?? word(object(statement['reject'])?.['type']);
    extensions ||= 'xt' in statement;
  }
  return {
    match: (...fields) => fields.map((field) => found.get(field)).find((value) => value !== undefined),
    transport,
    translation: translation ?? {action: 'other', target: verdict},
    verdict,
    rejectWith,
    extensions,
    text: sanitizeLine(JSON.stringify(entry['expr'] ?? null)),
  };
}

function translate(statement: Entry): NftRule['translation'] | undefined {
  for (const [name, action] of [['snat', 'SNAT'], ['dnat', 'DNAT'], ['masquerade', 'MASQUERADE']] as const) {
    if (!(name in statement)) continue;
    const to = object(statement[name]);
    const address = to && 'addr' in to ? (expression(to['addr']) ?? sanitizeLine(JSON.stringify(to['addr']), 256)) : '';
    const port = to && 'port' in to ? expression(to['port']) : undefined;
    return {action, target: address + (port === undefined ? '' : `:${port}`) || action};
  }
  const jump = word(object(statement['jump'] ?? statement['goto'])?.['target']);
  return jump === undefined ? undefined : {action: 'jump', target: jump};
}

/** ACCEPT, DROP …; the chain of a jump; the name of an iptables extension; undefined: goes on to the next rule. */
function decide(statement: Entry): string | undefined {
  for (const name of ['accept', 'drop', 'reject', 'return', 'queue', 'redirect', 'masquerade', 'snat', 'dnat'] as const) if (name in statement) return name.toUpperCase();
  if ('vmap' in statement) return 'vmap';
  const extension = object(statement['xt']);
  if (extension?.['type'] === 'target') return word(extension['name']);
  return word(object(statement['jump'] ?? statement['goto'])?.['target']);
}

/** The right side of a match or the target of a translation, in nft's own notation; undefined for maps and the like. */
function expression(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value === 'string') return word(value);
  const entry = object(value);
  const prefix = object(entry?.['prefix']);
  if (prefix) {
    const address = word(prefix['addr']);
    const length = prefix['len'];
    return address !== undefined && typeof length === 'number' && Number.isInteger(length) && length >= 0 ? `${address}/${length}` : undefined;
  }
  for (const [key, join] of [['range', '-'], ['set', ',']] as const) {
    const items = entry?.[key];
    if (!Array.isArray(items) || items.length === 0 || items.length > 1000) continue;
    const texts = items.map((item: unknown) => (typeof item === 'object' && key === 'range' ? undefined : flat(item)));
    if (texts.some((item) => item === undefined)) return undefined;
    return key === 'set' ? `{${texts.join(join)}}` : texts.join(join);
  }
  return undefined;
}

/** An element of a set: no set in a set. */
const flat = (item: unknown): string | undefined => (Array.isArray(object(item)?.['set']) ? undefined : expression(item));

function statements(rule: Entry): readonly Entry[] {
  const list: unknown = rule['expr'];
  return Array.isArray(list) ? list.map(object).filter((item) => item !== undefined) : [];
}


function object(value: unknown): Entry | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : undefined;
}
function word(value: unknown): string | undefined {
  const line = typeof value === 'string' ? sanitizeLine(value, 256) : '';
  return line === '' ? undefined : line;
}
