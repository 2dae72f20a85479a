/** What `:` finds: screens and objects by name, objects by address, and the words by which other consoles are left. */
import type {Fabric} from '../model/fabric.ts';
import {didYouMean} from '../text/did-you-mean.ts';
import type {Control} from './control.ts';
import {complete, destinations, type Destination, type Word} from './places.ts';

// After the names of the fabric: a host that is called like one of them is the first to be found.
const words: readonly Word[] = [
  {name: 'help', what: 'all keys', command: 'help'},
  {name: 'quit', what: 'leave the console', command: 'quit.now'},
  {name: 'q', what: 'leave the console', command: 'quit.now', alias: true},
];
/** Addresses are many: they are looked through only for what can be a part of one. */
const isAddress = (text: string): boolean => /^[\da-f]*[.:][\da-f.:]*$/i.test(text.trim());

export function offers({parts, fabric}: Control, text: string): readonly (Destination | Word)[] {
  return complete<Destination | Word>([...destinations(parts.resources, fabric), ...(isAddress(text) ? addresses(fabric) : []), ...words], text);
}

/** That nothing was found, and what was probably meant. */
export function nothingCalled({parts, fabric}: Control, text: string): string {
  const meant = text === '' ? undefined : didYouMean(text, [...destinations(parts.resources, fabric), ...words].map(({name}) => name));
  return `nothing is called ${text}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** Of VMs (a mapped one too), then of hosts, as they were read or as it is configured. A router is the one or the other. */
export function addresses(fabric: Fabric): readonly Destination[] {
  const found = new Map<string, Destination>();
  const put = (ip: string | undefined, what: string, resource: 'vms' | 'hosts', id: string, label: string): void => {
    if (ip !== undefined && !/^127\.|^::1$/.test(ip) && !found.has(`${ip} ${resource} ${id}`)) found.set(`${ip} ${resource} ${id}`, {name: ip, what, alias: true, view: {kind: 'detail', ref: {resource, id, label}}});
  };
  const heard = Map.groupBy(fabric.macs, ({vmId}) => vmId);
  for (const {id, vm} of fabric.vms) {
    const label = `VM ${id} ${vm.name}`;
    for (const {ip, vrouterIp} of vm.nics) for (const one of [ip, vrouterIp]) put(one, label, 'vms', String(id), label);
    for (const {ip} of heard.get(id) ?? []) put(ip, label, 'vms', String(id), label);
  }
  for (const [name, {spec, readings}] of fabric.hosts) {
    for (const {ip, device} of readings['ip.addresses']?.value ?? []) put(ip, `host ${name}, ${device}`, 'hosts', name, `Host ${name}`);
    put(spec.underlayAddress, `host ${name}, ${spec.underlay}`, 'hosts', name, `Host ${name}`);
    put(/^[\d.]+$|:/.test(spec.ssh.host) ? spec.ssh.host : undefined, `host ${name}, ssh`, 'hosts', name, `Host ${name}`);
  }
  return [...found.values()];
}
