/** Where MACs, addresses and VMs are: one place each, and the one that OpenNebula says. */
import type {MacEntry, MacLocation, Vm} from '../../model/fabric.ts';
import type {Check, Out} from '../check.ts';
import {node} from '../node.ts';
import type {Stamp} from '../../model/reading.ts';
import type {View} from '../view.ts';
import {isBehindPort, sortedMacs} from './fdb-sorted.ts';
import {called, fresh, localNow, withoutTables} from './fdb-view.ts';
import {tap} from './mobility-tap.ts';
import {placement} from './mobility-placement.ts';

const onMac = ({id, vni, mac}: MacEntry, hosts: readonly string[]) => ({id, label: `MAC ${mac} in VNI ${vni}`, hosts, rows: [{resource: 'macs' as const, id}]});

const duplicate: Check = {
  id: 'mobility.duplicate',
  family: 'mobility',
  title: 'No MAC lives on two hosts, moves to and fro, or is held for a duplicate',
  explanation: 'A MAC is local on one host. Two machines with one MAC take each other\'s traffic in turn: two hosts call it local, or it moves whenever one of them speaks, and after five moves in 180 s (the defaults) duplicate-address detection flags it. A VM\'s MAC behind a port that is not that VM\'s is one as well. Moves that are counted and not flagged say nothing: each live migration is one, and FRR keeps the count after its 180 s, until the MAC moves again. A flagged MAC may be frozen: what is announced of it then counts no more, until somebody clears it. Live migration is one move, and for some seconds both hosts may call the MAC local: normal.',
  remedy: 'Find the second machine (the ports are named), give it another MAC, then: clear evpn dup-addr vni VNI mac MAC.',
  origin: 'RFC 7432 15.1, RFC 9721; FRR show evpn mac vni all duplicate; NetQ check evpn: mac-consistency',
  holdS: 20,
  run(view, out) {
    withoutTables(view, out, 'frr.macs');
    const {zebra} = fresh(view);
    for (const {mac, rest} of sortedMacs(view).macs) {
      const locals = localNow(view, mac);
      const flagged = rest.filter(({host, evpn}) => evpn?.duplicate === true && zebra.has(host));
      const intruder = locals.length < 2 && flagged.length === 0 ? strangePort(view, mac, rest) : undefined;
      if (locals.length < 2 && flagged.length === 0 && !intruder) {
        if (locals.length > 0) out.pass(() => onMac(mac, locals));
        continue;
      }
      tell(view, out, mac, locals, flagged, intruder);
    }
  },
};

/** A port that is none of the VM's, behind which some bridge has the VM's MAC, while the VM has its tap: in VMs that move both taps have one name. */
function strangePort(view: View, mac: MacEntry, rest: readonly MacLocation[]): Intruder | undefined {
  if (mac.vmId === undefined) return undefined;
  const {kernel} = fresh(view);
  for (const {host, fdb} of rest) {
    if (!kernel.has(host)) continue;
    const entry = fdb.find(isBehindPort);
    if (!entry || view.links(host)?.get(entry.device)?.vxlan) continue;
    const vm = vmOf(view, mac.vmId);
    const port = vm?.ports.find(({macId}) => macId === mac.id);
    if (vm?.host !== undefined && !vm.migrating && port?.tap && port.nic.tap !== undefined && port.nic.tap !== entry.device) return {host, port: entry.device, tap: port.nic.tap, home: vm.host};
  }
  return undefined;
}
interface Intruder {
  readonly host: string;
  readonly port: string;
  readonly tap: string; // the VM's own
  readonly home: string;
}
const vms = new WeakMap<View, ReadonlyMap<number, Vm>>();
function vmOf(view: View, id: number): Vm | undefined {
  let index = vms.get(view);
  if (!index) vms.set(view, (index = new Map(view.fabric.vms.map((vm) => [vm.id, vm]))));
  return index.get(id);
}

function tell(view: View, out: Out, mac: MacEntry, locals: readonly string[], flaggedAt: readonly MacLocation[], intruder: Intruder | undefined): void {
  const flagged = flaggedAt.map(({host}) => host);
  const moves = Math.max(...flaggedAt.map(({evpn}) => evpn?.detectionCount ?? 0));
  const places = mac.locations.flatMap(({host, evpn, fdb}) => {
    const port = evpn?.kind === 'local' ? evpn.device : fdb.find((entry) => entry.destination === undefined && !entry.externLearn && entry.state !== 'permanent')?.device;
    return port === undefined ? [] : [{host, port}];
  });
  const name = called(view, mac);
  const on = view.fabric.segments.find(({vni}) => vni === mac.vni)?.hosts.map(({host}) => host) ?? [];
  if (intruder && !places.some(({host}) => host === intruder.home)) places.push({host: intruder.home, port: intruder.tap});
  const [flagger] = flagged;
  const frozen = flagged.filter((host) => (view.read(host, 'frr.evpn')?.freezeTimeS ?? 0) > 0);
  out.fail({
    subject: onMac(mac, [...new Set([...locals, ...flagged, ...places.map(({host}) => host)])]),
    says: locals.length > 1 ? `${name} is local on ${locals.join(' and ')}${flagger === undefined ? '' : `, and flagged as a duplicate by ${flagged.join(', ')}`}`
      : intruder ? `${name} is behind ${intruder.port} of ${intruder.host}, which is no port of that VM: its own is ${intruder.tap} on ${intruder.home}`
      : `${name} is flagged as a duplicate by ${flagged.join(', ')}, after ${moves} moves${frozen.length > 0 ? ': it is frozen there' : ''}`,
    evidence: [
      ...places.map(({host, port}) => ({text: `behind ${port} of ${host}`, stamp: view.stamp(host, 'frr.macs')})),
      ...mac.locations.flatMap(({host, evpn, stamp}) => (evpn ? [{text: `zebra of ${host}: ${evpn.kind}${evpn.duplicate ? ', duplicate' : ''}, sequence ${evpn.localSequence ?? '?'}/${evpn.remoteSequence ?? '?'}, ${evpn.detectionCount ?? '?'} moves counted`, stamp}] : [])).slice(0, 6),
    ],
    remedy: {
      text: `Find the second machine with this MAC${places.length > 0 ? ` (${places.map(({host, port}) => `${port} of ${host}`).join(', ')})` : ''} and give it another${flagger === undefined ? '' : ', then clear the flag'}`,
      ...(flagger === undefined ? {} : {
        command: {host: flagger, script: `vtysh -c 'clear evpn dup-addr vni ${mac.vni} mac ${mac.mac}'`},
        action: {id: 'evpn.clear-duplicate', params: {host: flagger, vni: String(mac.vni), mac: mac.mac}},
      }),
    },
    breaks: [node.home(mac.vni, mac.mac), ...[...new Set([...on, ...mac.locations.map(({host}) => host)])].map((host) => node.mac(host, mac.vni, mac.mac))],
  });
}

interface Claim {
  readonly mac: string;
  readonly who: string;
  readonly vm: Vm | undefined;
  readonly stamp: Stamp | undefined;
}

const address: Check = {
  id: 'mobility.address',
  family: 'mobility',
  title: 'No IP address of a network belongs to two MACs',
  explanation: 'OpenNebula leases an address of a network once; two VMs that have one address (a lease taken by hand, two networks of one VNI) answer each other\'s ARP. Taken from the NICs of all VMs that OpenNebula has in a VNI, and, where FRR keeps one, from the ARP cache of the hosts.',
  remedy: 'Give one of the two another address.',
  origin: 'NetQ check addresses: duplicate IPv4; FRR show evpn arp-cache vni all duplicate',
  holdS: 20,
  run(view, out) {
    const cloud = view.cloud('one.vms');
    if (view.fabric.cloud && !cloud) out.unknown({id: 'OpenNebula', label: 'addresses of the VMs', hosts: [], rows: []}, [view.missingCloud('one.vms')], [node.cloud()]);
    const claims = new Map<string, Claim[]>();
    const claim = (vni: string, ip: string, one: Claim): void => {
      const key = `${vni}/${ip}`;
      const list = claims.get(key);
      if (!list) claims.set(key, [one]);
      else if (!list.some(({mac}) => mac === one.mac)) list.push(one);
    };
    if (cloud) for (const vm of view.fabric.vms) {
      if (vm.vm.state !== 3) continue;
      for (const {nic, macId} of vm.ports) if (macId !== undefined && nic.ip !== undefined && nic.mac !== undefined) claim(macId.slice(0, macId.indexOf('/')), nic.ip, {mac: nic.mac, who: `VM ${vm.id} ${vm.vm.name}`, vm, stamp: view.cloudStamp('one.vms')});
    }
    for (const host of view.hosts('vtep')) for (const arp of view.read(host, 'frr.arp') ?? []) if (arp.mac !== undefined && arp.active !== false) claim(String(arp.vni), arp.ip, {mac: arp.mac, who: `ARP cache of ${host}`, vm: undefined, stamp: view.stamp(host, 'frr.arp')});
    for (const [id, [first, ...others]] of claims) {
      const [vni, ip] = id.split('/') as [string, string];
      const all = [first!, ...others];
      const subject = {id, label: `${ip} in VNI ${vni}`, hosts: all.flatMap(({vm}) => vm?.host ?? []), rows: all.map(({mac}) => ({resource: 'macs' as const, id: `${vni}/${mac}`}))};
      if (others.length === 0) out.pass(() => subject);
      else out.fail({
        subject,
        says: `${ip} in VNI ${vni} belongs to ${all.map(({mac, who}) => `${mac} (${who})`).join(' and ')}`,
        evidence: all.map(({mac, who, stamp}) => ({text: `${who}: ${ip} is ${mac}`, stamp})),
        remedy: {text: 'Detach the NIC of one of them and attach it again with another address'},
        breaks: all.flatMap(({vm}) => (vm ? [node.vm(vm.id)] : [])),
        needs: others.flatMap(({mac}) => view.hosts('vtep').map((host) => node.mac(host, Number(vni), mac))),
      });
    }
  },
};

export const mobilityChecks: readonly Check[] = [duplicate, address, placement, tap];
