import {expect, test} from 'vitest';
import {parseWireguard, wireguardCommand} from '../../../src/services/wireguard/interfaces.ts';
import {fixture, kind, output, parts, value} from '../host/answers.ts';
import {fuzz} from '../fuzz.ts';

const views = ['public-key', 'listen-port', 'endpoints', 'allowed-ips', 'latest-handshakes', 'transfer', 'persistent-keepalive'] as const;
const healthy = {clock: '1795241040\n', ...Object.fromEntries(views.map((view) => [view, fixture(`wireguard/${view}.txt`)]))};
const secret = 'c2VjcmV0LXByaXZhdGUta2V5LW5ldmVyLXNob3duMDA=';

test('peers of a healthy host, joined from the seven views, in a stable order', () => {
  expect(parseWireguard(output(parts(healthy)))).toEqual({
    ok: true,
    value: [
      {
        name: 'wg0',
        publicKey: 'jBRKHuXyL8w/z2EZy+kGU3xL0I6Pp2py2CAUCQ2GxC4=',
        listenPort: 51820,
        clockS: 1795241040,
        peers: [
          {publicKey: '3TAgu9CN0NL8oHPg9+xancyzFM071EjrNxV5TNXzHx4=', endpoint: '203.0.113.1:51820', allowedIps: ['192.168.0.1/32'], latestHandshake: 1795241035, rxBytes: 7692, txBytes: 7812, keepaliveS: 25},
          {publicKey: 'NuJd2slGIhKRr5/1NsZU330WrVxR4bR5Onuvusw5uFc=', endpoint: '203.0.113.12:51820', allowedIps: ['192.168.0.3/32'], latestHandshake: 1795241035, rxBytes: 4868, txBytes: 4320, keepaliveS: 25},
        ],
      },
    ],
  });
});

test('several interfaces, one without peers: the endpoints view names each once, and the bare one without a line end', () => {
  const [a, b, c] = ['A', 'B', 'C'].map((letter) => letter.repeat(42) + 'E=') as [string, string, string];
  const reading = parseWireguard(output(parts({
    clock: '1795241040',
    'public-key': `wg0\t${a}\nwg1\t(none)\nwg2\t${b}`,
    'listen-port': 'wg0\t51820\nwg1\t0\nwg2\t51822',
    endpoints: `wg0\t${b}\t[2001:db8::1]:51820\n${c}\t(none)\nwg1\twg2\t${a}\t[fe80::1%eth0]:1`,
    'allowed-ips': `wg0\t${b}\t192.168.0.1/32 2001:db8::/64\nwg0\t${c}\t(none)\nwg2\t${a}\t10.0.0.0/8`,
    'latest-handshakes': `wg0\t${b}\t5\nwg0\t${c}\t0\nwg2\t${a}\t7`,
    transfer: `wg0\t${b}\t1\t2\nwg0\t${c}\t0\t0\nwg2\t${a}\t3\t4`,
    'persistent-keepalive': `wg0\t${b}\toff\nwg0\t${c}\t25\nwg2\t${a}\toff`,
  })));
  expect(value(reading)).toEqual([
    {name: 'wg0', publicKey: a, listenPort: 51820, clockS: 1795241040, peers: [
      {publicKey: b, endpoint: '[2001:db8::1]:51820', allowedIps: ['192.168.0.1/32', '2001:db8::/64'], latestHandshake: 5, rxBytes: 1, txBytes: 2, keepaliveS: undefined},
      {publicKey: c, endpoint: undefined, allowedIps: [], latestHandshake: undefined, rxBytes: 0, txBytes: 0, keepaliveS: 25},
    ]},
    {name: 'wg1', publicKey: undefined, listenPort: undefined, clockS: 1795241040, peers: []},
    {name: 'wg2', publicKey: b, listenPort: 51822, clockS: 1795241040, peers: [
      {publicKey: a, endpoint: '[fe80::1%eth0]:1', allowedIps: ['10.0.0.0/8'], latestHandshake: 7, rxBytes: 3, txBytes: 4, keepaliveS: undefined},
    ]},
  ]);
  expect(reading).not.toHaveProperty('warnings');
});

test('no interface (or wireguard-go dead) is a value; no program, no right, no time, too much and nonsense are problems', () => {
  const none = parts({clock: '1', ...Object.fromEntries(views.map((view) => [view, '']))});
  expect(parseWireguard(output(none))).toEqual({ok: true, value: []});
  expect(kind(parseWireguard(output('', {exit: 127, stderr: 'wg: not found\n'})))).toBe('not-installed');
  expect(parseWireguard(output('public-key=1\n', {exit: 1, stderr: 'Unable to access interface wg0: Permission denied\n'}))).toEqual({
    ok: false, problem: {kind: 'denied', detail: 'Unable to access interface wg0: Permission denied'},
  });
  expect(kind(parseWireguard(output('', {exit: 124})))).toBe('timeout');
  expect(kind(parseWireguard(output(parts(healthy), {truncated: true})))).toBe('too-big');
  expect(kind(parseWireguard(output('hello\n')))).toBe('garbled');
  expect(kind(parseWireguard(output('')))).toBe('garbled');
});

test('a peer that is missing from one view is left out with a warning, never completed', () => {
  const reading = parseWireguard(output(parts({...healthy, transfer: healthy['transfer' as 'clock'].split('\n')[0]!})));
  expect(value(reading)[0]!.peers.map((peer) => peer.rxBytes)).toEqual([7692]);
  expect(reading.ok && reading.warnings).toEqual(['1 peers left out: they changed while they were read']);
});

test('the command asks for nothing secret', () => {
  for (const word of ['dump', 'private-key', 'preshared', 'showconf', '/etc/wireguard']) expect(wireguardCommand).not.toContain(word);
  // every `wg show` names a view: bare, it would print "private key: (hidden)" at best
  expect(wireguardCommand.match(/wg show\b.*/g)).toEqual(views.map((view) => `wg show all ${view}`));
});

test('fed with the dump in any place, no key of its private column comes through', () => {
  for (const dump of [fixture('wireguard/dump.txt').replace(/LABPRIVATE\S+/, secret), `${secret}\tjBRKHuXyL8w/z2EZy+kGU3xL0I6Pp2py2CAUCQ2GxC4=\t51820\toff\n`, `wg0\t${secret}\tjBRKHuXyL8w/z2EZy+kGU3xL0I6Pp2py2CAUCQ2GxC4=\t51820\t0\n`]) {
    for (const view of views) {
      const one = parseWireguard(output(parts({...healthy, [view]: dump}), {stderr: dump}));
      expect(JSON.stringify(one), view).not.toContain(secret);
    }
    const all = parseWireguard(output(parts({clock: '1', ...Object.fromEntries(views.map((view) => [view, dump]))}), {stderr: dump}));
    expect(JSON.stringify(all)).not.toContain(secret);
    expect(JSON.stringify(parseWireguard(output(dump, {exit: 1, stderr: dump})))).not.toContain(secret);
    expect(JSON.stringify(parseWireguard(output(dump)))).not.toContain(secret);
  }
});

test('fuzz', () => {
  fuzz({name: 'wg.interfaces', inputs: [parts(healthy), parts(healthy).replaceAll('wg0', 'wg-lon'), fixture('wireguard/dump.txt')], parse: (text) => parseWireguard(output(text))});
}, 120_000);
