/** The kernel's forwarding tables against zebra's, host by host. Between hosts: fdb-location.ts. */
import type {MacEntry, MacLocation} from '../../model/fabric.ts';
import type {FdbEntry} from '../../model/network.ts';
import type {Check, Out} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {location} from './fdb-location.ts';
import {isBehindPort, sortedMacs} from './fdb-sorted.ts';
import {called, fresh, onMac, ownerOf, vtep, withoutTables} from './fdb-view.ts';
import {isEvpn, layer2, onVni, places} from './vxlan-view.ts';

/** Lists of zebra and the kernel that were found to be the same: they are compared again only when one was read anew and differs. */
const alike = new WeakMap<readonly string[], readonly string[]>();

const flood: Check = {
  id: 'fdb.flood',
  family: 'fdb',
  title: 'The kernel floods to the VTEPs that zebra knows, and to no others',
  explanation: 'For each remote VTEP of a VNI zebra puts an entry 00:00:00:00:00:00 dst VTEP on the VXLAN device: broadcast (ARP) goes there. One that is missing cuts a host off until its MACs are known; one too many sends frames to who does not want them. Whether zebra knows the right VTEPs is the matter of family evpn.',
  remedy: 'zebra puts back what is missing when the VNI is taken up anew: ip link set DEVICE down; ip link set DEVICE up.',
  origin: 'NetQ check vxlan: BUM replication; Apstra VXLAN Flood List Validation',
  holdS: 10,
  run(view, out) {
    withoutTables(view, out, 'frr.vnis', 'bridge.fdb', 'ip.links');
    for (const place of places(view)) {
      const {host, vni, device, on} = place;
      const known = on.zebra?.remoteVteps;
      if (!isEvpn(place) || !known || !on.floodTo || !view.read(host, 'frr.vnis') || !view.read(host, 'bridge.fdb')) continue;
      if (alike.get(known) === on.floodTo) {
        out.pass(() => onVni(host, vni));
        continue;
      }
      const [zebras, kernels] = [new Set(known), new Set(on.floodTo)];
      const missing = known.filter((address) => !kernels.has(address));
      const extra = on.floodTo.filter((address) => !zebras.has(address));
      if (missing.length === 0 && extra.length === 0) {
        alike.set(known, on.floodTo);
        out.pass(() => onVni(host, vni));
        continue;
      }
      const script = [...missing.map((address) => `bridge fdb append 00:00:00:00:00:00 dev ${device.name} dst ${address} self permanent`), ...extra.map((address) => `bridge fdb del 00:00:00:00:00:00 dev ${device.name} dst ${address} self`)].join(' && ');
      const peers = [...missing, ...extra].flatMap((address) => view.fabric.hostByAddress.get(address) ?? []);
      out.fail({
        subject: onVni(host, vni),
        says: [missing.length > 0 ? `${device.name} of ${host} does not flood to ${missing.map((one) => vtep(view, one)).join(', ')}` : '', extra.length > 0 ? `${device.name} of ${host} floods to ${extra.map((one) => vtep(view, one)).join(', ')}, unknown to zebra` : ''].filter(Boolean).join('; '),
        evidence: [{text: `zebra of ${host}, VNI ${vni}: remote VTEPs ${known.join(' ') || 'none'}`, stamp: view.stamp(host, 'frr.vnis')}, {text: `kernel: ${device.name} floods to ${on.floodTo.join(' ') || 'nobody'}`, stamp: view.stamp(host, 'bridge.fdb')}],
        remedy: {text: 'Make the kernel\'s list what zebra knows', command: {host, script}},
        breaks: peers.map((peer) => node.flood(host, peer, vni)),
        needs: [node.vni(host, vni)],
        facts: [...missing.map((address) => `lacks ${address}`), ...extra.map((address) => `has ${address}`)],
      });
    }
  },
};

/** Entries of the VXLAN device itself: where frames to this MAC are sent. */
const tunnelled = (location: MacLocation): readonly (FdbEntry & {readonly destination: string})[] => location.fdb.filter((entry): entry is FdbEntry & {destination: string} => entry.destination !== undefined);

const remote: Check = {
  id: 'fdb.remote',
  family: 'fdb',
  title: 'The kernel sends to each remote MAC where zebra says that it is',
  explanation: 'zebra puts an entry MAC dst VTEP on the VXLAN device for each MAC that it has learned from BGP. One that is missing makes the host flood; one with another VTEP loses the traffic; one that zebra does not know (left after a migration, a known defect of FRR, or put by hand) keeps sending to where the VM was, and can keep zebra from announcing the MAC here. FRR leaves the entry of the old place beside a MAC that has come here: while the bridge has the MAC behind a port, it is not used, and zebra replaces it when the MAC leaves: normal. Entries that a device with learning made by itself are the matter of vxlan.learning.',
  remedy: 'Lead the entry to where zebra has the MAC: bridge fdb replace MAC dev DEVICE dst VTEP self extern_learn. zebra itself does not look again until the MAC moves. An entry that zebra does not know: bridge fdb del MAC dev DEVICE dst VTEP self.',
  origin: 'FRR issues 21472 and 21473 (entries left after a move); NetQ check evpn: EVPN Type 2',
  holdS: 20,
  run(view, out) {
    withoutTables(view, out, 'frr.macs', 'bridge.fdb', 'ip.links');
    const {zebra, kernel} = fresh(view);
    const learning = new Set(places(view).filter((place) => place.device.vxlan.learning).map(({host, vni}) => `${host}/${vni}`));
    const {calm, isCalm, macs} = sortedMacs(view);
    out.passAll(calm, () => view.fabric.macs.flatMap((mac) => mac.locations.filter(isCalm).map(({host}) => onMac(host, mac))));
    const ours = layer2(view);
    for (const {mac, rest} of macs) for (const location of rest) {
      const {host, evpn} = location;
      if (!ours.has(`${host}/${mac.vni}`) || !zebra.has(host) || !kernel.has(host) || evpn?.kind === 'auto' || (evpn?.kind === 'local' && !location.fdb.some((entry) => entry.destination !== undefined))) continue;
      const entries = tunnelled(location);
      const foreign = entries.filter((entry) => entry.externLearn || entry.state !== '' || !learning.has(`${host}/${mac.vni}`));
      const to = evpn?.kind === 'remote' ? evpn.remoteVtep : undefined;
      if (foreign.length === 0 && (to === undefined || location.fdb.some(isBehindPort))) continue; // nothing remote about it here, or it is here: fdb.local
      judge(view, out, mac, location, to, foreign);
    }
  },
};

function judge(view: View, out: Out, mac: MacEntry, {host, evpn, fdb}: MacLocation, to: string | undefined, entries: readonly (FdbEntry & {readonly destination: string})[]): void {
  // The bridge sends to the port behind which it has learned the MAC: what is left of before it came lies dormant, and zebra replaces it when the MAC leaves.
  if (evpn?.kind === 'local' && fdb.some(isBehindPort)) return out.pass(() => onMac(host, mac));
  const wrong = entries.filter(({destination}) => destination !== to);
  const byHand = entries.find(({destination, externLearn}) => destination === to && !externLearn);
  if (to !== undefined && entries.length > 0 && wrong.length === 0 && !byHand) {
    out.pass(() => onMac(host, mac));
    return;
  }
  const name = called(view, mac);
  const evidence = [
    {text: `zebra of ${host}: ${evpn === undefined ? `does not know ${mac.mac} in VNI ${mac.vni}` : to === undefined ? `local on ${evpn.device ?? '?'}` : `remote, VTEP ${vtep(view, to)}`}`, stamp: view.stamp(host, 'frr.macs')},
    {text: `kernel: ${entries.map((entry) => `${entry.device} dst ${vtep(view, entry.destination)}${entry.externLearn ? ' extern_learn' : ''}${entry.state ? ` ${entry.state}` : ''}`).join('; ') || 'no entry'}`, stamp: view.stamp(host, 'bridge.fdb')},
    ...mac.localAt.filter((other) => other !== host && fresh(view).zebra.has(other)).map((other) => ({text: `zebra of ${other}: local there`, stamp: view.stamp(other, 'frr.macs')})),
    ...placement(view, mac),
  ];
  const subject = onMac(host, mac);
  const breaks = [node.mac(host, mac.vni, mac.mac)];
  // A VTEP that is another address of a host: its VXLAN device is made with that.
  const owners = wrong.flatMap(({destination}) => {
    const owner = view.fabric.hostByAddress.get(destination) ?? ownerOf(view, destination);
    return owner === undefined || view.underlayAddress(owner) === destination ? [] : [node.device(owner, mac.vni)];
  });
  const needs = [node.vni(host, mac.vni), node.home(mac.vni, mac.mac), ...owners];
  // A MAC that moves again is found between two tables again: by where it should be, that is another matter.
  const facts = [`zebra ${to ?? evpn?.kind ?? 'nothing'}, kernel ${entries.map(({destination}) => destination).sort().join(' ') || 'nothing'}`];
  const [bad] = wrong;
  const device = view.realisation(host, mac.vni)?.device?.name;
  /** As zebra itself would put it. */
  const lead = (on: string, vtepAddress: string): string => `bridge fdb replace ${mac.mac} dev ${on} dst ${vtepAddress} self extern_learn`;
  if (bad) out.fail({
    subject,
    says: `${host} sends to ${name} at ${vtep(view, bad.destination)}, ${to === undefined ? (evpn ? 'and zebra has it local' : 'which zebra does not know: left behind') : `zebra says ${vtep(view, to)}`}`,
    evidence,
    remedy: {
      text: to === undefined ? 'Remove the entry' : `Lead it to ${vtep(view, to)}: zebra itself does not look again until the MAC moves`,
      command: {host, script: to === undefined ? `bridge fdb del ${mac.mac} dev ${bad.device} dst ${bad.destination} self` : lead(bad.device, to)},
      action: {id: 'fdb.remove', params: {host, device: bad.device, mac: mac.mac, destination: bad.destination}},
    },
    breaks, needs, facts,
  });
  else if (byHand) out.warn({
    subject,
    says: `The entry of ${name} on ${host} was not put by zebra: it stays when the VM moves`,
    evidence,
    remedy: {text: 'Replace it by one that zebra owns', command: {host, script: lead(byHand.device, byHand.destination)}},
    breaks: [], needs, facts,
  });
  else out.fail({
    subject,
    says: `The kernel of ${host} has no entry for ${name}, zebra has it at ${vtep(view, to!)}`,
    evidence,
    remedy: {text: 'Have zebra take the VNI up anew, or put the entry', ...(device === undefined ? {} : {command: {host, script: lead(device, to!)}})},
    breaks, needs, facts,
  });
}

/** Where OpenNebula has the VM of the MAC. */
function placement(view: View, {vmId}: MacEntry): readonly {readonly text: string; readonly stamp: ReturnType<View['cloudStamp']>}[] {
  const vm = vmId === undefined || !view.cloud('one.vms') ? undefined : view.fabric.vms.find(({id}) => id === vmId);
  return vm?.host === undefined ? [] : [{text: `OpenNebula has ${vm.vm.name} on ${vm.host}${vm.migrating ? ', migrating' : ''}`, stamp: view.cloudStamp('one.vms')}];
}

const local: Check = {
  id: 'fdb.local',
  family: 'fdb',
  title: 'zebra has as local what the bridge has learned behind its ports',
  explanation: 'A MAC that the bridge has learned on a tap must be local for zebra, else it is announced to nobody. After a migration FRR can hold on to the remote entry of the old place: the guest is here, and everybody else sends there. A MAC that no frame has been seen of yet is in neither table: normal.',
  remedy: 'Remove the remote entry that is left, and let the guest speak (ping from it); else take the VNI up anew: ip link set DEVICE down; ip link set DEVICE up.',
  origin: 'FRR issue 21472 (local entry removed when the withdrawal comes late)',
  holdS: 20,
  run(view, out) {
    withoutTables(view, out, 'frr.macs', 'bridge.fdb', 'ip.links');
    const {zebra, kernel} = fresh(view);
    const ports = layer2(view);
    for (const {mac, rest} of sortedMacs(view).macs) for (const {host, fdb, evpn} of rest) {
      const port = fdb.find(isBehindPort);
      if (!port || !zebra.has(host) || !kernel.has(host) || !ports.has(`${host}/${mac.vni}`)) continue;
      if (evpn?.kind === 'local' || evpn?.kind === 'auto') {
        out.pass(() => onMac(host, mac));
        continue;
      }
      const left = fdb.find((entry) => entry.destination !== undefined);
      out.fail({
        subject: onMac(host, mac),
        says: `${called(view, mac)} is behind ${port.device} of ${host}, ${evpn ? `zebra has it at ${vtep(view, evpn.remoteVtep ?? '?')}` : 'zebra does not know it'}`,
        evidence: [{text: `kernel: ${mac.mac} dev ${port.device} master ${port.master ?? '?'}`, stamp: view.stamp(host, 'bridge.fdb')}, {text: `zebra of ${host}: ${evpn ? `${evpn.kind}, VTEP ${evpn.remoteVtep ?? '?'}` : 'not in VNI ' + String(mac.vni)}`, stamp: view.stamp(host, 'frr.macs')}],
        remedy: {text: 'Let the guest speak; if zebra still does not take it, take the VNI up anew', ...(left?.destination === undefined ? {} : {command: {host, script: `bridge fdb del ${mac.mac} dev ${left.device} dst ${left.destination} self`}, action: {id: 'fdb.remove', params: {host, device: left.device, mac: mac.mac, destination: left.destination}}})},
        breaks: (view.fabric.segments.find((segment) => segment.vni === mac.vni)?.hosts ?? []).map((on) => node.mac(on.host, mac.vni, mac.mac)),
        needs: [node.vni(host, mac.vni), node.evpnConfig(host), node.zebra(host), node.mac(host, mac.vni, mac.mac)],
        facts: [`behind ${port.device}, zebra ${evpn?.remoteVtep ?? 'nothing'}`],
      });
    }
  },
};

export const fdbChecks: readonly Check[] = [flood, remote, local, location];
