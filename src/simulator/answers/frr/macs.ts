/** `show evpn mac …` and `show evpn arp-cache …`, as FRR 8.4.4 prints them. */
import {devicesOf} from '../../derive/devices.ts';
import {macsOf, type MacEntry} from '../../derive/macs.ts';
import {devicesOfNetworks} from '../../derive/places.ts';
import {frrSpan} from '../../derive/time.ts';
import type {SimHost, SimWorld} from '../../world.ts';
import {Entries, pretty, type Value} from '../json.ts';

const vnisOf = (world: SimWorld, host: SimHost): readonly number[] => devicesOfNetworks(world, host).map(({id}) => id).reverse();

function entryJson(world: SimWorld, host: SimHost, entry: MacEntry, detail: boolean): Value {
  const index = entry.local === undefined ? undefined : devicesOf(world, host).find(({name}) => name === entry.local)?.index;
  return {
    type: entry.local === undefined ? 'remote' : 'local',
    ...(entry.local === undefined ? {remoteVtep: entry.remote!} : {intf: entry.local}),
    ...(detail ? {ifindex: index, uptime: frrSpan(world.now() - entry.since)} : {}),
    localSequence: entry.localSequence,
    remoteSequence: entry.remoteSequence,
    detectionCount: entry.detections,
    isDuplicate: entry.duplicate,
    ...(detail ? {syncNeighCount: 0, neighbors: 'none'} : {}),
  };
}

const macList = (world: SimWorld, host: SimHost, vni: number, detail: boolean): Value => listOf(world, host, macsOf(world, host, vni), detail);

const listOf = (world: SimWorld, host: SimHost, entries: readonly MacEntry[], detail: boolean): Value => {
  return entries.length === 0 ? {numMacs: 0} : {numMacs: entries.length, macs: Object.fromEntries(entries.map((entry) => [entry.mac, entryJson(world, host, entry, detail)]))};
};

function macText(world: SimWorld, host: SimHost, vni: number): string {
  const entries = macsOf(world, host, vni);
  const cells = (mac: string, type: string, flags: string, place: string, vlan: string, sequences: string): string => `${mac.padEnd(17)} ${type.padEnd(6)} ${flags.padEnd(5)} ${place.padEnd(30)} ${vlan.padEnd(5)} ${sequences}\n`;
  const rows = entries.map((entry) => cells(entry.mac, entry.local === undefined ? 'remote' : 'local', '', entry.local ?? entry.remote!, '', `${entry.localSequence}/${entry.remoteSequence}`));
  return `\nVNI ${vni} #MACs (local and remote) ${entries.length}\n\n` + (entries.length === 0 ? '' : `Flags: N=sync-neighs, I=local-inactive, P=peer-active, X=peer-proxy\n${cells('MAC', 'Type', 'Flags', 'Intf/Remote ES/VTEP', 'VLAN', "Seq #'s")}${rows.join('')}`);
}

export function macsOfAll(world: SimWorld, host: SimHost, form: {readonly json: boolean; readonly detail: boolean}): string {
  const vnis = vnisOf(world, host);
  if (form.json) return `${pretty(new Entries(vnis.map((vni) => [String(vni), macList(world, host, vni, form.detail)])))}\n`;
  return vnis.map((vni) => macText(world, host, vni)).join('');
}

export function duplicates(world: SimWorld, host: SimHost): string {
  return `${pretty(new Entries(vnisOf(world, host).map((vni) => [String(vni), listOf(world, host, macsOf(world, host, vni).filter(({duplicate}) => duplicate), false)])))}\n`;
}

export function macsOfOne(world: SimWorld, host: SimHost, vni: number, json: boolean): string {
  if (!vnisOf(world, host).includes(vni)) return json ? '{\n}\n' : `% VNI ${vni} does not exist\n`;
  if (json) return `${pretty(macList(world, host, vni, false))}\n`;
  return macText(world, host, vni).replace(/^\nVNI \d+ #MACs[^\n]*\n\n/, `Number of MACs (local and remote) known for this VNI: ${macsOf(world, host, vni).length}\n`);
}

export function oneMac(world: SimWorld, host: SimHost, vni: number, mac: string, json: boolean): string {
  const entry = macsOf(world, host, vni).find((candidate) => candidate.mac === mac);
  if (!entry) return json ? '' : `% Requested MAC ${mac} does not exist in VNI ${vni}\n`;
  if (json) return `${pretty({[mac]: entryJson(world, host, entry, true)})}\n`;
  const index = devicesOf(world, host).find(({name}) => name === entry.local)?.index;
  return [
    `MAC: ${mac}`, entry.local === undefined ? ` Remote VTEP: ${entry.remote}` : ` Intf: ${entry.local}(${index})`, ' Sync-info: neigh#: 0',
    ` Local Seq: ${entry.localSequence} Remote Seq: ${entry.remoteSequence}`, ...(entry.duplicate ? [' Duplicate, detected at 00:00:00'] : []), ` Uptime: ${frrSpan(world.now() - entry.since)}`, ' Neighbors:', '    No Neighbors', '', '',
  ].join('\n');
}

/** Empty: the bridges have no addresses, as OpenNebula makes them. */
export function arpCache(world: SimWorld, host: SimHost, json: boolean): string {
  const vnis = vnisOf(world, host);
  if (json) return `${pretty(new Entries(vnis.map((vni) => [String(vni), {numArpNd: 0}])))}\n`;
  return vnis.map((vni) => `\nVNI ${vni} #ARP (IPv4 and IPv6, local and remote) 0\n\n`).join('');
}
