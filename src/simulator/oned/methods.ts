/** The calls that the emulated oned knows: all read-only. */
import {app, cluster, datastore, host, image, template, user, vrouter} from './objects.ts';
import {tag} from './markup.ts';
import {hostRecord, vmRecord} from './monitoring.ts';
import {Fault, Refusal, type Value} from './wire.ts';
import {shortVm, vm} from './vm.ts';
import {vnet} from './vnet.ts';
import type {OnedVm, OnedWorld} from './world.ts';

/** The arguments after the session, taken one by one in order; what is wrong with them is a fault, as in xmlrpc-c. */
export class Arguments {
  private readonly values: readonly Value[];
  private at = 0;
  constructor(values: readonly Value[]) {
    this.values = values;
  }
  get more(): boolean {
    return this.at < this.values.length;
  }
  int(): number {
    const value = this.next();
    if (value.type !== 'int') throw new Fault(-501, 'Parameter that is supposed to be integer is not');
    return value.value;
  }
  boolean(): boolean {
    const value = this.next();
    if (value.type !== 'boolean') throw new Fault(-501, 'Parameter that is supposed to be boolean is not');
    return value.value;
  }
  string(): string {
    const value = this.next();
    if (value.type !== 'string' && value.type !== 'untyped') throw new Fault(-501, 'Parameter that is supposed to be string is not');
    return value.value;
  }
  private next(): Value {
    const value = this.values[this.at++];
    if (!value) throw new Fault(-501, 'Not enough parameters');
    return value;
  }
}

/** Who asks: 0 is the administrator and sees all, others see the networks and their own VMs. */
export interface Asker {
  readonly uid: number;
}
export type Method = (world: OnedWorld, asker: Asker, args: Arguments) => string | number;

interface Item {
  readonly id: number;
}
const newestFirst = <T extends Item>(items: readonly T[]): readonly T[] => items.toSorted((a, b) => b.id - a.id);

/** filter, start and end as every pool takes them: -4 to 0 and up; a range of ids, or with end < -1 a page. */
function select<T extends Item>(items: readonly T[], [filter, start, end]: readonly [number, number, number], ownedBy: (item: T) => number, uid: number): readonly T[] {
  if (filter < -4) throw new Refusal(0x1000, 'Incorrect filter_flag');
  const owned = newestFirst(items).filter((item) => filter === -2 || filter === -1 || (filter >= 0 ? ownedBy(item) === filter : ownedBy(item) === uid));
  if (end < -1) return owned.slice(start, start - end);
  return owned.filter(({id}) => id >= start && (end < 0 || id <= end));
}

function paged<T extends Item>(name: string, items: (world: OnedWorld) => readonly T[], write: (world: OnedWorld, item: T) => string, forAll = false): Method {
  return (world, {uid}, args) => tag(name, ...select(uid === 0 || forAll ? items(world) : [], [args.int(), args.int(), args.int()], () => 0, uid).map((item) => write(world, item)));
}
function wholePool<T extends Item>(name: string, items: (world: OnedWorld) => readonly T[], write: (world: OnedWorld, item: T) => string): Method {
  return (world, {uid}) => tag(name, ...newestFirst(uid === 0 ? items(world) : []).map((item) => write(world, item)));
}
function info<T extends Item>(noun: string, right: string, items: (world: OnedWorld) => readonly T[], write: (world: OnedWorld, item: T) => string, mayUse: (asker: Asker, item: T) => boolean = ({uid}) => uid === 0): Method {
  return (world, asker, args) => {
    const id = args.int();
    const item = items(world).find((one) => one.id === id);
    if (!item) throw new Refusal(0x400, `Error getting ${noun} ${id < 0 ? 'Pool' : `[${id}]`}.`, id);
    if (!mayUse(asker, item)) throw new Refusal(0x200, `User [${asker.uid}] : Not authorized to perform USE ${right} [${id}].`);
    return write(world, item);
  };
}

const owns = ({uid}: Asker, one: OnedVm): boolean => uid === 0 || one.uid === uid;

/** The state comes last among the arguments and filters first: pages are cut from what it leaves. */
function vmPool(write: (world: OnedWorld, one: OnedVm) => string): Method {
  return (world, asker, args) => {
    const range = [args.int(), args.int(), args.int()] as const;
    const state = args.int();
    if (state < -2 || state > 11) throw new Refusal(0x1000, `Incorrect state filter ${state}`);
    const vms = world.vms.filter((one) => owns(asker, one) && (state === -2 || (state === -1 ? one.state !== 6 : one.state === state)));
    return tag('VM_POOL', ...select(vms, range, (one) => one.uid ?? 0, asker.uid).map((one) => write(world, one)));
  };
}

function infoSet(world: OnedWorld, asker: Asker, args: Arguments): string {
  const ids = new Set(args.string().split(',').map(Number));
  const extended = args.more ? args.boolean() : false;
  return tag('VM_POOL', ...newestFirst(world.vms.filter((one) => ids.has(one.id) && owns(asker, one))).map((one) => (extended ? vm(world, one, false) : shortVm(world, one))));
}

export const methods: Readonly<Record<string, Method>> = {
  'one.system.version': (world) => world.version,
  'one.hostpool.info': wholePool('HOST_POOL', (world) => world.hosts, (world, one) => host(world, one)),
  'one.host.info': info('host', 'HOST', (world) => world.hosts, (world, one) => host(world, one, hostRecord(world, one))),
  'one.hostpool.monitoring': (world, {uid}) => tag('MONITORING_DATA', ...(uid === 0 ? world.hosts : []).map((one) => hostRecord(world, one))),
  'one.host.monitoring': info('host', 'HOST', (world) => world.hosts, (world, one) => tag('MONITORING_DATA', hostRecord(world, one))),
  'one.clusterpool.info': wholePool('CLUSTER_POOL', (world) => world.clusters, cluster),
  'one.cluster.info': info('cluster', 'CLUSTER', (world) => world.clusters, cluster),
  'one.datastorepool.info': wholePool('DATASTORE_POOL', (world) => world.datastores, datastore),
  'one.datastore.info': info('datastore', 'DATASTORE', (world) => world.datastores, datastore),
  'one.vnpool.info': paged('VNET_POOL', (world) => world.vnets, (world, one) => vnet(world, one, false), true),
  'one.vn.info': info('virtual network', 'NET', (world) => world.vnets, (world, one) => vnet(world, one, true), () => true),
  'one.vmpool.info': vmPool(shortVm),
  'one.vmpool.infoextended': vmPool((world, one) => vm(world, one, false)),
  'one.vmpool.infoset': infoSet,
  'one.vm.info': info('virtual machine', 'VM', (world) => world.vms, (world, one) => vm(world, one, true, vmRecord(one)), owns),
  'one.vmpool.monitoring': (world, asker) => tag('MONITORING_DATA', ...world.vms.filter((one) => one.state === 3 && owns(asker, one)).map(vmRecord)),
  'one.vm.monitoring': info('virtual machine', 'VM', (world) => world.vms, (_, one) => tag('MONITORING_DATA', one.state === 3 ? vmRecord(one) : ''), owns),
  'one.vrouterpool.info': paged('VROUTER_POOL', (world) => world.vrouters, vrouter),
  'one.vrouter.info': info('virtual router', 'VROUTER', (world) => world.vrouters, vrouter),
  'one.templatepool.info': paged('VMTEMPLATE_POOL', (world) => world.templates, template),
  'one.template.info': info('virtual machine template', 'TEMPLATE', (world) => world.templates, template),
  'one.imagepool.info': paged('IMAGE_POOL', (world) => world.images, image),
  'one.image.info': info('image', 'IMAGE', (world) => world.images, image),
  'one.marketapppool.info': paged('MARKETPLACEAPP_POOL', (world) => world.apps, app),
  'one.marketapp.info': info('marketplace app', 'MARKETPLACEAPP', (world) => world.apps, app),
  'one.user.info': (world, asker, args) => {
    const uid = args.int();
    if (uid !== -1 && uid !== asker.uid && asker.uid !== 0) throw new Refusal(0x200, `User [${asker.uid}] : Not authorized to perform USE USER [${uid}].`);
    return user(world, uid === -1 ? asker.uid : uid);
  },
};
