/** That firewalls let in what the fabric is made of: WireGuard, BGP and VXLAN inside it, live migration; and that VMs' frames pass. */
import type {Firewall, Link} from '../../model/network.ts';
import type {Missing, Remedy, Subject} from '../../model/finding.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {assess, type Assessed, type Service} from './firewall-services.ts';
import {isOpen, verdictOf, type Verdict} from './firewall-walk.ts';

const subject = (host: string): Subject => ({id: host, label: `firewall of ${host}`, hosts: [host], rows: [{resource: 'hosts', id: host}]});
/** What the end of INPUT refuses: findings about single services fold under the finding about it. */
const rest = (host: string): string => `filter-rest ${host}`;

/** The firewall, when there is one to read; a host without any firewall program lets all in. */
function firewallOf(view: View, host: string): {readonly firewall: Firewall} | {readonly missing: readonly Missing[]} {
  const firewall = view.read(host, 'nf.firewall');
  if (firewall) return {firewall};
  if (view.problem(host, 'nf.firewall')?.kind === 'not-installed') return {firewall: none};
  return {missing: [view.missing(host, 'nf.firewall')]};
}
const none: Firewall = {nat: [], filter: [], policies: {}, backends: []};

const services: readonly Service[] = ['wireguard', 'bgp', 'vxlan', 'migration'];
const concerned = (view: View): readonly string[] => view.hosts('reflector', 'vtep');

function serviceCheck(service: Service, words: Pick<Check, 'title' | 'explanation' | 'remedy'>): Check {
  return {
    id: `firewall.${service}`, family: 'firewall', ...words, origin: 'OpenNebula documentation: node setup, firewall; WireGuard and RFC 4271, RFC 7348 ports', holdS: 0,
    run(view, out) {
      for (const host of service === 'vxlan' || service === 'migration' ? view.hosts('vtep') : concerned(view)) {
        const read = firewallOf(view, host);
        if ('missing' in read) {
          out.unknown(subject(host), read.missing);
          continue;
        }
        const assessed = assess(view, host, service, read.firewall);
        if (!assessed) continue;
        if (assessed.outcome === 'pass') out.pass(() => subject(host));
        else if (assessed.outcome === 'unknown') out.unknown(subject(host), assessed.missing);
        else {
          out[assessed.outcome]({
            subject: subject(host),
            says: `${host} refuses ${assessed.what}: ${assessed.effect}`,
            evidence: [{text: `${host}: ${assessed.verdict?.why}`, stamp: view.stamp(host, 'nf.firewall')}],
            remedy: remedyFor(host, [assessed]),
            breaks: assessed.breaks,
            needs: assessed.verdict?.general ? [rest(host)] : [],
          });
        }
      }
    },
  };
}

/** Rules come from the host: only plain words of theirs go into a command. */
const harmless = /^-A [A-Za-z0-9_. :,/+!-]+$/;

function remedyFor(host: string, refused: readonly Assessed[]): Remedy {
  const rule = refused[0]?.verdict?.rule;
  const program = rule?.backend === 'iptables-legacy' ? 'iptables-legacy' : 'iptables';
  const what = refused.map((one) => one.what).join(', ');
  const keep = 'Do the same where the rules are loaded from at boot (/etc/iptables/rules.v4, /etc/nftables.conf), or it comes back.';
  if (rule && refused.every(({verdict}) => verdict?.rule === rule && !verdict.general) && rule.backend !== 'nft' && harmless.test(rule.text)) {
    return {text: `Remove the rule that refuses ${what}. ${keep}`, command: {host, script: `${program} -w ${rule.text.replace('-A', '-D')}`}};
  }
  return {text: `Let in ${what} from the other hosts before ${rule ? 'that rule' : 'the policy'} applies: ${suggested(refused)}. ${keep}`};
}

/** What to accept, as iptables has it. */
function suggested(refused: readonly Assessed[]): string {
  return refused.flatMap(({what}) => [...what.matchAll(/(UDP|TCP) (\d+(?::\d+)?)/g)].map(([, protocol, port]) => `iptables -I INPUT -p ${protocol!.toLowerCase()} -s PEER --dport ${port} -j ACCEPT`)).join('; ');
}

const defaultDeny: Check = {
  id: 'firewall.default-deny',
  family: 'firewall',
  title: 'What INPUT refuses at its end leaves the fabric what it needs',
  explanation:
    'Walks the INPUT chains of every back end (iptables over nf_tables, legacy iptables, native nft chains whose name has "input") in their order, and asks what a DROP policy or a rule about everything else (such as the REJECT icmp-host-prohibited that oneprovision leaves as the last one) does to WireGuard, BGP and VXLAN on the underlay and live migration (TCP 22, 49152 to 49215). Rules that refuse something else, and refusals after an ACCEPT, are not reported. WireGuard that only gets in as an answer is a warning: it works until the host stops dialling.',
  remedy: 'Accept UDP 51820 from the peers, TCP 22 and 49152:49215 from the other hypervisors before the last rule; change the saved rules too (/etc/iptables/rules.v4).',
  origin: 'OpenNebula oneprovision, role iptables; documentation: node setup, firewall',
  holdS: 0,
  run(view, out) {
    for (const host of concerned(view)) {
      const read = firewallOf(view, host);
      if ('missing' in read) {
        out.unknown(subject(host), read.missing);
        continue;
      }
      const {firewall} = read;
      const refused = services.flatMap((service) => assess(view, host, service, firewall) ?? []).filter(({verdict, outcome}) => verdict?.general && (outcome === 'fail' || outcome === 'warn'));
      if (refused.length === 0) {
        out.pass(() => subject(host));
        continue;
      }
      const failing = refused.some(({outcome}) => outcome === 'fail');
      const rule = refused[0]!.verdict!.rule;
      out[failing ? 'fail' : 'warn']({
        subject: subject(host),
        says: `${host} refuses by its ${rule ? `rule for all the rest (${rule.target}${rule.rejectWith ? ` ${rule.rejectWith}` : ''})` : 'policy DROP'} what was not let in before: ${refused.map(({what}) => what).join(', ')}`,
        evidence: refused.map(({what, effect, verdict}) => ({text: `${what}: ${verdict!.why}; ${effect}`, stamp: view.stamp(host, 'nf.firewall')})),
        remedy: remedyFor(host, refused),
        breaks: [rest(host), ...refused.flatMap(({breaks}) => breaks)],
      });
    }
  },
};

const forward: Check = {
  id: 'firewall.forward',
  family: 'firewall',
  title: 'FORWARD lets the frames of VMs pass',
  explanation:
    'Where the kernel hands bridged frames to iptables (net.bridge.bridge-nf-call-iptables = 1, as with Docker or security groups), FORWARD decides about traffic between the ports of a bridge. That setting is not read: a FORWARD that would refuse bridged frames on a hypervisor with networks is a warning. On a virtual router FORWARD always applies: refusing there is a failure.',
  remedy: 'iptables -I FORWARD -m physdev --physdev-is-bridged -j ACCEPT, or sysctl net.bridge.bridge-nf-call-iptables=0 where no security group needs it. On a virtual router: accept what it routes.',
  origin: 'kernel documentation: ip-sysctl, bridge-nf-call-iptables; Docker packet filtering',
  holdS: 0,
  run(view, out) {
    for (const host of view.hosts('vtep', 'virtual-router')) {
      const router = view.host(host)!.spec.roles.includes('virtual-router');
      const read = firewallOf(view, host);
      if ('missing' in read) {
        out.unknown(subject(host), read.missing);
        continue;
      }
      if (isOpen(read.firewall, 'FORWARD')) {
        out.pass(() => subject(host));
        continue;
      }
      const links = router ? undefined : view.read(host, 'ip.links');
      if (!router && !links) {
        out.unknown(subject(host), [view.missing(host, 'ip.links')]);
        continue;
      }
      const refused = router ? routed(view, host, read.firewall) : bridged(links ?? [], read.firewall);
      if (!refused) out.pass(() => subject(host));
      else if (router) {
        const routers = view.fabric.routers.filter((one) => one.host === host);
        out.fail({subject: subject(host), says: `${host} is a virtual router and refuses to forward: ${refused.why}`, evidence: [{text: `${host}: ${refused.why}`, stamp: view.stamp(host, 'nf.firewall')}], remedy: {text: `Let FORWARD of ${host} accept what it routes.`}, breaks: routers.map(({id}) => node.router(id))});
      } else {
        out.warn({
          subject: subject(host),
          says: `FORWARD of ${host} refuses bridged frames: VMs are cut off where net.bridge.bridge-nf-call-iptables is 1`,
          evidence: [{text: `${host}: ${refused.why}`, stamp: view.stamp(host, 'nf.firewall')}],
          remedy: {text: `See on ${host}: sysctl net.bridge.bridge-nf-call-iptables. If it is 1, let bridged frames pass, or set it to 0 where no security group needs it.`, command: {host, script: 'sysctl net.bridge.bridge-nf-call-iptables'}},
        });
      }
    }
  },
};

function bridged(links: readonly Link[], firewall: Firewall): Verdict | undefined {
  for (const {vxlan, master} of links) {
    if (!vxlan || master === undefined) continue;
    const verdict = verdictOf(firewall, 'FORWARD', {inDevice: master, outDevice: master, source: undefined, destination: undefined, protocol: undefined, sourcePort: undefined, port: undefined, state: 'NEW', bridged: true});
    if (verdict.let === 'out') return verdict;
  }
  return undefined;
}

/** Refused in both directions of an SDNAT mapping: from outside to the VM, and back. */
function routed(view: View, host: string, firewall: Firewall): Verdict | undefined {
  for (const {internal} of view.fabric.routers.find((one) => one.host === host)?.mappings ?? []) {
    const verdict = verdictOf(firewall, 'FORWARD', {inDevice: undefined, outDevice: 'eth1', source: undefined, destination: internal, protocol: undefined, sourcePort: undefined, port: undefined, state: 'NEW'});
    if (verdict.let === 'out') return verdict;
  }
  return undefined;
}

export const firewallChecks: readonly Check[] = [
  defaultDeny,
  serviceCheck('wireguard', {
    title: 'WireGuard packets of the peers are let in',
    explanation: 'Walks INPUT for a packet from each peer\'s endpoint to the port that WireGuard listens on, on the public device: as the first of a flow, and as an answer to a packet of our own. Only answers let in: the tunnel depends on this host dialling (a warning).',
    remedy: 'Remove the rule, or accept the port before it.',
  }),
  serviceCheck('bgp', {
    title: 'BGP is let in on the underlay',
    explanation: 'A session needs one end to be dialled on TCP 179, and the dialling end to get the answers. Walks INPUT for both on the underlay device; an end with dynamic neighbours only listens. One way open is enough.',
    remedy: 'Remove the rule, or accept TCP 179 on the underlay device before it.',
  }),
  serviceCheck('vxlan', {
    title: 'VXLAN is let in on the underlay',
    explanation: 'Walks INPUT for UDP to the port of each VXLAN device, on the underlay device, from each other hypervisor. Nothing else tells of this: sessions, routes and forwarding tables are all well while no frame arrives.',
    remedy: 'Remove the rule, or accept the UDP port on the underlay device before it.',
  }),
  serviceCheck('migration', {
    title: 'Live migration is let in from the other hypervisors',
    explanation: 'Walks INPUT for TCP 22 (oneadmin copies files and starts things) and for TCP 49152 to 49215 (QEMU) on the device that the host\'s OpenNebula name leads to.',
    remedy: 'Accept TCP 22 and 49152:49215 from the other hypervisors.',
  }),
  forward,
];
