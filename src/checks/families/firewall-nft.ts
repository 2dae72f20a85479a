/** A native nftables rule, as the JSON of its expressions, as a test of packets. What is not known here may match. */
import type {FilterRule} from '../../model/network.ts';
import {addressIn, deviceIs, every, known, not, portIn, protocolIs, some, stateIs, type CompiledRule, type Match, type Packet} from './firewall-packet.ts';

type Entry = Readonly<Record<string, unknown>>;
type Test = (packet: Packet) => Match;

const object = (value: unknown): Entry | undefined => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : undefined);

export function compileNft(rule: FilterRule): CompiledRule {
  const all: Test[] = [];
  let narrowed = false;
  let testsSource = false;
  let byState: ReadonlyMap<string, string> | undefined;
  for (const statement of statementsOf(rule.text)) {
    if (statement === undefined) {
      all.push(() => 'maybe');
      continue;
    }
    if ('limit' in statement || 'xt' in statement || 'connlimit' in statement || ('vmap' in statement && !(byState = stateMap(statement['vmap'])))) all.push(() => 'maybe');
    const match = object(statement['match']);
    if (!match) continue;
    const left = object(match['left']);
    const payload = object(left?.['payload']);
    const field = String(payload?.['field'] ?? object(left?.['meta'])?.['key'] ?? object(left?.['ct'])?.['key'] ?? '');
    const test = testOf(field, payload?.['protocol'], values(match['right']));
    narrowed ||= /^(dport|sport|state|l4proto|protocol|flags)$/.test(field);
    testsSource ||= field === 'saddr' || field === 'sport';
    all.push(match['op'] === '!=' ? (packet) => not(test(packet)) : test);
  }
  return {rule, matches: (packet) => every(all, packet), testsSource, general: !narrowed && byState === undefined, byState, goto: rule.text.includes('{"goto":')};
}

function testOf(field: string, protocol: unknown, right: readonly string[] | undefined): Test {
  const any = <V>(make: (value: string) => (of: V) => Match, of: (packet: Packet) => V): Test => {
    const all = right?.map(make);
    return (packet) => (all === undefined ? 'maybe' : some(all.map((test) => test(of(packet)))));
  };
  const whole = (packet: Packet): Packet => packet;
  const inProtocol: Test = protocol === 'th' || protocol === undefined ? () => 'yes' : protocolIs(String(protocol));
  const port = (test: Test): Test => (packet) => every([inProtocol, test], packet);
  switch (field) {
    case 'iifname': case 'iif': return any(deviceIs, ({inDevice}) => inDevice);
    case 'oifname': case 'oif': {
      const test = any(deviceIs, ({outDevice}) => outDevice);
      return (packet) => (right !== undefined && packet.outDevice === undefined ? 'no' : test(packet));
    }
    case 'saddr': return any(addressIn, ({source}) => source);
    case 'daddr': return any(addressIn, ({destination}) => destination);
    case 'l4proto': return any(protocolIs, whole);
    case 'protocol': return any((value) => (value === 'ip' ? () => 'yes' : protocolIs(value)), whole);
    case 'nfproto': return any((value) => () => known(value === 'ipv4'), whole);
    case 'state': return any((value) => stateIs([value]), whole);
    case 'dport': return port(any(portIn, (packet) => packet.port));
    case 'sport': return port(any(portIn, ({sourcePort}) => sourcePort));
    case 'type': return protocol === 'icmp' || protocol === 'icmpv6' ? () => 'no' : () => 'maybe';
    default: return () => 'maybe';
  }
}

/** The values of the right side; undefined where there is something that is no value (a named set, a map). */
function values(right: unknown): readonly string[] | undefined {
  if (typeof right === 'number') return [String(right)];
  if (typeof right === 'string') return right.startsWith('@') ? undefined : [right];
  const items = Array.isArray(right) ? right : object(right)?.['set'];
  if (Array.isArray(items)) {
    const all = items.map(values);
    return all.includes(undefined) ? undefined : all.flatMap((one) => one ?? []);
  }
  const entry = object(right);
  const prefix = object(entry?.['prefix']);
  if (prefix) return [`${String(prefix['addr'])}/${String(prefix['len'])}`];
  const range = entry?.['range'];
  if (Array.isArray(range)) return [range.map(String).join('-')];
  return values(object(entry?.['elem'])?.['val']);
}

/** `ct state vmap { established : accept, invalid : drop }` */
function stateMap(vmap: unknown): ReadonlyMap<string, string> | undefined {
  const map = object(vmap);
  const pairs = object(map?.['data'])?.['set'];
  if (object(object(map?.['key'])?.['ct'])?.['key'] !== 'state' || !Array.isArray(pairs)) return undefined;
  const verdicts = new Map<string, string>();
  for (const pair of pairs as readonly unknown[]) {
    const [state, verdict] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    const [name] = Object.keys(object(verdict) ?? {});
    if (typeof state === 'string' && name !== undefined) verdicts.set(state.toUpperCase(), name.toUpperCase());
  }
  return verdicts;
}

/** undefined: the text is no longer whole. */
function statementsOf(text: string): readonly (Entry | undefined)[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.map(object) : [undefined];
  } catch {
    return [undefined];
  }
}
