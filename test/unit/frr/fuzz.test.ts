/** Every parser of FRR's answers against mutated real answers: see ../fuzz.ts for the promises. */
import {test} from 'vitest';
import {sanitizeLine} from '../../../src/text/sanitize.ts';
import type {EvpnRoute} from '../../../src/model/frr.ts';
import type {Reading} from '../../../src/model/reading.ts';
import {refusal} from '../../../src/services/frr/refusal.ts';
import {fuzz} from '../fuzz.ts';
import {fixtures, parserOf, type Parser} from './captures.ts';

const captures = fixtures();

/** Small answers, one per command, version and state: what a mutation of a big one would say, it says sooner. */
function inputs(name: string, json: boolean): readonly string[] {
  const texts = captures
    .filter((c) => parserOf(c.command)?.name === name && c.command.endsWith(' json') === json && c.out.length > 2 && c.out.length < 20_000 && /healthy|empty|macip|freeze|bgp-states|injected|no-bgp|no-local/.test(c.state))
    .map((c) => c.out);
  return [...new Set(texts)].sort((a, b) => a.length - b.length).slice(0, 24);
}

const parserNamed = (name: string, command: string): Parser => {
  const found = parserOf(command);
  if (found?.name !== name) throw new Error(`${command} is not read by ${name}`);
  return found.parse;
};

// Fixed words and what is worked out (durations, counts of a list); everything else must stand in the input.
const derived: Readonly<Record<string, readonly string[]>> = {
  summary: ['state', 'uptimeMs'], // "Established" where the text form shows a number
  neighbors: ['lastResetMs', 'holdTimeMs', 'keepaliveMs'],
  vnis: ['remoteVtepCount'],
  version: ['patch'], // "10.3" is 10.3.0
  routes: ['origin', 'ethTag', 'prefix'], // "IGP" is "i"; type 4 has no tag
};

/** "10.0.0.0/24" of a type-5 route is two cells of its prefix. */
const withSplit = (parse: Parser): Parser => (text) => {
  const reading = parse(text) as Reading<readonly EvpnRoute[]>;
  return reading.ok ? {...reading, value: reading.value.map((route) => (route.type === 5 ? {...route, ip: route.ip?.split('/')} : route))} : reading;
};

test.each([
  ['summary', 'show bgp l2vpn evpn summary'],
  ['neighbors', 'show bgp neighbors'],
  ['vnis', 'show evpn vni detail'],
  ['macs', 'show evpn mac vni all'],
  ['arp', 'show evpn arp-cache vni all'],
  ['evpn', 'show evpn'],
  ['bgp-vnis', 'show bgp l2vpn evpn vni'],
  ['routes', 'show bgp l2vpn evpn route'],
  ['version', 'show version'],
] as const)('%s, as JSON and as text', {timeout: 120_000}, (name, command) => {
  for (const json of [true, false]) {
    const parse = parserNamed(name, json ? `${command} json` : command);
    fuzz({name: `${name} ${json ? 'JSON' : 'text'}`, inputs: inputs(name, json), parse: name === 'routes' ? withSplit(parse) : parse, derived: derived[name] ?? []});
  }
});

test('route detail', {timeout: 120_000}, () => {
  const details = captures.filter((c) => / route detail$/.test(c.command) && c.out.length > 100).map((c) => c.out.slice(0, 6000));
  fuzz({name: 'route detail', inputs: details, parse: withSplit(parserNamed('routes', 'show bgp l2vpn evpn route detail')), derived: derived['routes']!});
});

test('daemons and running-config', {timeout: 120_000}, () => {
  fuzz({name: 'daemons', inputs: [...inputs('daemons', false), '\nstate zebra 0\nstate bgpd 124\n'], parse: parserNamed('daemons', 'show daemons')});
  fuzz({name: 'running-config', inputs: inputs('running', false), parse: parserNamed('running', 'show running-config'), multiline: ['text']});
});

test('refusal: whatever is on stderr', {timeout: 60_000}, () => {
  const words = [...new Set(captures.map((c) => c.err).filter((err) => err !== '')), '% Unknown command: show x\n', "% Can't open configuration file /etc/frr/vtysh.conf due to 'Permission denied'.\nExiting: failed to connect to any daemons.\n"];
  for (const exit of [0, 1, 124]) {
    fuzz({
      name: `refusal, exit ${exit}`,
      inputs: words,
      runs: 1000,
      parse: (text) => {
        const problem = refusal({exit, stdout: text.slice(0, text.length >> 1), stderr: text.slice(text.length >> 1), truncated: false}, 'the question');
        return problem ? {ok: false, problem} : sanitizeLine(text);
      },
    });
  }
});
