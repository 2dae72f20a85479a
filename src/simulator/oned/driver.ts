/**
 * What lies beneath the emulated oned: whatever really (or in simulation) holds the machines. The state machine above
 * decides what happens when; a driver does it. A promise that is rejected is what oned calls a driver failure.
 */
import type {OnedHost, OnedNic, OnedVm, OnedVrouter, OnedWorld} from './world.ts';

export interface Driver {
  /** The VM begins to run on the host, with all its NICs. */
  deploy(world: OnedWorld, vm: OnedVm, host: OnedHost): Promise<void>;
  /** It runs no longer there: shut down, saved or cancelled. With the last NIC of a network on a host, the network goes. */
  stop(world: OnedWorld, vm: OnedVm, host: OnedHost): Promise<void>;
  /** Live migration, make before break. */
  migrate(world: OnedWorld, vm: OnedVm, from: OnedHost, to: OnedHost): Promise<void>;
  /** A NIC that is no alias comes to a running VM, or goes. */
  attach(world: OnedWorld, vm: OnedVm, nic: OnedNic): Promise<void>;
  detach(world: OnedWorld, vm: OnedVm, nic: OnedNic): Promise<void>;
  reboot(world: OnedWorld, vm: OnedVm): Promise<void>;
  /** What the virtual router's SDNAT service should translate, whenever it asks (see sdnat.ts). */
  translate(world: OnedWorld, router: OnedVrouter, mappings: readonly Mapping[]): Promise<void>;
}

/** A public address for one inside. */
export interface Mapping {
  readonly external: string;
  readonly internal: string;
}

const nothing = (): Promise<void> => Promise.resolve();

/** Does nothing, successfully: as oned's dummy drivers. */
export const dummyDriver: Driver = {deploy: nothing, stop: nothing, migrate: nothing, attach: nothing, detach: nothing, reboot: nothing, translate: nothing};
