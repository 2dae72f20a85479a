import {expect, test} from 'vitest';
import {bgpBlock, blockIn, deltaOf, rolesOf} from '../../../src/runbooks/builtin/bgp-render.ts';
import {wgQuickFile} from '../../../src/runbooks/builtin/wireguard.ts';
import {bgpEvpn} from '../../../src/runbooks/builtin/bgp.ts';
import type {ActionContext} from '../../../src/model/action.ts';
import type {StepCall} from '../../../src/runbooks/model.ts';
import {rulesOf} from '../../../src/runbooks/builtin/firewall.ts';

const member = (host: string, address: string, endpoint: string, reflector = false) => ({host, address, length: 24, endpoint, reflector, vtep: !reflector, origin: 'given'});
const ingress = member('ingress', '192.168.0.1', '203.0.113.1', true);
const kvm1 = member('kvm1', '192.168.0.2', '203.0.113.11');
const kvm2 = member('kvm2', '192.168.0.3', '203.0.113.12');
const settings = {as: 65_000, network: '192.168.0.0/24', clusterId: '192.168.0.1', keepaliveS: undefined, holdS: undefined, connectS: undefined};

/** As FRR 8.4.4 writes it. */
const running = `frr version 8.4.4
log syslog informational
!
router bgp 65000
 bgp router-id 192.168.0.2
 no bgp default ipv4-unicast
 neighbor fabric peer-group
 neighbor fabric remote-as 65000
 neighbor fabric capability extended-nexthop
 neighbor 192.168.0.1 peer-group fabric
 !
 address-family l2vpn evpn
  neighbor fabric activate
  advertise-all-vni
 exit-address-family
exit
!
end
`;

const blockOf = (combination: 1 | 2, host: string) => bgpBlock(rolesOf([ingress, kvm1, kvm2], combination).find((one) => one.host === host)!, settings);

test('what FRR shows of combination 1 on a hypervisor needs no change', () => {
  expect(deltaOf(blockIn(running), blockOf(1, 'kvm1'))).toBeUndefined();
});

test('combination 2: the hypervisors reflect and dial each other, the ingress box dials both', () => {
  expect(rolesOf([ingress, kvm1, kvm2], 2).map(({host, reflects, dials}) => [host, reflects, dials])).toEqual([
    ['ingress', false, ['192.168.0.2', '192.168.0.3']], ['kvm1', true, ['192.168.0.3']], ['kvm2', true, ['192.168.0.2']],
  ]);
  expect(() => rolesOf([ingress, kvm1], 2)).toThrow('two hypervisors');
});

test('from one combination to the other only what differs is sent, neighbours that go before those that come', () => {
  const forth = deltaOf(blockOf(1, 'kvm1'), blockOf(2, 'kvm1'))!;
  expect(forth.split('\n')).toEqual([
    'router bgp 65000', ' no neighbor 192.168.0.1', ' bgp cluster-id 192.168.0.1', ' neighbor fabric update-source 192.168.0.2', ' neighbor 192.168.0.3 peer-group fabric',
    ' bgp listen range 192.168.0.0/24 peer-group fabric', ' address-family l2vpn evpn', '  neighbor fabric route-reflector-client', ' exit-address-family', 'exit', '',
  ]);
  const back = deltaOf(blockOf(2, 'kvm1'), blockOf(1, 'kvm1'))!;
  expect(back).toContain(' no bgp listen range 192.168.0.0/24 peer-group fabric\n');
  expect(back).toContain(' no bgp cluster-id\n');
  expect(back).not.toContain('router-id');
});

test('another AS is another instance; nothing wanted takes the instance away', () => {
  expect(deltaOf(blockIn(running.replaceAll('65000', '64999')), blockOf(1, 'kvm1'))).toMatch(/^no router bgp 64999\nrouter bgp 65000\n/);
  expect(deltaOf(blockOf(1, 'kvm1'), [])).toBe('no router bgp 65000\n');
  expect(deltaOf([], [])).toBeUndefined();
});

test('a password that was cut out on the host is not sent back as if it were one', async () => {
  const shown = running.replace(' neighbor 192.168.0.1 peer-group fabric\n', ' neighbor 192.168.0.1 peer-group fabric\n neighbor 192.0.2.9 remote-as 65009\n neighbor 192.0.2.9 password <removed>\n');
  const host = (name: string, roles: readonly string[], underlayAddress: string) => [name, {spec: {name, roles, underlayAddress, origin: 'inventory', ssh: {host: `${name}.example`}}, readings: {}}] as const;
  const ctx = {
    fabric: () => ({hosts: new Map([host('ingress', ['reflector'], '192.168.0.1'), host('kvm1', ['vtep'], '192.168.0.2')])}),
    ask: {host: () => Promise.resolve({ok: true, exit: 0, stderr: '', stdout: `-- evpn-tui:daemons\nbgpd=yes\n-- evpn-tui:frr.conf\n${shown}-- evpn-tui:zebra\n-- evpn-tui:running\n${shown}`})},
  } as unknown as ActionContext;
  const [work] = await bgpEvpn.work(ctx, {with: {combination: '1'}, hosts: ['kvm1'], session: 's', step: {id: 'bgp'}} as unknown as StepCall);
  expect(work!.apply).toContain(' no neighbor 192.0.2.9\n');
  expect(work!.undo).toContain(' neighbor 192.0.2.9 remote-as 65009\n');
  expect(work!.undo).not.toContain('<removed>');
  expect(work!.notUndoable).toMatch(/passwords of neighbours/);
});

test('a wg-quick file has its [Interface] line, one /32 for each peer, and no private key', () => {
  const text = wgQuickFile(kvm1, [{...ingress, publicKey: 'AAA='}, {...kvm2, publicKey: 'BBB='}], {device: 'wg0', port: 51_820, mtu: 1420, keepaliveS: 25});
  expect(text.split('\n')[1]).toBe('[Interface]');
  expect(text.match(/^AllowedIPs = .*$/gm)).toEqual(['AllowedIPs = 192.168.0.1/32', 'AllowedIPs = 192.168.0.3/32']);
  expect(text.match(/^Endpoint = .*$/gm)).toEqual(['Endpoint = 203.0.113.1:51820', 'Endpoint = 203.0.113.12:51820']);
  expect(text).not.toMatch(/PrivateKey/);
});

test('the filter opens migration between hypervisors only, WireGuard to all', () => {
  expect(rulesOf(kvm1, [ingress, kvm1, kvm2], 51_820)).toEqual([
    '-A EVPN-TUI -s 203.0.113.1/32 -p udp -m udp --dport 51820 -j ACCEPT',
    '-A EVPN-TUI -s 203.0.113.12/32 -p udp -m udp --dport 51820 -j ACCEPT',
    '-A EVPN-TUI -s 203.0.113.12/32 -p tcp -m tcp --dport 22 -j ACCEPT',
    '-A EVPN-TUI -s 203.0.113.12/32 -p tcp -m tcp --dport 49152:49215 -j ACCEPT',
  ]);
  expect(() => rulesOf(kvm1, [kvm1, member('kvm3', '192.168.0.4', 'kvm3.example')], 51_820)).toThrow('needs an address');
});

test('timers that are not given stay as they are, on a host that has them and on one that joins those that do', async () => {
  const host = (name: string, roles: readonly string[], underlayAddress: string) => [name, {spec: {name, roles, underlayAddress, origin: 'inventory', ssh: {host: `${name}.example`}}, readings: {}}] as const;
  const fabric = {hosts: new Map([host('ingress', ['reflector'], '192.168.0.1'), host('kvm1', ['vtep'], '192.168.0.2'), host('kvm2', ['vtep'], '192.168.0.3')])};
  const timers = ' neighbor fabric timers 3 9\n neighbor fabric timers connect 3\n';
  const running = (name: string): string => (name === 'kvm2' ? '' : `router bgp 65000\n neighbor fabric peer-group\n${timers}exit\n`);
  const ctx = {fabric: () => fabric, ask: {host: (name: string) => Promise.resolve({ok: true, exit: 0, stderr: '', stdout: `-- evpn-tui:daemons\nbgpd=yes\n-- evpn-tui:frr.conf\n${running(name)}-- evpn-tui:zebra\n-- evpn-tui:running\n${running(name)}`})}} as unknown as ActionContext;
  const rendered = async (hosts: readonly string[], more: Readonly<Record<string, number>> = {}) => (await bgpEvpn.work(ctx, {with: {combination: '1', ...more}, hosts, session: 's', step: {id: 'bgp'}} as unknown as StepCall)).map(({apply}) => /neighbor fabric timers (\d+ \d+)\n neighbor fabric timers connect (\d+)/.exec(apply ?? '')?.slice(1).join(', '));
  expect(await rendered(['kvm1'])).toEqual(['3 9, 3']);
  expect(await rendered(['kvm1', 'kvm2'])).toEqual(['3 9, 3', '3 9, 3']);
  expect(await rendered(['kvm2'])).toEqual(['3 9, 3']);
  expect(await rendered(['kvm1'], {keepalive: 5, hold: 15, connect: 7})).toEqual(['5 15, 7']);
});
