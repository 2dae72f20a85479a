/** What a virtual router's SDNAT service makes of the leases when it asks OneGate, and when it asks. */
import type {Mapping} from './driver.ts';
import type {Engine} from './engine.ts';
import {done} from './states.ts';
import type {OnedVrouter, OnedWorld} from './world.ts';

/**
 * One for each external alias of a VM, where both its network and that of its parent are networks of the router. Its
 * internal address is the parent's. What does not meet this is left out without a word, as in the appliance.
 */
export function mappingsOf(world: OnedWorld, router: OnedVrouter): readonly Mapping[] {
  const networks = new Set(router.nics.map(({networkId}) => networkId));
  return world.vms.filter((vm) => vm.state !== done && vm.vrouterId === undefined).flatMap((vm) => vm.nics.flatMap((nic) => {
    const parent = nic.alias?.external && networks.has(nic.networkId) ? vm.nics.find(({id}) => id === nic.alias!.parentId) : undefined;
    return parent && networks.has(parent.networkId) ? [{external: nic.ip, internal: parent.ip}] : [];
  }));
}

/** Every router asks each `everyMs` (30 s by default in the appliance). Ends when `signal` does. */
export async function poll(engine: Engine, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // A router that is down hears nothing; it asks again.
    for (const router of [...engine.world.vrouters]) await engine.driver.translate(engine.world, router, mappingsOf(engine.world, router)).catch(() => undefined);
    await engine.clock.pause(everyMs);
  }
}
