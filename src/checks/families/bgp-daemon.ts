/** FRR on each host: its daemons, and that bgpd has a configuration. */
import type {Evidence, Subject} from '../../model/finding.ts';
import type {HostProbeId} from '../../model/fabric.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {speakers} from './bgp-pairs.ts';

const subjectOf = (host: string, label: string): Subject => ({id: host, label, hosts: [host], rows: [{resource: 'hosts', id: host}]});

/** Without bgpd's EVPN, zebra has none: it says "not configured" of its VNIs and MACs. */
const evpnProbes: readonly HostProbeId[] = ['frr.vnis', 'frr.macs', 'frr.arp', 'frr.evpn'];
export const evpnReadings = (host: string): readonly string[] => evpnProbes.map((probe) => node.reading(host, probe));

/** Whether the kernel of the host answers while FRR does not. */
const slowAsAWhole = (view: View, host: string): boolean => view.problem(host, 'ip.links')?.kind === 'timeout' || view.problem(host, 'host.identity')?.kind === 'timeout';

interface Broken {
  readonly daemon: 'bgpd' | 'zebra';
  readonly how: 'dead' | 'hung';
}

/** Undefined: not known. */
function broken(view: View, host: string): {readonly list: readonly Broken[]; readonly text: string} | undefined {
  const problem = view.problem(host, 'frr.daemons');
  const both = (how: Broken['how']): readonly Broken[] => [{daemon: 'bgpd', how}, {daemon: 'zebra', how}];
  if (problem?.kind === 'not-running' || problem?.kind === 'not-installed') return {list: both('dead'), text: `show daemons on ${host}: ${problem.detail}`};
  if (problem?.kind === 'timeout' && !slowAsAWhole(view, host)) return {list: both('hung'), text: `show daemons on ${host}: ${problem.detail}`};
  const daemons = view.read(host, 'frr.daemons');
  if (!daemons) return undefined;
  const list = (['bgpd', 'zebra'] as const).flatMap((daemon): readonly Broken[] => (daemons.hung.includes(daemon) ? [{daemon, how: 'hung'}] : daemons.running.includes(daemon) ? [] : [{daemon, how: 'dead'}]));
  return {list, text: `running on ${host}: ${daemons.running.join(' ') || 'none'}${daemons.hung.length > 0 ? `; no answer from: ${daemons.hung.join(' ')}` : ''}`};
}

const consequence: Readonly<Record<Broken['daemon'], string>> = {
  bgpd: 'without bgpd the others take back what the host has announced',
  zebra: 'without zebra BGP stays up and the kernel keeps what it had: nothing new is learned or forgotten',
};

export const daemon: Check = {
  id: 'bgp.daemon',
  family: 'bgp',
  title: 'bgpd and zebra run and answer on each host',
  explanation: 'Each reflector and hypervisor needs bgpd and zebra. A daemon that is dead does not take connections; one that hangs takes them and never answers, and watchfrr may not notice. A hypervisor on which GoBGP speaks in FRR\'s place is left out.',
  remedy: 'systemctl restart frr; when a daemon hangs or died, first keep its log and core (journalctl -u frr, /var/log/frr).',
  origin: 'NetQ check bgp; FRR watchfrr',
  holdS: 5,
  run(view, out) {
    for (const host of speakers(view)) {
      const found = broken(view, host);
      if (!found) out.unknown(subjectOf(host, `FRR on ${host}`), [view.missing(host, 'frr.daemons')]);
      else if (found.list.length === 0) out.pass(() => subjectOf(host, `FRR on ${host}`));
      else {
        const [first] = found.list;
        const all = found.list.length === 2 && found.list[0]!.how === found.list[1]!.how;
        const evidence: Evidence[] = [{text: found.text, stamp: view.stamp(host, 'frr.daemons')}, ...found.list.map((one) => ({text: consequence[one.daemon]}))];
        const absent = view.problem(host, 'frr.daemons')?.kind === 'not-installed';
        out.fail({
          subject: subjectOf(host, `FRR on ${host}`),
          says: absent ? `FRR is not installed on ${host}` : all ? `FRR on ${host} ${first!.how === 'dead' ? 'does not run' : 'does not answer'}` : found.list.map((one) => `${one.daemon} on ${host} ${one.how === 'dead' ? 'does not run' : 'hangs: it does not answer'}`).join('; '),
          evidence,
          remedy: absent
            ? {text: `Install FRR on ${host}, or take the role of reflector or VTEP from it in the inventory.`}
            : {text: `Keep the log of ${host}, then restart FRR there.`, command: {host, script: 'journalctl -u frr -n 50 --no-pager; systemctl restart frr'}, action: {id: 'frr.restart', params: {host, daemon: all ? 'all' : first!.daemon}}},
          breaks: [...found.list.map((one) => (one.daemon === 'bgpd' ? node.bgpd(host) : node.zebra(host))), ...evpnReadings(host), node.reading(host, 'frr.running'), ...(all ? [node.reading(host, 'frr.version')] : [])],
          needs: [node.host(host)],
        });
      }
    }
  },
};

export const configured: Check = {
  id: 'bgp.configured',
  family: 'bgp',
  title: 'bgpd has a BGP instance on each host',
  explanation: 'A bgpd that was started without its configuration runs and answers, and does nothing: "BGP instance not found". It happens when frr.conf or bgpd.conf is missing, or cannot be read by the user frr.',
  remedy: 'Put the configuration back (one-deploy writes /etc/frr/bgpd.conf, owner frr:frr) and restart FRR.',
  origin: 'FRR user guide, BGP; NetQ check bgp',
  holdS: 0,
  run(view, out) {
    for (const host of speakers(view)) {
      const subject = (): Subject => subjectOf(host, `BGP instance of ${host}`);
      const problem = view.problem(host, 'frr.summary');
      if (view.read(host, 'frr.summary')) out.pass(subject);
      else if (problem?.kind !== 'not-configured') out.unknown(subject(), [view.missing(host, 'frr.summary')], [node.bgpd(host)]);
      else {
        const running = view.read(host, 'frr.running');
        out.fail({
          subject: subject(),
          says: `bgpd on ${host} has no configuration`,
          evidence: [
            {text: `show bgp l2vpn evpn summary on ${host}: ${problem.detail}`, stamp: view.stamp(host, 'frr.summary')},
            ...(running && running.as === undefined ? [{text: `show running-config of ${host}: no "router bgp"`, stamp: view.stamp(host, 'frr.running')}] : []),
          ],
          remedy: {text: `Put the configuration of ${host} back and restart FRR there.`, command: {host, script: 'ls -l /etc/frr'}},
          breaks: [node.bgpConfig(host), ...evpnReadings(host), node.reading(host, 'frr.summary'), node.reading(host, 'frr.neighbors'), node.reading(host, 'frr.bgp-vnis')],
          needs: [node.bgpd(host)],
        });
      }
    }
  },
};
