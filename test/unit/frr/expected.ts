/** What each captured answer must turn into: stated per state of the lab, so that a new state or file cannot slip through. */
import type {ProblemKind} from '../../../src/model/reading.ts';
import {parserOf, place, type Capture} from './captures.ts';

export type Outcome = 'value' | ProblemKind;

const bgpSide = new Set(['summary', 'neighbors', 'bgp-vnis', 'routes']);
const evpnOfZebra = new Set(['vnis', 'macs', 'arp', 'evpn']);

/** States in which every question that this version knows has an answer. */
const plain = new Set([
  'healthy', 'healthy-reflector', 'migrated-mm', 'migrated-mm-reflector', 'migrated-mm-rr10.3', 'vxlan-dev-no-local',
  'healthy-kvm-rr', 'kvm-rr-distinct-cluster-ids', 'migration', 'migrated-mm5', 'macip', 'duplicate-mac', 'duplicate-mac-freeze-permanent',
  'fault-wg-wrong-key-kvm2', 'fault-wg-wrong-allowed-kvm2', 'fault-wg-down-kvm2', 'fault-wg-gone-kvm2',
  'fault-host-lost-4s', 'fault-host-lost-12s', 'fault-host-lost-200s', 'fault-mtu-kvm2', 'fault-vm-mtu-1500',
  'fault-vxlan-port8472-learning', 'fault-vtep-on-public-ip', 'fault-rt-mismatch', 'bgp-states', 'gobgp', 'gobgp-injected', 'gobgpd-dead',
  'nat-mixed-nft-and-legacy', 'scale-32-hosts', 'crash-route-vni-all-json',
]);

/** Host and what is broken on it; the others in that state are as in a plain one. */
const brokenOn: Readonly<Record<string, readonly [host: string, fault: 'bgpd' | 'zebra' | 'frr' | 'instance' | 'advertise' | 'device']>> = {
  'bgpd-dead': ['', 'bgpd'],
  'no-bgp-instance': ['', 'instance'],
  'fault-bgpd-dead-kvm2': ['kvm2', 'bgpd'],
  'kvm-rr-bgpd-dead-kvm1': ['kvm1', 'bgpd'],
  'fault-bgpd-restarted-no-config': ['kvm2', 'instance'],
  'fault-zebra-dead-kvm2': ['kvm2', 'zebra'],
  'fault-frr-dead-kvm2': ['kvm2', 'frr'],
  'fault-no-advertise-all-vni': ['kvm2', 'advertise'],
  'fault-vxlan-gone-kvm2': ['kvm2', 'device'],
  'fault-vxlan-down-kvm2': ['kvm2', 'device'],
  'fault-vxlan-unenslaved-kvm2': ['kvm2', 'device'],
};

/** undefined: nobody has said yet what this answer is. */
export function expectedOf(c: Capture): Outcome | undefined {
  const name = parserOf(c.command)!.name;
  const answer = ofCommand(c);
  if (answer) return answer;
  // Hosts of the lab that have no FRR running at all.
  if ((c.host === 'vr' || (c.host === 'kvm3' && c.state === 'gobgp')) && name === 'version') return 'not-running';
  const broken = brokenOn[c.state];
  if (broken && broken[0] === c.host) {
    switch (broken[1]) {
      case 'frr':
        return 'not-running';
      case 'zebra':
        return evpnOfZebra.has(name) ? 'not-running' : 'value';
      case 'bgpd':
        return bgpSide.has(name) ? 'not-running' : evpnOfZebra.has(name) ? 'not-configured' : 'value';
      case 'instance':
        return bgpSide.has(name) || evpnOfZebra.has(name) ? 'not-configured' : 'value';
      case 'advertise':
        return evpnOfZebra.has(name) ? 'not-configured' : 'value';
      case 'device':
        // No VNI has a MAC: `{}`, which by itself is what "off" looks like too (the probe asks the VNIs).
        return name === 'macs' ? 'not-configured' : 'value';
    }
  }
  if (broken) return 'value';
  if (c.state === 'unknown-vni') return name === 'neighbors' ? 'value' : 'not-configured';
  if (c.state === 'empty-evpn-session-up' || c.state === 'empty-evpn-session-shutdown') return ofNoVni(c, name);
  if (plain.has(c.state)) return /duplicate json$/.test(c.command) && /^\s*\{\s*\}\s*$/.test(c.out) ? 'not-configured' : 'value';
  return undefined;
}

/** What depends on the command and the version alone. */
function ofCommand(c: Capture): Outcome | undefined {
  const brief = / route json brief$/.test(c.command) && c.version !== '10.7.1';
  if (brief || / route json detail$| evpn detail json$/.test(c.command) || / vni 16777216 /.test(c.command)) return 'unsupported';
  if (c.command === 'show version json' && c.version !== '10.7.1') return 'unsupported';
  // From 8.5 on the table of a VNI does not hold its MAC routes.
  if (/ route vni \d+ mac /.test(c.command) && c.version.startsWith('10.')) return 'not-configured';
  if (c.state === 'vxlan-dev-no-local' && c.version === '10.7.1' && /evpn (route )?vni \d+/.test(c.command) && c.command.startsWith('show bgp')) return 'not-configured';
  return undefined;
}

/** EVPN is on, and there is no VNI: the details as JSON say so from 10.x on (`[]`), the others look as if it were off. */
function ofNoVni(c: Capture, name: string): Outcome {
  if (name === 'macs' || name === 'arp' || / vni \d+/.test(c.command)) return 'not-configured';
  if (c.command === 'show evpn vni detail' || c.command === 'show evpn vni json') return 'not-configured';
  return 'value';
}

export const missing = (c: Capture): string => `${place(c)} (${c.command}): no expectation`;
