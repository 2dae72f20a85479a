/** `show version`, `show running-config`, `show daemons`. */
import {bgpPeers} from '../../derive/fabric.ts';
import type {SimHost, SimWorld} from '../../world.ts';

const configuredWith =
  "'--build=x86_64-linux-gnu' '--prefix=/usr' '--includedir=${prefix}/include' '--mandir=${prefix}/share/man' '--infodir=${prefix}/share/info' '--sysconfdir=/etc' '--localstatedir=/var' '--disable-option-checking' '--disable-silent-rules' " +
  "'--libdir=${prefix}/lib/x86_64-linux-gnu' '--libexecdir=${prefix}/lib/x86_64-linux-gnu' '--disable-maintainer-mode' '--localstatedir=/var/run/frr' '--sbindir=/usr/lib/frr' '--sysconfdir=/etc/frr' '--with-vtysh-pager=/usr/bin/pager' " +
  "'--libdir=/usr/lib/x86_64-linux-gnu/frr' '--with-moduledir=/usr/lib/x86_64-linux-gnu/frr/modules' '--disable-dependency-tracking' '--enable-rpki' '--disable-scripting' '--disable-pim6d' '--with-libpam' '--enable-doc' '--enable-doc-html' " +
  "'--enable-snmp' '--enable-fpm' '--disable-protobuf' '--disable-zeromq' '--enable-ospfapi' '--enable-bgp-vnc' '--enable-multipath=256' '--enable-user=frr' '--enable-group=frr' '--enable-vty-group=frrvty' '--enable-configfile-mask=0640' " +
  "'--enable-logfile-mask=0640' 'build_alias=x86_64-linux-gnu' 'PYTHON=python3'";

export const version = (world: SimWorld, host: SimHost): string =>
  `FRRouting 8.4.4 (${host.hostname}) on Linux(${world.kernel}).\nCopyright 1996-2005 Kunihiro Ishiguro, et al.\nconfigured with:\n    ${configuredWith}\n`;

export const daemons = (host: SimHost): string => ` ${host.daemons.join(' ')}\n`;

/** What the configuration is: the same whether or not bgpd runs, apart from bgpd's own part. */
export function runningConfig(world: SimWorld, host: SimHost): string {
  const {keepalive, hold} = world.timersS;
  const timers = (neighbor: string): readonly string[] => (keepalive === 60 && hold === 180 ? [] : [` neighbor ${neighbor} timers ${keepalive} ${hold}`]);
  const range = `${host.underlay!.split('.').slice(0, 3).join('.')}.0/24`;
  const reflector = [
    ` bgp cluster-id ${host.underlay}`, ' neighbor fabric peer-group', ` neighbor fabric remote-as ${world.asn}`, ' neighbor fabric update-source wg0', ...timers('fabric'), ` bgp listen range ${range} peer-group fabric`, ' !',
    ' address-family l2vpn evpn', '  neighbor fabric activate', '  neighbor fabric route-reflector-client',
  ];
  const peers = bgpPeers(world, host);
  const client = [
    ...peers.flatMap(({underlay, hostname}) => [` neighbor ${underlay} remote-as ${world.asn}`, ` neighbor ${underlay} description ${hostname}`, ` neighbor ${underlay} update-source wg0`, ...timers(underlay!)]), ' !',
    ' address-family l2vpn evpn', ...peers.map(({underlay}) => `  neighbor ${underlay} activate`),
  ];
  const bgp = [
    `router bgp ${world.asn}`, ` bgp router-id ${host.underlay}`, ' no bgp default ipv4-unicast', ...(host.roles.includes('reflector') ? reflector : client), '  advertise-all-vni', ' exit-address-family', 'exit', '!',
  ];
  return [
    'Building configuration...', '', 'Current configuration:', '!', 'frr version 8.4.4', 'frr defaults traditional', `hostname ${host.hostname}`, 'log file /var/log/frr/frr.log informational', 'no ipv6 forwarding', 'service integrated-vtysh-config', '!',
    ...(host.daemons.includes('bgpd') ? bgp : []), 'end', '',
  ].join('\n');
}
