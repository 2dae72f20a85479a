/** A rule as `iptables-save` prints it, as a test of packets. Options that are not known here may match. */
import type {FilterRule} from '../../model/network.ts';
import {addressIn, deviceIs, every, known, not, portIn, protocolIs, some, stateIs, type CompiledRule, type Match, type Packet} from './firewall-packet.ts';

type Test = (packet: Packet) => Match;

const list = (value: string): readonly string[] => value.split(',');
const anyPort = (value: string, portsOf: (packet: Packet) => readonly (number | undefined)[]): Test => {
  const ports = list(value).map(portIn);
  return (packet) => some(portsOf(packet).flatMap((port) => ports.map((test) => test(port))));
};
const at = <V>(test: (value: V) => Match, of: (packet: Packet) => V): Test => (packet) => test(of(packet));

/** Option → the test that its value makes. */
const tests: Readonly<Record<string, (value: string) => Test>> = {
  '-i': (value) => at(deviceIs(value), ({inDevice}) => inDevice),
  '-o': (value) => {
    const test = deviceIs(value);
    return ({outDevice}) => (outDevice === undefined ? 'no' : test(outDevice));
  },
  '-s': (value) => at(addressIn(value), ({source}) => source),
  '-d': (value) => at(addressIn(value), ({destination}) => destination),
  '-p': protocolIs,
  '--dport': (value) => at(portIn(value), ({port}) => port),
  '--sport': (value) => at(portIn(value), ({sourcePort}) => sourcePort),
  '--dports': (value) => anyPort(value, ({port}) => [port]),
  '--sports': (value) => anyPort(value, ({sourcePort}) => [sourcePort]),
  '--ports': (value) => anyPort(value, ({port, sourcePort}) => [port, sourcePort]),
  '--src-range': (value) => at(addressIn(value), ({source}) => source),
  '--dst-range': (value) => at(addressIn(value), ({destination}) => destination),
  '--ctstate': (value) => stateIs(list(value)),
  '--state': (value) => stateIs(list(value)),
  '--dst-type': (value) => {
    const local = known(list(value).includes('LOCAL'));
    return ({outDevice}) => (outDevice === undefined ? local : 'maybe');
  },
  '--icmp-type': () => () => 'no',
  '--physdev-in': () => () => 'maybe',
  '--physdev-out': () => () => 'maybe',
};
/** Options without a value: their test. */
const flags: Readonly<Record<string, Test>> = {
  '--physdev-is-bridged': ({bridged}) => known(bridged === true),
  '--physdev-is-in': ({bridged}) => known(bridged === true),
  '-f': () => 'no',
};
const freeText = new Set(['--comment', '--log-prefix', '--nflog-prefix']);
/** Matches that say nothing by themselves: their options do. */
const plain = new Set(['tcp', 'udp', 'multiport', 'conntrack', 'state', 'comment', 'addrtype', 'iprange', 'physdev', 'icmp']);
const ofSender = new Set(['-s', '--src-range', '--sport', '--sports', '--ports']);
const narrow = new Set(['-p', '--dport', '--sport', '--dports', '--sports', '--ports', '--ctstate', '--state']);

export function compileIptables(rule: FilterRule): CompiledRule {
  const words = split(rule.text).slice(2); // -A CHAIN
  const all: Test[] = [];
  let negated = false;
  let narrowed = false;
  let testsSource = false;
  let goto = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '!') {
      negated = true;
      continue;
    }
    if (word === '-j' || word === '-g') {
      goto = word === '-g';
      break; // options of the target follow
    }
    const value = words[i + 1] ?? '';
    const test = tests[word]?.(value);
    const flag = flags[word];
    const inverted = negated;
    const turn = (one: Test): Test => (inverted ? (packet) => not(one(packet)) : one);
    negated = false;
    if (freeText.has(word)) i++;
    else if (word === '-m') {
      i++;
      if (!plain.has(value)) all.push(() => 'maybe');
    } else if (word === '--tcp-flags' || word === '--tcp-option') {
      // FIN,SYN,RST,ACK SYN is what opens a connection.
      const opens = value === 'FIN,SYN,RST,ACK' && words[i + 2] === 'SYN';
      all.push(turn((packet) => (opens ? known(packet.protocol === 'tcp' && packet.state === 'NEW') : 'maybe')));
      narrowed = true;
      i += word === '--tcp-flags' ? 2 : 1;
    } else if (test) {
      all.push(turn(test));
      narrowed ||= narrow.has(word);
      testsSource ||= ofSender.has(word);
      i++;
    } else if (flag) all.push(turn(flag));
    else if (word.startsWith('-')) {
      all.push(() => 'maybe');
      narrowed = true;
    }
  }
  return {rule, matches: (packet) => every(all, packet), testsSource, general: !narrowed, goto};
}

/** Words; what is in quotes is one, without them. */
function split(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
