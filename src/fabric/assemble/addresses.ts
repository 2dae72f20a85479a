/** Which host has which address: read, not guessed. */
import type {HostSpec} from '../../model/target.ts';
import type {HostSlice} from './slice.ts';

/**
 * address → host name. First the underlay device's addresses (and those that the inventory states), then any other
 * address that only one host has: behind NAT two hosts may both be 10.0.0.4, and then neither is meant.
 */
export function addressIndex(hosts: readonly HostSlice<'ip.addresses' | 'wg.interfaces'>[], specs: readonly HostSpec[]): ReadonlyMap<string, string> {
  const owners = new Map<string, Set<string>>();
  const index = new Map<string, string>();
  for (const {spec, readings} of hosts) {
    for (const address of readings['ip.addresses']?.value ?? []) {
      if (address.scope !== 'global') continue;
      owners.set(address.ip, (owners.get(address.ip) ?? new Set()).add(spec.name));
    }
    owners.set(spec.ssh.host, (owners.get(spec.ssh.host) ?? new Set()).add(spec.name));
  }
  for (const [address, names] of owners) {
    const [only] = names;
    if (names.size === 1 && only) index.set(address, only);
  }
  for (const {spec, readings} of hosts) {
    const devices = spec.underlay ? [spec.underlay] : (readings['wg.interfaces']?.value ?? []).map((wg) => wg.name);
    for (const address of readings['ip.addresses']?.value ?? []) {
      if (devices.includes(address.device) && address.scope === 'global') index.set(address.ip, spec.name);
    }
  }
  for (const spec of specs) if (spec.underlayAddress && !index.has(spec.underlayAddress)) index.set(spec.underlayAddress, spec.name);
  return index;
}

/** Our host that goes by this name or address (OpenNebula's host NAME is an ssh address). */
export function findHost(name: string | undefined, hosts: readonly {readonly spec: HostSpec}[], byAddress: ReadonlyMap<string, string>): string | undefined {
  if (name === undefined) return undefined;
  const named = hosts.find(({spec}) => spec.name === name || spec.ssh.host === name);
  return named?.spec.name ?? byAddress.get(name);
}
