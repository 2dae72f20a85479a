/** The device that the overlay runs on, and the host's address on it, where the inventory does not say. Pure. */
import type {HostState} from './fabric.ts';

/**
 * Found on the host: the device of the address that the inventory states; else the only WireGuard interface; where
 * there is none, the device of the default route (one-deploy's own default for evpn_if). Undefined: cannot be told.
 */
export function foundUnderlay({spec, readings}: Pick<HostState, 'spec' | 'readings'>): string | undefined {
  const stated = spec.underlayAddress === undefined ? undefined : readings['ip.addresses']?.value?.find(({ip}) => ip === spec.underlayAddress);
  if (stated) return stated.device;
  const wg = readings['wg.interfaces'];
  const interfaces = wg?.value ?? [];
  if (interfaces.length > 0) return interfaces.length === 1 ? interfaces[0]!.name : undefined;
  const without = wg !== undefined && (wg.value !== undefined || wg.problem?.kind === 'not-installed');
  return without ? readings['ip.routes']?.value?.find(({destination}) => destination === 'default')?.device : undefined;
}

/** Of several addresses of the underlay device the one that is stated, then the router-id, then the first, IPv4 before IPv6. */
export function underlayAddressOf({spec, readings}: Pick<HostState, 'spec' | 'readings'>): string | undefined {
  const on = readings['ip.addresses']?.value?.filter(({device, scope}) => device === spec.underlay && scope === 'global') ?? [];
  const routerId = readings['frr.summary']?.value?.routerId;
  const read = on.find(({ip}) => ip === spec.underlayAddress) ?? on.find(({ip}) => ip === routerId) ?? on.find(({family}) => family === 'inet') ?? on[0];
  return read?.ip ?? spec.underlayAddress;
}
