/**
 * What a console reads while a fault is in force, as changes against the healthy fabric; what is not named here is as
 * before. One set for the embedded fabric and for the lab, on the same plan: ingress, kvm1 (vm1, vm3, the router's
 * overlay interface), kvm2 (vm2, vm4), vr. A fault is done to kvm2, to vr, or to ingress.
 */
import type {Facts} from './facts.ts';

export interface Expectation {
  readonly changes: Facts; // fact → value; "gone": there is no such fact
  /** Facts that are a matter of chance or of time while it is in force. */
  readonly unsettled?: RegExp;
  /** What is certain of those all the same. */
  readonly certain?: Readonly<Record<string, RegExp>>;
  /** Access itself changes: it is read over new connections. */
  readonly afresh?: true;
  /** The reflector gives the host up only when its hold timer has ended. */
  readonly afterHoldTime?: true;
}

const all = (...parts: readonly Facts[]): Facts => Object.assign({}, ...parts) as Facts;
const each = (keys: readonly string[], value: string): Facts => Object.fromEntries(keys.map((key) => [key, value]));

// kvm1 loses what kvm2 has announced, and kvm2 what kvm1 has: in the kernel, and in zebra while that can be asked.
const kvm1Forgets: Facts = all(each(['flood kvm1 2', 'flood kvm1 3'], '-'), each(['zebra kvm1 2', 'zebra kvm1 3'], 'has it, VTEPs: -'), each(['fdb kvm1 vm2 in 2', 'fdb kvm1 vm4 in 3', 'zebra kvm1 vm2 in 2', 'zebra kvm1 vm4 in 3'], 'gone'));
const kvm1Forgets2: Facts = {'flood kvm1 2': '-', 'zebra kvm1 2': 'has it, VTEPs: -', 'fdb kvm1 vm2 in 2': 'gone', 'zebra kvm1 vm2 in 2': 'gone'};
const kvm2Kernel2: Facts = {'flood kvm2 2': '-', ...each(['fdb kvm2 vm1 in 2', 'fdb kvm2 vr in 2'], 'gone')};
const kvm2Kernel: Facts = all(kvm2Kernel2, {'flood kvm2 3': '-', 'fdb kvm2 vm3 in 3': 'gone'});
const kvm2Zebra2: Facts = {'zebra kvm2 2': 'has it, VTEPs: -', ...each(['zebra kvm2 vm1 in 2', 'zebra kvm2 vr in 2'], 'gone')};
const kvm2Zebra: Facts = all(kvm2Zebra2, {'zebra kvm2 3': 'has it, VTEPs: -', 'zebra kvm2 vm3 in 3': 'gone'});
const kvm2Forgets: Facts = all(kvm2Kernel, kvm2Zebra);
const kvm2Forgets2: Facts = all(kvm2Kernel2, kvm2Zebra2);
const learnsNothing = 'established, receives nothing, sends some';
const tellsNothing = 'established, receives some, sends nothing';
const kvm1HearsNothing: Facts = all(kvm1Forgets, {'session kvm1>ingress': learnsNothing});
/** The session between kvm2 and the reflector is lost. */
const sessionLost: Facts = all(kvm1HearsNothing, kvm2Forgets, {'session ingress>kvm2': 'missing', 'session kvm2>ingress': 'down'});

const evpnNotRead = each(['trouble kvm2 2', 'trouble kvm2 3'], 'EVPN of kvm2 not read');
const bgpdNotRead = all(evpnNotRead, each(['bgpd kvm2 2', 'bgpd kvm2 3'], 'not read'), {'router-id kvm2': 'gone'});
const zebraNotRead = all(evpnNotRead, each(['zebra kvm2 2', 'zebra kvm2 3'], 'not read'));
const zebraEmpty = all(zebraNotRead, each(['zebra kvm2 vm1 in 2', 'zebra kvm2 vm3 in 3', 'zebra kvm2 vr in 2'], 'gone'), each(['mac vm2 in 2', 'mac vm4 in 3'], 'local at -'));
const evpnOff = all(zebraEmpty, each(['read kvm2 frr.vnis', 'read kvm2 frr.evpn'], 'not-configured'));
const reading = (probes: string, kind: string): Facts => each(probes.split(' ').map((probe) => `read kvm2 ${probe}`), kind);

const device = (text: string): Facts => ({'device kvm2 2': text});
const notInBgp: Facts = all(kvm1Forgets2, kvm2Forgets2, {'bgpd kvm2 2': 'does not have it'});

/** Nothing of a host is read any more, and what rests on it is not known. */
const probes = 'host.identity frr.version frr.daemons frr.summary frr.neighbors frr.bgp-vnis frr.vnis frr.macs frr.evpn frr.running wg.interfaces ip.links ip.addresses bridge.fdb nf.firewall';
const kvm2Unread = (access: string): Facts => all(
  reading(probes, 'gone'), each(['daemons kvm2', 'filter kvm2', 'wg0 kvm2', 'router-id kvm2', 'tunnel kvm2>ingress', 'tunnel kvm2>kvm1', 'tunnel ingress>kvm2', 'tunnel kvm1>kvm2'], 'gone'),
  each(['device kvm2 2', 'device kvm2 3', 'bridge kvm2 2', 'bridge kvm2 3'], 'none'), each(['flood kvm2 2', 'flood kvm2 3', 'zebra kvm2 2', 'zebra kvm2 3', 'bgpd kvm2 2', 'bgpd kvm2 3'], 'not read'),
  each(['trouble kvm2 2', 'trouble kvm2 3'], 'links of kvm2 not read'), each(['mac vm2 in 2', 'mac vm4 in 3'], 'local at -'),
  each(['fdb kvm2 vm1 in 2', 'fdb kvm2 vm3 in 3', 'fdb kvm2 vr in 2', 'zebra kvm2 vm1 in 2', 'zebra kvm2 vm3 in 3', 'zebra kvm2 vr in 2'], 'gone'),
  each(['vm vm2', 'vm vm4'], 'kvm2, links of kvm2 not read'), each(['tunnel ingress>stranger instead of kvm2', 'tunnel kvm1>stranger instead of kvm2'], 'handshake, allows kvm2, public kvm2'),
  {'access kvm2': access, 'session kvm2>ingress': 'unknown', 'session ingress>kvm2': 'unknown', 'session ingress>192.168.0.3': 'established, receives some, sends some'},
);
const access = (kind: string): Expectation => ({afresh: true, changes: kvm2Unread(kind)});
const readsTheSame: Expectation = {changes: {}};

/** zebra's last MACs are kept, as stale values, whatever they were: nobody has said that there are none. */
const keptMacs = /^(zebra kvm2 v|mac )/;
/** Without root: WireGuard and the firewall are not read. */
const plainUser = all(
  {'access kvm2': 'ready: denied', 'filter kvm2': 'gone'}, reading('nf.firewall wg.interfaces', 'denied'), each(['tunnel kvm2>ingress', 'tunnel kvm2>kvm1', 'tunnel ingress>kvm2', 'tunnel kvm1>kvm2'], 'gone'),
  each(['tunnel ingress>stranger instead of kvm2', 'tunnel kvm1>stranger instead of kvm2'], 'handshake, allows kvm2, public kvm2'),
);

/** zebra's `{}` for MACs means that there are none or that EVPN is off: which, its VNIs tell, and they are read a moment earlier or later. */
const macsOff = /^read kvm2 frr\.macs$/;

export const expectations: Readonly<Record<string, Expectation>> = {
  'bgpd-dead': {unsettled: macsOff, changes: all(sessionLost, bgpdNotRead, evpnOff, reading('frr.bgp-vnis frr.neighbors frr.summary', 'not-running'), {'daemons kvm2': 'staticd zebra'})},
  // What it has learned stays: a daemon that is stopped takes nothing back.
  'bgpd-hung': {changes: all(kvm1HearsNothing, bgpdNotRead, reading('frr.bgp-vnis frr.neighbors frr.running frr.summary', 'timeout'), {'daemons kvm2': 'zebra, hung: bgpd', 'session ingress>kvm2': 'missing', 'session kvm2>ingress': 'unknown'})},
  'bgpd-no-config': {unsettled: macsOff, changes: all(sessionLost, bgpdNotRead, evpnOff, reading('frr.bgp-vnis frr.neighbors frr.summary', 'not-configured'))},
  'zebra-dead': {unsettled: keptMacs, changes: all(zebraNotRead, reading('frr.evpn frr.macs frr.vnis', 'not-running'), {'daemons kvm2': 'bgpd staticd'})},
  'zebra-hung': {unsettled: keptMacs, changes: all(zebraNotRead, reading('frr.evpn frr.macs frr.running frr.vnis', 'timeout'), {'daemons kvm2': 'bgpd, hung: zebra'})},
  'frr-dead': {
    unsettled: keptMacs,
    changes: all(sessionLost, bgpdNotRead, zebraNotRead, reading('frr.version frr.daemons frr.summary frr.neighbors frr.bgp-vnis frr.vnis frr.macs frr.evpn frr.running', 'not-running'), {'daemons kvm2': 'gone'}),
  },

  'host-unplugged': {
    afresh: true, afterHoldTime: true,
    // The host of the session's address is not known: whether its sessions are missing cannot be told.
    changes: all(kvm2Unread('waiting: unreachable'), kvm1HearsNothing, {'session ingress>192.168.0.3': 'gone'}), unsettled: /^(session ingress>|mac )/,
  },
  'wg-down': {afterHoldTime: true, changes: all(sessionLost, {'wg0 kvm2': 'down mtu 1420'})},
  'wg-gone': {
    afterHoldTime: true,
    changes: all(sessionLost, each(['tunnel ingress>kvm2', 'tunnel kvm1>kvm2', 'tunnel kvm2>ingress', 'tunnel kvm2>kvm1'], 'gone'), each(['tunnel ingress>stranger instead of kvm2', 'tunnel kvm1>stranger instead of kvm2'], 'handshake, allows kvm2, public kvm2'), {'wg0 kvm2': 'gone', 'session ingress>kvm2': 'unknown'}),
  },
  // BGP sees nothing of the next five: the two hypervisors do not meet, and each talks to the reflector.
  'wg-wrong-key': {changes: {'tunnel kvm2>kvm1': 'gone', 'tunnel kvm2>stranger instead of kvm1': 'no handshake, allows kvm1, public kvm1'}},
  'wg-wrong-allowed-ips': {changes: {'tunnel kvm2>kvm1': 'handshake, allows 192.168.0.99, public kvm1'}},
  'wg-overlapping-allowed-ips': {changes: {'tunnel kvm2>ingress': 'handshake, allows ingress kvm1, public ingress', 'tunnel kvm2>kvm1': 'handshake, allows -, public kvm1'}},
  'wg-wrong-endpoint': {changes: {'tunnel kvm1>kvm2': 'no handshake, allows kvm2, no endpoint', 'tunnel kvm2>kvm1': 'no handshake, allows kvm1, 203.0.113.99'}},
  'wg-peer-missing': {changes: {'tunnel kvm2>kvm1': 'gone'}},
  'wg-port-dropped': {afterHoldTime: true, changes: all(sessionLost, {'filter kvm2': 'INPUT DROP'})},
  'wg-mtu': {changes: {'wg0 kvm2': 'up mtu 1280'}},

  'bgp-wrong-as': {changes: sessionLost},
  'bgp-wrong-password': {changes: sessionLost},
  'bgp-af-not-activated': {unsettled: /^router-id kvm2/, changes: all(sessionLost, {'session kvm2>ingress': 'missing'})},
  'bgp-no-advertise-all-vni': {
    unsettled: macsOff,
    changes: all(kvm1HearsNothing, kvm2Kernel, evpnOff, each(['bgpd kvm2 2', 'bgpd kvm2 3'], 'does not have it'), {'session ingress>kvm2': learnsNothing, 'session kvm2>ingress': tellsNothing}),
  },
  'bgp-rt-mismatch': {changes: all(kvm1Forgets2, kvm2Forgets2, {'bgpd kvm2 2': 'has it, rd of kvm2, rt 65000:9999, from kvm2'})},
  'bgp-no-reflector-client': {changes: all(kvm1HearsNothing, kvm2Forgets, each(['session ingress>kvm1', 'session ingress>kvm2'], tellsNothing), {'session kvm2>ingress': learnsNothing})},
  'bgp-duplicate-router-id': {
    changes: all(kvm1HearsNothing, kvm2Forgets, {'router-id kvm2': 'kvm1', 'session kvm2>ingress': learnsNothing, 'bgpd kvm2 2': 'has it, rd of kvm1, rt 65000:2, from kvm2', 'bgpd kvm2 3': 'has it, rd of kvm1, rt 65000:3, from kvm2'}),
  },
  'bgp-neighbor-shutdown': {changes: all(sessionLost, {'session kvm2>ingress': 'down, shut down'})},
  'bgp-policy-denies': {changes: all(kvm1HearsNothing, {'session ingress>kvm2': learnsNothing, 'session kvm2>ingress': tellsNothing})},

  'vxlan-gone': {changes: all(notInBgp, device('none'), {'flood kvm2 2': 'not read', 'zebra kvm2 2': 'does not have it', 'trouble kvm2 2': 'no VXLAN device', 'mac vm2 in 2': 'gone'})},
  'vxlan-down': {changes: all(notInBgp, device('down onebr.2 kvm2 4789 nolearning mtu 1370'), {'trouble kvm2 2': 'wg0.2 is down', 'mac vm2 in 2': 'local at -'})},
  'vxlan-unenslaved': {changes: all(notInBgp, device('up no bridge kvm2 4789 nolearning mtu 1370'), {'trouble kvm2 2': 'wg0.2 is in no bridge', 'mac vm2 in 2': 'gone'})},
  'vxlan-wrong-vni': {
    changes: all(notInBgp, device('none'), {
      'flood kvm2 2': 'not read', 'zebra kvm2 2': 'does not have it', 'trouble kvm2 2': 'no VXLAN device', 'mac vm2 in 2': 'gone',
      'device kvm2 4002': 'up onebr.2 kvm2 4789 nolearning mtu 1370', 'bridge kvm2 4002': 'up', 'zebra kvm2 4002': 'has it, VTEPs: -', 'bgpd kvm2 4002': 'has it, rd of kvm2, rt 65000:4002, from kvm2', 'flood kvm2 4002': '-', 'trouble kvm2 4002': 'none', 'mac vm2 in 4002': 'local at kvm2',
    }),
  },
  'vxlan-port-8472': {changes: device('up onebr.2 kvm2 8472 nolearning mtu 1370')},
  'vxlan-learning': {changes: all(device('up onebr.2 kvm2 4789 learning mtu 1370'), {'trouble kvm2 2': 'learning is on'})},
  'vxlan-wrong-local': {
    changes: all(device('up onebr.2 public kvm2 4789 nolearning mtu 1370'), each(['flood kvm1 2', 'fdb kvm1 vm2 in 2', 'zebra kvm1 vm2 in 2'], 'public kvm2'), {'zebra kvm1 2': 'has it, VTEPs: public kvm2', 'bgpd kvm2 2': 'has it, rd of kvm2, rt 65000:2, from public kvm2'}),
  },
  'vxlan-mtu': {changes: device('up onebr.2 kvm2 4789 nolearning mtu 1280')},
  // It forgets what its ports have told it: the MACs behind them are taken back.
  'bridge-down': {changes: {'bridge kvm2 2': 'down', 'trouble kvm2 2': 'onebr.2 is down', ...each(['fdb kvm1 vm2 in 2', 'zebra kvm1 vm2 in 2', 'mac vm2 in 2'], 'gone')}},
  'vxlan-port-dropped': {changes: {'filter kvm2': 'INPUT DROP'}},
  // FRR 8.4.4, which both have, takes it: the fault shows on 10.6 and later.
  'vxlan-dev-no-local': {changes: device('up onebr.2 dev wg0 4789 nolearning mtu 1370')},

  'fdb-stale': {changes: {'fdb kvm2 vm1 in 2': 'ingress'}},
  'fdb-missing-flood': {changes: all(each(['flood kvm2 2', 'flood kvm2 3'], '-'), each(['zebra kvm2 2', 'zebra kvm2 3'], 'has it, VTEPs: -'))},
  // Who has spoken last has it, and both speak: only that it is a duplicate is certain.
  'mac-duplicate': {changes: {}, unsettled: /vm1 in 2$/, certain: {'mac vm1 in 2': /, duplicate$/}},
  'mac-frozen': {changes: {}, unsettled: /vm1 in 2$/, certain: {'mac vm1 in 2': /, duplicate$/}},
  'mac-flapping': {changes: {}, unsettled: /02:00:ac:1f:ff:01 in 2$/},

  // What is wrong inside a guest, nobody outside can read.
  'vm-mtu-1500': readsTheSame,
  'vm-wrong-gateway': readsTheSame,
  // It was the only one of its network there: with it the network left kvm2.
  'vm-elsewhere': {
    changes: all(notInBgp, device('none'), {
      'vm vm2': 'kvm2, no one-2-0 on kvm2', 'mac vm2 in 2': 'local at kvm1', 'bridge kvm2 2': 'none', 'flood kvm2 2': 'not read', 'zebra kvm2 2': 'does not have it', 'trouble kvm2 2': 'no VXLAN device',
    }),
  },

  'router-down': {
    afresh: true,
    changes: all(each(['host.identity', 'ip.links', 'ip.addresses', 'bridge.fdb', 'nf.firewall', 'vr.state'].map((probe) => `read vr ${probe}`), 'gone'), {'access vr': 'waiting: unreachable', 'filter vr': 'gone', 'router vr': 'gone', 'nat 203.0.113.201': 'unknown', 'vm vr': 'kvm1, one-0-0 one-0-1 is down'}),
    unsettled: / vr in 2$/, // its MAC ages away on a host, and a port that is down forgets it at once
  },
  'router-backup': {changes: {'router vr': 'BACKUP, forwarding off', 'nat 203.0.113.201': 'missing'}},
  'nat-rule-missing': {changes: {'nat 203.0.113.201': 'missing'}},
  'nat-rule-stale': {changes: {'nat 203.0.113.209': 'stale'}},
  'nat-address-without-rule': {changes: {'nat 203.0.113.201': 'address-without-rule'}},
  'nat-other-backend': {changes: {'nat 203.0.113.201': 'ok (legacy)'}},
  'router-forwarding-off': {changes: {'router vr': 'MASTER, forwarding off'}},
  'alias-other-region': {changes: {'one vnet elastic public (another)': 'in a cluster'}},

  'one-host-error': {changes: {'one host kvm2': 'state 3'}},
  'one-host-disabled': {changes: {'one host kvm2': 'state 4'}},
  'one-host-offline': {changes: {'one host kvm2': 'state 8'}},
  'one-vnet-not-in-cluster': {changes: {'one vnet vxlan 2': 'in no cluster'}},
  'one-datastore-not-in-cluster': {changes: {'one system datastore': 'in no cluster'}},
  'one-leases-exhausted': {changes: {'one vnet vxlan 2': 'in a cluster, no free lease'}},
  'one-duplicate-vlan-id': {changes: {'one vnet vxlan 2 (another)': 'in a cluster'}},
  'one-unreachable': {changes: {'access OpenNebula': 'waiting: unreachable'}, unsettled: /^(one|vm|nat) /},
  'one-wrong-credentials': {changes: {'access OpenNebula': 'refused: auth'}, unsettled: /^(one|vm|nat) /},
  'one-no-rights': {changes: {'one pools': '0 hosts, 0 VMs'}, unsettled: /^(one (host|system)|vm|nat) /},

  'ssh-refused': access('waiting: unreachable'),
  'ssh-unreachable': access('waiting: unreachable'),
  'ssh-key-refused': access('refused: auth'),
  'ssh-host-key-changed': access('refused: host-key'),
  'host-hangs': access('waiting: unreachable'),
  'sudo-denied': {afresh: true, changes: plainUser},
  'user-no-rights': {
    afresh: true, unsettled: /^(zebra|bgpd|trouble) kvm2 |^(mac|daemons|router-id) |^session .*kvm2/,
    changes: all(plainUser, reading('frr.version frr.daemons frr.summary frr.neighbors frr.bgp-vnis frr.vnis frr.macs frr.evpn frr.running', 'denied')),
  },

  'reject-icmp-host-prohibited': {changes: {'filter kvm2': 'INPUT REJECT'}},
};

/** vm4, the only one of its network on kvm2, has moved to kvm1: the network left with it. `told`: OpenNebula knows. */
export const migrated = (told: boolean): Expectation => ({
  changes: {
    'mac vm4 in 3': 'local at kvm1', 'fdb kvm1 vm4 in 3': 'gone', 'zebra kvm1 vm4 in 3': 'gone', 'flood kvm1 3': '-', 'zebra kvm1 3': 'has it, VTEPs: -', 'fdb kvm2 vm3 in 3': 'gone', 'zebra kvm2 vm3 in 3': 'gone',
    'vm vm4': told ? 'kvm1, well' : 'kvm2, no one-4-0 on kvm2',
    ...(told
      ? each(['device kvm2 3', 'bridge kvm2 3', 'flood kvm2 3', 'zebra kvm2 3', 'bgpd kvm2 3', 'trouble kvm2 3'], 'gone')
      : {'device kvm2 3': 'none', 'bridge kvm2 3': 'none', 'flood kvm2 3': 'not read', 'zebra kvm2 3': 'does not have it', 'bgpd kvm2 3': 'does not have it', 'trouble kvm2 3': 'no VXLAN device'}),
  },
});

/** What the facts should be, and are not: "fact: value, expected VALUE". Empty: all is as it should be. */
export function surprises(healthy: Facts, facts: Facts, {changes, unsettled, certain = {}}: Expectation): readonly string[] {
  const expected: Record<string, string> = {...healthy, ...changes};
  const value = (key: string): string => facts[key] ?? 'gone';
  return [
    ...[...new Set([...Object.keys(expected), ...Object.keys(facts)])].sort().filter((key) => unsettled?.test(key) !== true)
      .flatMap((key) => (value(key) === (expected[key] ?? 'gone') ? [] : [`${key}: ${value(key)}, expected ${expected[key] ?? 'gone'}`])),
    ...Object.entries(certain).flatMap(([key, pattern]) => (pattern.test(value(key)) ? [] : [`${key}: ${value(key)}, expected ${pattern.source}`])),
  ];
}
