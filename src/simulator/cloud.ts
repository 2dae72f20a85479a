/** What OpenNebula says of the simulated fabric. Derived again after each change of it. */
import {emptyWorld, type OnedHost, type OnedNic, type OnedUser, type OnedVm, type OnedVnet, type OnedWorld} from './oned/world.ts';
import {troubled} from './faults/cloud-faults.ts';
import type {SimGuest, SimHost, SimWorld} from './world.ts';

const clusterId = 100;
const seconds = (ms: number): number => Math.floor(ms / 1000);

const hypervisors = (world: SimWorld): readonly SimHost[] => world.hosts.filter(({roles}) => roles.includes('vtep'));
const publicNet = (world: SimWorld): number => Math.max(...world.networks.map(({vnetId}) => vnetId)) + 1;

function nicsOf(world: SimWorld, guest: SimGuest): OnedNic[] {
  const nics: OnedNic[] = guest.nics.map(({id, network, ip, mac}) => ({id, networkId: network === 'public' ? publicNet(world) : world.networks.find(({vni}) => vni === network)!.vnetId, ip, mac}));
  if (guest.router) return nics;
  // A translated address is an alias of the NIC that has the internal one.
  const aliases = world.translations.flatMap(({external, internal}) => {
    const parent = guest.nics.find(({ip}) => ip === internal);
    return parent ? [{networkId: publicNet(world), ip: external, alias: {parentId: parent.id, external: true}}] : [];
  });
  return [...nics, ...aliases.map((alias, at) => ({...alias, id: nics.length + at}))];
}

function vmOf(world: SimWorld, hostIds: ReadonlyMap<string, number>, guest: SimGuest): OnedVm {
  const places = [...guest.history.map(({host, from, until}) => ({host, from, until, action: 1})), {host: guest.host, from: guest.since, until: 0, action: 0}];
  return {
    id: guest.id, name: guest.name, state: 3, lcmState: 3, stime: seconds(places[0]!.from) - 40, cpu: guest.router ? 1 : 2, memoryMiB: guest.router ? 512 : 2048, nics: nicsOf(world, guest),
    history: places.map(({host, from, until, action}) => ({hostId: hostIds.get(host) ?? -1, start: seconds(from), end: seconds(until), action})),
    imageId: guest.router ? 0 : 1, templateId: guest.router ? 0 : 1,
    ...(guest.router ? {vrouterId: 0, context: {ONEAPP_VNF_SDNAT4_ENABLED: 'YES', ONEAPP_VNF_SDNAT4_INTERFACES: 'eth0 eth1'}} : {}),
  };
}

function vnetsOf(world: SimWorld): OnedVnet[] {
  const overlay = world.networks.map(({vni, vnetId, name, bridge, mtu, subnet, gateway}): OnedVnet => {
    const [base = ''] = subnet.split('/');
    return {
      id: vnetId, name, clusterIds: [clusterId], vnMad: 'vxlan', bridge, phydev: 'wg0', vlanId: vni,
      template: {VXLAN_MODE: 'evpn', IP_LINK_CONF: 'nolearning=,dstport=4789', GUEST_MTU: String(mtu), MTU: String(mtu), NETWORK_ADDRESS: base, NETWORK_MASK: '255.255.255.0', ...(gateway === undefined ? {} : {GATEWAY: gateway}), DNS: '1.1.1.1'},
      ranges: [{id: 0, type: 'IP4', firstIp: gateway ?? `${base.slice(0, -1)}1`, size: 250}],
    };
  });
  const prefix = world.publicSubnet.split('.').slice(0, 3).join('.');
  return [...overlay, {
    id: publicNet(world), name: 'public_london', clusterIds: [clusterId], vnMad: 'elastic', bridge: 'br0', phydev: '',
    template: {EXTERNAL: 'YES', NETWORK_ADDRESS: `${prefix}.0`, NETWORK_MASK: '255.255.255.0', GATEWAY: `${prefix}.254`}, ranges: [{id: 0, type: 'IP4', firstIp: `${prefix}.200`, size: 5}],
  }];
}

function describe(world: SimWorld): OnedWorld {
  const hosts = hypervisors(world).map(({name, region}, id): OnedHost => ({id, name, state: 2, clusterId, totalCpu: 1600, totalMemoryKiB: 64 * 1024 * 1024, hypervisor: 'kvm', ...(region === undefined ? {} : {attributes: {REGION: region}})}));
  const ids = new Map(hosts.map(({name, id}) => [name, id]));
  const router = world.guests.find((guest) => guest.router);
  const clusters = [clusterId];
  return {
    ...emptyWorld(),
    clusters: [{id: 0, name: 'default'}, {id: clusterId, name: 'multi-edge'}],
    hosts,
    vnets: vnetsOf(world),
    vms: world.guests.map((guest) => vmOf(world, ids, guest)),
    datastores: [
      {id: 0, name: 'system', type: 1, clusterIds: clusters, dsMad: '-', tmMad: 'ssh', totalMiB: 0, freeMiB: 0},
      {id: 1, name: 'default', type: 0, clusterIds: clusters, dsMad: 'fs', tmMad: 'ssh', totalMiB: 512_000, freeMiB: 311_000},
      {id: 2, name: 'files', type: 2, clusterIds: clusters, dsMad: 'fs', tmMad: 'ssh', totalMiB: 512_000, freeMiB: 311_000},
    ],
    vrouters: router ? [{id: 0, name: 'vr', nics: nicsOf(world, router).map(({id, networkId, ip}) => ({id, networkId, ip})), templateId: 0}] : [],
    templates: [{id: 0, name: 'Service Virtual Router', vrouter: true}, {id: 1, name: 'Serverless Runtime'}],
    images: [{id: 0, name: 'Service Virtual Router', state: 2, type: 0, datastoreId: 1, sizeMiB: 2048}, {id: 1, name: 'Serverless Runtime', state: 2, type: 0, datastoreId: 1, sizeMiB: 5120}],
    apps: [{id: 0, name: 'Service Virtual Router', state: 1, type: 1, marketId: 0, market: 'OpenNebula Public', sizeMiB: 2048}],
  };
}

export interface Cloud {
  /** To be read: with the faults in force, and `users` besides the administrator. */
  readonly view: OnedWorld;
  /** To be written to. It follows the fabric, but for what `ours` did to it. */
  readonly base: OnedWorld;
  /** A change of the fabric that OpenNebula itself made: it knows already. */
  ours(what: () => void): void;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What became of the fabric's guests without OpenNebula's doing is taken over, VM by VM. */
function follow(base: OnedWorld, before: OnedWorld, now: OnedWorld): void {
  const known = new Map(before.vms.map((vm) => [vm.id, vm]));
  for (const vm of now.vms) {
    const was = known.get(vm.id);
    known.delete(vm.id);
    const mine = base.vms.find(({id}) => id === vm.id);
    if (!was || !mine) base.vms.push(vm);
    else {
      if (!same(was.history, vm.history)) mine.history = vm.history;
      if (!same(was.nics, vm.nics)) mine.nics = vm.nics;
    }
  }
  base.vms = base.vms.filter(({id}) => !known.has(id));
}

export function cloudOf(world: SimWorld, users: () => OnedUser[] = () => []): Cloud {
  const base = describe(world);
  let seen = {changes: world.changes, cloud: describe(world)};
  const see = (): void => {
    seen = {changes: world.changes, cloud: describe(world)};
  };
  const current = (): OnedWorld => {
    if (seen.changes !== world.changes) {
      const before = seen.cloud;
      see();
      follow(base, before, seen.cloud);
    }
    return base;
  };
  let shown: OnedWorld | undefined;
  const view = new Proxy(emptyWorld(), {
    get: (_target, key) => {
      if (!shown) {
        shown = {...troubled(current(), world), users: [...base.users, ...users()]};
        queueMicrotask(() => { // one answer is made of one state; the next may differ
          shown = undefined;
        });
      }
      return Reflect.get(shown, key) as unknown;
    },
  });
  return {
    view, base,
    ours: (what) => {
      current();
      what();
      see();
    },
  };
}
