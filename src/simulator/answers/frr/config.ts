/** `show version`, `show running-config`, `show daemons`. */
import {bgpPeers, routerIdOf} from '../../derive/fabric.ts';
import {daemonsOf, runs} from '../../derive/places.ts';
import {troubleOf} from '../../faults/trouble.ts';
import type {SimHost, SimWorld} from '../../world.ts';

const configuredWith =
  "'--build=x86_64-linux-gnu' '--prefix=/usr' '--includedir=${prefix}/include' '--mandir=${prefix}/share/man' '--infodir=${prefix}/share/info' '--sysconfdir=/etc' '--localstatedir=/var' '--disable-option-checking' '--disable-silent-rules' " +
  "'--libdir=${prefix}/lib/x86_64-linux-gnu' '--libexecdir=${prefix}/lib/x86_64-linux-gnu' '--disable-maintainer-mode' '--localstatedir=/var/run/frr' '--sbindir=/usr/lib/frr' '--sysconfdir=/etc/frr' '--with-vtysh-pager=/usr/bin/pager' " +
  "'--libdir=/usr/lib/x86_64-linux-gnu/frr' '--with-moduledir=/usr/lib/x86_64-linux-gnu/frr/modules' '--disable-dependency-tracking' '--enable-rpki' '--disable-scripting' '--disable-pim6d' '--with-libpam' '--enable-doc' '--enable-doc-html' " +
  "'--enable-snmp' '--enable-fpm' '--disable-protobuf' '--disable-zeromq' '--enable-ospfapi' '--enable-bgp-vnc' '--enable-multipath=256' '--enable-user=frr' '--enable-group=frr' '--enable-vty-group=frrvty' '--enable-configfile-mask=0640' " +
  "'--enable-logfile-mask=0640' 'build_alias=x86_64-linux-gnu' 'PYTHON=python3'";

export const version = (world: SimWorld, host: SimHost): string =>
  `FRRouting 8.4.4 (${host.hostname}) on Linux(${world.kernel}).\nCopyright 1996-2005 Kunihiro Ishiguro, et al.\nconfigured with:\n    ${configuredWith}\n`;

export const daemons = (world: SimWorld, host: SimHost): string => ` ${daemonsOf(world, host).join(' ')}\n`;

/** What the configuration is: the same whether or not bgpd runs, apart from bgpd's own part. */
export function runningConfig(world: SimWorld, host: SimHost): string {
  const {keepalive, hold} = world.timersS;
  const {bgp: trouble = {}, unconfigured} = troubleOf(world, host);
  const timers = (neighbor: string): readonly string[] => (keepalive === 60 && hold === 180 ? [] : [` neighbor ${neighbor} timers ${keepalive} ${hold}`]);
  const range = `${host.underlay!.split('.').slice(0, 3).join('.')}.0/24`;
  const reflector = [
    ` bgp cluster-id ${host.underlay}`, ' neighbor fabric peer-group', ` neighbor fabric remote-as ${world.asn}`, ' neighbor fabric update-source wg0', ...timers('fabric'), ` bgp listen range ${range} peer-group fabric`, ' !',
    ' address-family l2vpn evpn', '  neighbor fabric activate', ...(trouble.noClients ? [] : ['  neighbor fabric route-reflector-client']),
  ];
  const peers = bgpPeers(world, host);
  const client = [
    ...peers.flatMap(({underlay, hostname}) => [
      ` neighbor ${underlay} remote-as ${trouble.remoteAs ?? world.asn}`, ...(trouble.password ? [` neighbor ${underlay} password not-the-reflectors`] : []), ` neighbor ${underlay} description ${hostname}`,
      ...(trouble.shutdown ? [` neighbor ${underlay} shutdown`] : []), ` neighbor ${underlay} update-source wg0`, ...timers(underlay!),
    ]), ' !',
    ' address-family l2vpn evpn', ...peers.flatMap(({underlay}) => [...(trouble.inactive ? [] : [`  neighbor ${underlay} activate`]), ...(trouble.denies ? [`  neighbor ${underlay} route-map deny-all out`] : [])]),
  ];
  const targets = Object.entries(trouble.targets ?? {}).flatMap(([vni, target]) => [`  vni ${vni}`, `   route-target import ${target}`, `   route-target export ${target}`, '  exit-vni']);
  const bgp = [
    `router bgp ${world.asn}`, ` bgp router-id ${routerIdOf(world, host)}`, ' no bgp default ipv4-unicast', ...(host.roles.includes('reflector') ? reflector : client), ...(trouble.silent ? [] : ['  advertise-all-vni']), ...targets, ' exit-address-family', 'exit', '!',
    ...(trouble.denies ? ['route-map deny-all deny 10', 'exit', '!'] : []),
  ];
  return [
    'Building configuration...', '', 'Current configuration:', '!', 'frr version 8.4.4', 'frr defaults traditional', `hostname ${host.hostname}`, 'log file /var/log/frr/frr.log informational', 'no ipv6 forwarding', 'service integrated-vtysh-config', '!',
    ...(runs(world, host, 'bgpd') && !unconfigured ? bgp : []), 'end', '',
  ].join('\n');
}
