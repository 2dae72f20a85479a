import {asNumber, asOf} from './plan.ts';
import type {Machine} from './plan.ts';

/**
 * /etc/frr/bgpd.conf as one-deploy's frr/evpn role renders it, with two things added so that a test sees a loss
 * within seconds: `timers 3 9` and `timers connect 3` (the role leaves FRR's 60/180/120). Reflectors on hypervisors dial
 * each other, which the role does not know how to say: with its templates alone, two reflectors have no session.
 * `strangers` are peers in another AS.
 */
export const bgpdConfig = (self: Machine, reflectors: readonly Machine[], strangers: readonly Machine[]): string => {
  const reflects = self.reflects === true;
  const others = reflectors.filter(reflector => reflector.name !== self.name);
  const foreign = reflects ? strangers : [];
  const lines = [
    `hostname ${self.name}`,
    'log file /var/log/frr/bgpd.log informational',
    '!',
    `router bgp ${asNumber}`,
    ` bgp router-id ${self.underlayAddress}`,
    ...(reflects ? [` bgp cluster-id ${reflectors[0]?.underlayAddress}`] : []),
    ' no bgp default ipv4-unicast',
    ...(foreign.length > 0 ? [' no bgp ebgp-requires-policy'] : []),
    ' neighbor fabric peer-group',
    ` neighbor fabric remote-as ${asNumber}`,
    ' neighbor fabric capability extended-nexthop',
    ...(reflects ? [` neighbor fabric update-source ${self.underlayAddress}`] : []),
    ' neighbor fabric timers 3 9',
    ' neighbor fabric timers connect 3',
    ...(reflects ? [' bgp listen limit 200', ' bgp listen range 192.168.0.0/24 peer-group fabric'] : []),
    ...others.map(reflector => ` neighbor ${reflector.underlayAddress} peer-group fabric`),
    ...foreign.flatMap(peer => [
      ` neighbor ${peer.underlayAddress} remote-as ${asOf(peer)}`,
      ` neighbor ${peer.underlayAddress} timers 3 9`,
      ` neighbor ${peer.underlayAddress} timers connect 3`,
    ]),
    ' !',
    ' address-family l2vpn evpn',
    '  neighbor fabric activate',
    ...(reflects ? ['  neighbor fabric route-reflector-client'] : []),
    ...foreign.map(peer => `  neighbor ${peer.underlayAddress} activate`),
    '  advertise-all-vni',
    ' exit-address-family',
    '!',
    'line vty',
    '!',
  ];
  return lines.join('\n') + '\n';
};

/** /etc/frr/daemons: what the service would start, for a reader of the host. */
export const daemonsFile = `bgpd=yes
vtysh_enable=yes
zebra_options="  -A 127.0.0.1 -s 90000000"
bgpd_options="   -A 127.0.0.1"
staticd_options="-A 127.0.0.1 -P 2620"
`;

/** Boot lines. There is no frr.conf, so each daemon reads its own file, as after one-deploy. */
export const frrBoot = `
chown -R frr:frr /etc/frr /var/log/frr /run/frr
chgrp frrvty /etc/frr/vtysh.conf
chmod 640 /etc/frr/*
# From FRR 10 on, mgmtd holds the configuration of zebra and staticd.
[ ! -x /usr/lib/frr/mgmtd ] || /usr/lib/frr/mgmtd -d -F traditional -A 127.0.0.1 3>&-
/usr/lib/frr/zebra -d -F traditional -A 127.0.0.1 -s 90000000 3>&-
/usr/lib/frr/bgpd -d -F traditional -A 127.0.0.1 3>&-
/usr/lib/frr/staticd -d -F traditional -A 127.0.0.1 -P 2620 3>&-
`;
