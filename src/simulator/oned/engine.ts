/** One emulated oned that can be written to: its world, its clock, the driver beneath, and what was ordered to go wrong. */
import {realClock, type Clock} from './clock.ts';
import type {Driver} from './driver.ts';
import type {OnedHost, OnedVm, OnedWorld} from './world.ts';

export type DriverAction = 'deploy' | 'stop' | 'migrate' | 'attach' | 'detach' | 'reboot';

/** The next such action of the VM fails after a moment, takes longer by `ms`, or never comes to an end by itself (one.vm.recover ends it). */
export interface Order {
  readonly vm: number;
  readonly action: DriverAction;
  readonly outcome: 'fail' | 'slow' | 'stuck';
  readonly ms?: number; // of 'fail' and 'slow'; default 0 and 5000
}

type Kind = 'vms' | 'hosts' | 'clusters' | 'vnets' | 'vrouters' | 'templates' | 'images' | 'datastores';

/** What stands between the world and who asks: the faults of OpenNebula's own. */
export interface Door {
  password: string | undefined; // set: the administrator's password is this one instead
  rights: boolean; // false: the administrator is taken for a user without rights
  /** Ends the server's listening, or begins it anew at the same port. Set by the server. */
  listen?: (open: boolean) => Promise<void>;
}

export class Engine {
  readonly world: OnedWorld;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly door: Door = {password: undefined, rights: true};
  /** Host names whose monitoring fails: such a host ends in ERROR. */
  readonly unmonitored = new Set<string>();
  /** Session strings made by one.user.login, with whose they are. */
  readonly tokens = new Map<string, string>();
  /** Whether oned.conf names a OneGate: without it no VM may have TOKEN=YES. */
  onegate = true;
  /** How long a pending VM waits for the scheduler, and again when it found no place. */
  schedulingMs = 1000;
  /** A network whose VLAN_ID oned chooses gets the bridge onebr.VLAN_ID; false: onebrID. Both are seen in the field. */
  bridgesByVlan = false;
  /** How long an image of the marketplace takes to come: it is LOCKED meanwhile. */
  downloadMs = 1500;
  /** Told why a driver failed: what oned writes into the log of the VM. */
  log: (line: string) => void = () => undefined;
  /** Faults in force, each with what undoes it (faults.ts). */
  readonly broken = new Map<string, () => void | Promise<void>>();
  private orders: Order[] = [];
  private readonly counters = new Map<Kind, number>();
  private readonly recovers = new Map<number, (success: boolean) => void>();
  private readonly busy = new Map<number, number>();

  constructor(world: OnedWorld, driver: Driver, clock: Clock = realClock()) {
    this.world = world;
    this.driver = driver;
    this.clock = clock;
  }

  order(order: Order): void {
    this.orders.push(order);
  }

  /** Ids are never given twice. */
  newId(kind: Kind): number {
    const first = kind === 'clusters' || kind === 'datastores' ? 100 : 0;
    const id = Math.max(first, this.counters.get(kind) ?? 0, ...this.world[kind].map((one) => one.id + 1));
    this.counters.set(kind, id + 1);
    return id;
  }

  /** Something that goes on after the call has been answered. Each step waits by the clock. */
  later(vm: OnedVm, work: () => Promise<void>): void {
    this.busy.set(vm.id, (this.busy.get(vm.id) ?? 0) + 1);
    void work().catch(() => undefined).finally(() => this.busy.set(vm.id, this.busy.get(vm.id)! - 1));
  }
  isBusy(vm: OnedVm): boolean {
    return (this.busy.get(vm.id) ?? 0) > 0;
  }

  /** Has the driver do it, with what was ordered. True: it succeeded. `recover` may decide before it ends. */
  async drive(vm: OnedVm, action: DriverAction, work: () => Promise<void>): Promise<boolean> {
    const order = this.orders.find((one) => one.vm === vm.id && one.action === action);
    this.orders = this.orders.filter((one) => one !== order);
    const recovered = new Promise<boolean>((resolve) => this.recovers.set(vm.id, resolve));
    const doIt = (): Promise<boolean> => work().then(() => true, (error: Error) => {
      this.log(`VM ${vm.id}: ${action}: ${error.message}`);
      return false;
    });
    const done = async (): Promise<boolean> => {
      if (order?.outcome === 'fail') {
        await this.clock.pause(order.ms ?? 0);
        return false;
      }
      if (order?.outcome === 'stuck') {
        // Whoever recovers it with success says that it is done: so that it is.
        const success = await recovered;
        return success && await doIt();
      }
      if (order?.outcome === 'slow') await this.clock.pause(order.ms ?? 5000);
      return doIt();
    };
    try {
      return await (order?.outcome === 'stuck' ? done() : Promise.race([done(), recovered]));
    } finally {
      this.recovers.delete(vm.id);
    }
  }

  /** Ends what the driver is at. False: it is at nothing. */
  recover(vm: OnedVm, success: boolean): boolean {
    const end = this.recovers.get(vm.id);
    end?.(success);
    return end !== undefined;
  }

  host(id: number): OnedHost {
    const host = this.world.hosts.find((one) => one.id === id);
    if (!host) throw new Error(`no host ${id} in the emulated cloud`);
    return host;
  }
}
