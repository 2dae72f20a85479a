/** A rule as `iptables-save` prints it, as a test of packets. Options that are not known here may match. */
import type {FilterRule} from '../../model/network.ts';
import {addressIn, deviceIs, every, known, not, portIn, protocolIs, some, stateIs, type CompiledRule, type Match, type Packet} from './firewall-packet.ts';

type Test = (packet: Packet) => Match;

const list = (value: string): readonly string[] => value.split(',');

/** Option → its test of a value. */
const tests: Readonly<Record<string, (value: string, packet: Packet) => Match>> = {
  '-i': (value, {inDevice}) => deviceIs(value, inDevice),
  '-o': (value, {outDevice}) => (outDevice === undefined ? 'no' : deviceIs(value, outDevice)),
  '-s': (value, {source}) => addressIn(value, source),
  '-d': (value, {destination}) => addressIn(value, destination),
  '-p': protocolIs,
  '--dport': (value, {port}) => portIn(value, port),
  '--sport': (value, {sourcePort}) => portIn(value, sourcePort),
  '--dports': (value, {port}) => some(list(value).map((one) => portIn(one, port))),
  '--sports': (value, {sourcePort}) => some(list(value).map((one) => portIn(one, sourcePort))),
  '--ports': (value, {port, sourcePort}) => some(list(value).flatMap((one) => [portIn(one, port), portIn(one, sourcePort)])),
  '--src-range': (value, {source}) => addressIn(value, source),
  '--dst-range': (value, {destination}) => addressIn(value, destination),
  '--ctstate': (value, packet) => stateIs(list(value), packet),
  '--state': (value, packet) => stateIs(list(value), packet),
  '--dst-type': (value, packet) => (packet.outDevice === undefined ? known(list(value).includes('LOCAL')) : 'maybe'),
  '--icmp-type': () => 'no',
  '--physdev-in': () => 'maybe',
  '--physdev-out': () => 'maybe',
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
const narrow = new Set(['-p', '--dport', '--sport', '--dports', '--sports', '--ports', '--ctstate', '--state']);

export function compileIptables(rule: FilterRule): CompiledRule {
  const words = split(rule.text).slice(2); // -A CHAIN
  const all: Test[] = [];
  let negated = false;
  let narrowed = false;
  let testsSource = false;
  let goto = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === '!') {
      negated = true;
      continue;
    }
    if (word === '-j' || word === '-g') {
      goto = word === '-g';
      break; // options of the target follow
    }
    const value = words[at + 1] ?? '';
    const test = tests[word];
    const flag = flags[word];
    const turn: (match: Match) => Match = negated ? not : (match) => match;
    negated = false;
    if (freeText.has(word)) at++;
    else if (word === '-m') {
      at++;
      if (!plain.has(value)) all.push(() => 'maybe');
    } else if (word === '--tcp-flags' || word === '--tcp-option') {
      // FIN,SYN,RST,ACK SYN is what opens a connection.
      const opens = value === 'FIN,SYN,RST,ACK' && words[at + 2] === 'SYN';
      all.push((packet) => turn(opens ? known(packet.protocol === 'tcp' && packet.state === 'NEW') : 'maybe'));
      narrowed = true;
      at += word === '--tcp-flags' ? 2 : 1;
    } else if (test) {
      all.push((packet) => turn(test(value, packet)));
      narrowed ||= narrow.has(word);
      testsSource ||= word === '-s' || word === '--src-range';
      at++;
    } else if (flag) all.push((packet) => turn(flag(packet)));
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
