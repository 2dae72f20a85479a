/** The smaller objects as XML, as one.*.info and one.*pool.info answer them. */
import {macOf, userName, vmsOf} from './derive.ts';
import {bare, bares, cdata, idList, owner, permissions, tag, vector} from './markup.ts';
import type {OnedApp, OnedCluster, OnedDatastore, OnedHost, OnedImage, OnedTemplate, OnedVrouter, OnedWorld} from './world.ts';

const admin = owner(0, 'oneadmin', 'oneadmin');
const registered = 1_700_000_000;
const virtualRouterContext = {
  NETWORK: 'YES', ONEAPP_VNF_SDNAT4_ENABLED: 'YES', ONEAPP_VNF_SDNAT4_INTERFACES: 'eth0 eth1', ONEAPP_VNF_SDNAT4_REFRESH_RATE: '30', ONEAPP_VNF_ROUTER4_ENABLED: 'YES',
  ONEAPP_VNF_ROUTER4_INTERFACES: 'eth0 eth1', ONEAPP_VNF_NAT4_ENABLED: 'YES', ONEAPP_VNF_NAT4_INTERFACES_OUT: 'eth0', REPORT_READY: 'NO', SET_HOSTNAME: '$NAME', SSH_PUBLIC_KEY: '$USER[SSH_PUBLIC_KEY]', TOKEN: 'YES',
};

/** `monitoring`: what only one.host.info shows. */
export function host(world: OnedWorld, one: OnedHost, monitoring = '<MONITORING/>'): string {
  const vms = vmsOf(world, one);
  const memory = vms.reduce((sum, vm) => sum + vm.memoryMiB * 1024, 0);
  const cpu = vms.reduce((sum, vm) => sum + vm.cpu * 100, 0);
  const node = tag('NODE', tag('MEMORY', vector({DISTANCE: '0', TOTAL: one.totalMemoryKiB, USAGE: 0})), cdata('NODE_ID', 0));
  const share = tag('HOST_SHARE',
    bares({MEM_USAGE: memory, CPU_USAGE: cpu, TOTAL_MEM: one.totalMemoryKiB, TOTAL_CPU: one.totalCpu, MAX_MEM: one.totalMemoryKiB, MAX_CPU: one.totalCpu, RUNNING_VMS: vms.length, VMS_THREAD: 1}),
    tag('DATASTORES', vector({DISK_USAGE: 0, FREE_DISK: 20480, MAX_DISK: 20480, USED_DISK: 0})), tag('PCI_DEVICES'), tag('NUMA_NODES', node));
  const attributes = {
    ARCH: 'x86_64', CPUSPEED: 3200, HOSTNAME: one.name, HYPERVISOR: one.hypervisor, IM_MAD: one.hypervisor, MODELNAME: 'Emulated CPU', RESERVED_CPU: '',
    RESERVED_MEM: '', TOTALCPU: one.totalCpu, TOTALMEMORY: one.totalMemoryKiB, VM_MAD: one.hypervisor, ...one.attributes,
  };
  const cluster = world.clusters.find(({id}) => id === one.clusterId)?.name ?? '';
  return tag('HOST', bares({ID: one.id, NAME: one.name, STATE: one.state, PREV_STATE: one.state}), cdata('IM_MAD', one.hypervisor), cdata('VM_MAD', one.hypervisor),
    bares({CLUSTER_ID: one.clusterId, CLUSTER: cluster}), share, idList('VMS', vms.map(({id}) => id)), tag('TEMPLATE', vector(attributes)), monitoring);
}

export function cluster(world: OnedWorld, one: OnedCluster): string {
  const of = (list: readonly {readonly id: number; readonly clusterIds: readonly number[]}[]): number[] => list.filter(({clusterIds}) => clusterIds.includes(one.id)).map(({id}) => id);
  const hosts = world.hosts.filter(({clusterId}) => clusterId === one.id).map(({id}) => id);
  return tag('CLUSTER', bares({ID: one.id, NAME: one.name}), idList('HOSTS', hosts), idList('DATASTORES', of(world.datastores)), idList('VNETS', of(world.vnets)),
    tag('TEMPLATE', vector({RESERVED_CPU: '', RESERVED_MEM: ''})));
}

const datastoreTypes = ['IMAGE_DS', 'SYSTEM_DS', 'FILE_DS', 'BACKUP_DS'];

export function datastore(world: OnedWorld, one: OnedDatastore): string {
  const images = world.images.filter(({datastoreId}) => datastoreId === one.id).map(({id}) => id);
  const template = {
    ALLOW_ORPHANS: 'NO', CLONE_TARGET: 'SYSTEM', DISK_TYPE: 'FILE', DS_MAD: one.dsMad, LN_TARGET: 'NONE', PERSISTENT_SNAPSHOTS: 'YES', RESTRICTED_DIRS: '/',
    SAFE_DIRS: '/var/tmp', TM_MAD: one.tmMad, TYPE: datastoreTypes[one.type]!,
  };
  return tag('DATASTORE', bare('ID', one.id), admin, bare('NAME', one.name), permissions('640'), cdata('DS_MAD', one.dsMad), cdata('TM_MAD', one.tmMad),
    cdata('BASE_PATH', `/var/lib/one/datastores/${one.id}`), bares({TYPE: one.type, DISK_TYPE: 0, STATE: one.state ?? 0}), idList('CLUSTERS', one.clusterIds),
    bares({TOTAL_MB: one.totalMiB, FREE_MB: one.freeMiB, USED_MB: one.totalMiB - one.freeMiB}), idList('IMAGES', images), tag('TEMPLATE', vector(template)));
}

export function vrouter(world: OnedWorld, one: OnedVrouter): string {
  const nics = one.nics.map((nic): [string, string] => ['NIC', tag('NIC', vector({
    NETWORK: world.vnets.find(({id}) => id === nic.networkId)?.name ?? '', NETWORK_ID: nic.networkId, NIC_ID: nic.id, IP: nic.ip,
    ...(nic.floatingIp !== undefined && {AR_ID: 0, FLOATING_IP: 'YES', VROUTER_IP: nic.floatingIp, VROUTER_MAC: macOf(nic.floatingIp)}),
  }))]);
  const vms = world.vms.filter((vm) => vm.vrouterId === one.id && vm.state !== 6).map(({id}) => id);
  return tag('VROUTER', bare('ID', one.id), admin, bare('NAME', one.name), permissions('600'), idList('VMS', vms),
    tag('TEMPLATE', vector({DESCRIPTION: 'SDNAT gateway', TEMPLATE_ID: one.templateId}, nics)));
}

export function template(_: OnedWorld, one: OnedTemplate): string {
  const context = one.vrouter ? {...virtualRouterContext, ...one.context} : {NETWORK: 'YES', SET_HOSTNAME: '$NAME', SSH_PUBLIC_KEY: '$USER[SSH_PUBLIC_KEY]'};
  const parts: [string, string][] = [
    ['CONTEXT', tag('CONTEXT', vector(context))], ['DISK', tag('DISK', vector({IMAGE: one.name}))], ['GRAPHICS', tag('GRAPHICS', vector({LISTEN: '127.0.0.1', TYPE: 'VNC'}))],
    ['OS', tag('OS', vector({ARCH: 'x86_64'}))], ...(one.vrouter ? [['NIC_DEFAULT', tag('NIC_DEFAULT', vector({MODEL: 'virtio'}))] as [string, string]] : []),
  ];
  return tag('VMTEMPLATE', bare('ID', one.id), admin, bare('NAME', one.name), permissions('600'), bare('REGTIME', registered),
    tag('TEMPLATE', vector({CPU: '0.5', MEMORY: 256, SCHED_REQUIREMENTS: one.vrouter ? undefined : 'HYPERVISOR=kvm', VCPU: 1, VROUTER: one.vrouter ? 'YES' : undefined}, parts)));
}

export function image(world: OnedWorld, one: OnedImage): string {
  const vms = world.vms.filter((vm) => vm.imageId === one.id && vm.state !== 6).map(({id}) => id);
  const store = world.datastores.find(({id}) => id === one.datastoreId)?.name ?? '';
  const snapshots = tag('SNAPSHOTS', vector({ALLOW_ORPHANS: 'NO', CURRENT_BASE: -1, NEXT_SNAPSHOT: 0}));
  return tag('IMAGE', bare('ID', one.id), admin, bare('NAME', one.name), permissions('600'), bares({TYPE: one.type, DISK_TYPE: 0, PERSISTENT: 0, REGTIME: registered, MODTIME: registered}),
    cdata('SOURCE', `/var/lib/one/datastores/${one.datastoreId}/${one.id}`), cdata('PATH', `/var/tmp/${one.name}`), cdata('FORMAT', 'qcow2'), cdata('FS', ''),
    bares({SIZE: one.sizeMiB, STATE: one.state, PREV_STATE: one.state, RUNNING_VMS: vms.length, CLONING_OPS: 0, CLONING_ID: -1, TARGET_SNAPSHOT: -1, DATASTORE_ID: one.datastoreId, DATASTORE: store}),
    idList('VMS', vms), tag('CLONES'), tag('APP_CLONES'), tag('TEMPLATE', vector({DEV_PREFIX: 'vd', FROM_APP: one.fromApp})), snapshots, tag('BACKUP_INCREMENTS'), tag('BACKUP_DISK_IDS'));
}

export function app(_: OnedWorld, one: OnedApp): string {
  const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  const apptemplate = encoded(one.imageTemplate ?? 'DEV_PREFIX="vd"\nTYPE="OS"\n');
  const link = `http://198.51.100.250/appliance/${one.id}`;
  const details = {
    APPTEMPLATE64: apptemplate, ARCHITECTURE: 'x86_64', DESCRIPTION: one.name, HYPERVISOR: 'kvm', IMPORT_ID: one.id, LINK: link, PUBLISHER: 'Emulated', TAGS: 'emulated',
    VERSION: '1.0', VMTEMPLATE64: encoded(one.vmTemplate ?? 'CPU = "1"\n'),
  };
  return tag('MARKETPLACEAPP', bare('ID', one.id), admin, bares({REGTIME: registered, NAME: one.name}), cdata('ZONE_ID', 0), cdata('ORIGIN_ID', -1), cdata('SOURCE', `${link}/download/0`),
    cdata('MD5', md5), bare('SIZE', one.sizeMiB), cdata('DESCRIPTION', one.name), cdata('VERSION', '1.0'), cdata('FORMAT', 'qcow2'), cdata('APPTEMPLATE64', apptemplate),
    bares({MARKETPLACE_ID: one.marketId, MARKETPLACE: one.market, STATE: one.state, TYPE: one.type}), permissions('644'), tag('TEMPLATE', vector(details)));
}

/** `one.user.info`: the quotas are empty, as for every user without any. */
export function user(world: OnedWorld, uid: number): string {
  const quotas = ['DATASTORE_QUOTA', 'NETWORK_QUOTA', 'VM_QUOTA', 'IMAGE_QUOTA'].map((name) => tag(name)).join('');
  const gid = uid === 0 ? 0 : 1;
  return tag('USER', bares({ID: uid, GID: gid}), idList('GROUPS', [gid]), bares({GNAME: gid === 0 ? 'oneadmin' : 'users', NAME: userName(world, uid)}), cdata('PASSWORD', '0'.repeat(64)),
    cdata('AUTH_DRIVER', 'core'), bare('ENABLED', 1), tag('TEMPLATE', vector({TOKEN_PASSWORD: '0'.repeat(64)})), quotas, tag('DEFAULT_USER_QUOTAS', quotas));
}
