/** Hosts, clusters, networks, datastores, images, templates and users. */
import {createHash} from 'node:crypto';
import {leasesOf, macOf} from '../derive.ts';
import {isFree} from '../leases.ts';
import {monitor} from '../scheduler.ts';
import {parseTemplate, vectorsNamed} from '../template-text.ts';
import {done} from '../states.ts';
import type {OnedImage, OnedVnet} from '../world.ts';
import {allocation, existing, freeName, internal, mayCreate, permitted, refuse, type Write, wrongState} from './write.ts';

const allocateCluster: Write = (engine, asker, args) => {
  const wanted = args.string();
  mayCreate(asker, 'clusters');
  const name = freeName(engine, 'clusters', wanted);
  const id = engine.newId('clusters');
  engine.world.clusters.push({id, name});
  return id;
};

const deleteCluster: Write = (engine, asker, args) => {
  const cluster = permitted(engine, asker, 'clusters', args.int(), 'ADMIN');
  const holds = (what: string, count: number): void => {
    if (count > 0) refuse(wrongState, `Cannot delete cluster. Cluster ${cluster.id} is not empty, it contains ${count} ${what}.`);
  };
  holds('hosts', engine.world.hosts.filter(({clusterId}) => clusterId === cluster.id).length);
  holds('datastores', engine.world.datastores.filter(({clusterIds}) => clusterIds.includes(cluster.id)).length);
  holds('vnets', engine.world.vnets.filter(({clusterIds}) => clusterIds.includes(cluster.id)).length);
  engine.world.clusters = engine.world.clusters.filter((one) => one !== cluster);
  return cluster.id;
};

/** Also with VMs running on it: oned does not say a word. */
const moveHost = (joins: boolean): Write => (engine, asker, args) => {
  const cluster = permitted(engine, asker, 'clusters', args.int(), 'ADMIN');
  const host = permitted(engine, asker, 'hosts', args.int(), 'ADMIN');
  host.clusterId = joins ? cluster.id : 0;
  return cluster.id;
};

const setMembership = (kind: 'vnets' | 'datastores', joins: boolean): Write => (engine, asker, args) => {
  const cluster = permitted(engine, asker, 'clusters', args.int(), 'ADMIN');
  const one = permitted(engine, asker, kind, args.int(), 'ADMIN');
  one.clusterIds = one.clusterIds.filter((id) => id !== cluster.id);
  if (joins) one.clusterIds.push(cluster.id);
  return cluster.id;
};

const allocateHost: Write = (engine, asker, args) => {
  const wanted = args.string();
  const [informationDriver, hypervisor] = [args.string(), args.string()];
  const clusterId = args.int();
  mayCreate(asker, 'hosts');
  const name = freeName(engine, 'hosts', wanted);
  const cluster = existing(engine, 'clusters', clusterId === -1 ? 0 : clusterId);
  const host = {id: engine.newId('hosts'), name, state: 0, clusterId: cluster.id, totalCpu: 800, totalMemoryKiB: 16 << 20, hypervisor};
  engine.world.hosts.push(host);
  // A driver that does not exist never answers: the host stays in INIT.
  if (informationDriver === hypervisor) monitor(engine, host);
  return host.id;
};

const deleteHost: Write = (engine, asker, args) => {
  const host = permitted(engine, asker, 'hosts', args.int(), 'ADMIN');
  if (engine.world.vms.some((vm) => vm.state === 3 && vm.history.at(-1)?.hostId === host.id)) refuse(wrongState, `Cannot delete host. Can not remove a host with running VMs`);
  engine.world.hosts = engine.world.hosts.filter((one) => one !== host);
  return host.id;
};

/** 0 enable, 1 disable, 2 offline. */
const setHostStatus: Write = (engine, asker, args) => {
  const host = permitted(engine, asker, 'hosts', args.int(), 'ADMIN');
  const status = args.int();
  if (status === 0) monitor(engine, host);
  else host.state = status === 1 ? 4 : status === 2 ? 8 : refuse(internal, `Wrong status code`);
  return host.id;
};

const vnetColumns = new Set(['NAME', 'VN_MAD', 'BRIDGE', 'PHYDEV', 'VLAN_ID', 'AUTOMATIC_VLAN_ID']);

const allocateVnet: Write = (engine, asker, args) => {
  const text = parseTemplate(args.string());
  const clusterId = args.more ? args.int() : -1;
  mayCreate(asker, 'vnets');
  const {values} = text;
  const vnMad = values['VN_MAD'];
  if (vnMad === undefined) return refuse(internal, 'No VN_MAD in template for Virtual Network.');
  if (['vxlan', '802.1Q'].includes(vnMad) && values['PHYDEV'] === undefined) refuse(internal, `PHYDEV is mandatory for driver ${vnMad}`);
  const name = freeName(engine, 'vnets', values['NAME'] ?? '');
  const id = engine.newId('vnets');
  const automatic = values['AUTOMATIC_VLAN_ID']?.toUpperCase() === 'YES' ? Math.max(1, ...engine.world.vnets.map(({vlanId}) => vlanId ?? 0)) + 1 : undefined;
  const vlanId = values['VLAN_ID'] === undefined ? automatic : Number(values['VLAN_ID']);
  const vnet: OnedVnet = {
    id, name, clusterIds: [clusterId === -1 ? 0 : clusterId], vnMad, bridge: values['BRIDGE'] ?? (vlanId !== undefined && (engine.bridgesByVlan || values['VLAN_ID'] !== undefined) ? `onebr.${vlanId}` : `onebr${id}`), phydev: values['PHYDEV'] ?? '', ...(vlanId !== undefined && {vlanId}),
    template: Object.fromEntries(Object.entries(values).filter(([key]) => !vnetColumns.has(key))),
    ranges: vectorsNamed(text, 'AR').map((range, at) => ({id: at, type: range['TYPE'] ?? 'IP4', firstIp: range['IP'] ?? '0.0.0.0', size: Number(range['SIZE'] ?? 1), ...(range['MAC'] !== undefined && {firstMac: range['MAC']})})),
  };
  engine.world.vnets.push(vnet);
  return id;
};

const deleteVnet: Write = (engine, asker, args) => {
  const vnet = permitted(engine, asker, 'vnets', args.int(), 'MANAGE');
  if (leasesOf(engine.world, vnet).length > 0) refuse(wrongState, 'Cannot delete virtual network. Can not remove a virtual network with leases in use');
  engine.world.vnets = engine.world.vnets.filter((one) => one !== vnet);
  return vnet.id;
};

const hold = (holds: boolean): Write => (engine, asker, args) => {
  const vnet = permitted(engine, asker, 'vnets', args.int(), 'MANAGE');
  const ip = parseTemplate(args.string()).vectors.find(({name}) => name === 'LEASES')?.value['IP'];
  if (ip === undefined) return refuse(internal, 'Wrong or missing LEASES attribute');
  if (holds && !isFree(engine.world, vnet, ip)) refuse(internal, 'Address is not part of the address range or in use.');
  const others = (vnet.held ?? []).filter((one) => one !== ip);
  if (!holds && others.length === (vnet.held ?? []).length) refuse(internal, `Lease ${macOf(ip)} is not on hold.`);
  vnet.held = holds ? [...others, ip] : others;
  return vnet.id;
};

const datastoreTypes = ['IMAGE_DS', 'SYSTEM_DS', 'FILE_DS', 'BACKUP_DS'];
const allocateDatastore: Write = (engine, asker, args) => {
  const {values} = parseTemplate(args.string());
  const clusterId = args.more ? args.int() : -1;
  mayCreate(asker, 'datastores');
  const name = freeName(engine, 'datastores', values['NAME'] ?? '');
  const id = engine.newId('datastores');
  const type = Math.max(0, datastoreTypes.indexOf(values['TYPE'] ?? 'IMAGE_DS')) as 0 | 1 | 2 | 3;
  engine.world.datastores.push({id, name, type, clusterIds: [clusterId === -1 ? 0 : clusterId], dsMad: values['DS_MAD'] ?? '-', tmMad: values['TM_MAD'] ?? 'ssh', totalMiB: 20_480, freeMiB: 20_000});
  return id;
};

const [ready, locked] = [1, 4];

const allocateImage: Write = (engine, asker, args) => {
  const {values} = parseTemplate(args.string());
  const store = permitted(engine, asker, 'datastores', args.int(), 'USE');
  const name = freeName(engine, 'images', values['NAME'] ?? '');
  const id = engine.newId('images');
  const app = engine.world.apps.find((one) => String(one.id) === values['FROM_APP']);
  const image: OnedImage = {id, name, state: app ? locked : ready, type: 0, datastoreId: store.id, sizeMiB: Number(values['SIZE'] ?? app?.sizeMiB ?? 1024), ...(app && {fromApp: app.id})};
  engine.world.images.push(image);
  if (app) {
    void engine.clock.pause(engine.downloadMs).then(() => {
      if (image.state === locked) image.state = ready;
    });
  }
  return id;
};

/** At most what nobody runs from. */
const deleteImage: Write = (engine, asker, args) => {
  const image = permitted(engine, asker, 'images', args.int(), 'MANAGE');
  const using = engine.world.vms.filter((vm) => vm.imageId === image.id && vm.state !== done).length;
  if (using > 0) refuse(wrongState, `Cannot delete image. There are ${using} VMs using it.`);
  engine.world.images = engine.world.images.filter((one) => one !== image);
  return image.id;
};

/** `recursive`: its images too. */
const deleteTemplate: Write = (engine, asker, args) => {
  const template = permitted(engine, asker, 'templates', args.int(), 'MANAGE');
  const recursive = args.more ? args.boolean() : false;
  engine.world.templates = engine.world.templates.filter((one) => one !== template);
  if (recursive) engine.world.images = engine.world.images.filter(({id}) => id !== template.imageId);
  return template.id;
};

const allocateTemplate: Write = (engine, asker, args) => {
  const text = parseTemplate(args.string());
  mayCreate(asker, 'templates');
  const {values} = text;
  const name = freeName(engine, 'templates', values['NAME'] ?? '');
  const id = engine.newId('templates');
  const disk = vectorsNamed(text, 'DISK')[0];
  const imageId = engine.world.images.find((image) => image.name === disk?.['IMAGE'] || String(image.id) === disk?.['IMAGE_ID'])?.id;
  engine.world.templates.push({
    id, name, vrouter: values['VROUTER']?.toUpperCase() === 'YES', cpu: Number(values['CPU'] ?? 1), memoryMiB: Number(values['MEMORY'] ?? 128), ...(imageId !== undefined && {imageId}),
    ...(values['SCHED_REQUIREMENTS'] !== undefined && {requirements: values['SCHED_REQUIREMENTS']}), context: {...vectorsNamed(text, 'CONTEXT')[0]},
  });
  return id;
};

const allocateUser: Write = (engine, asker, args) => {
  const [name, password] = [args.string(), args.string()];
  if (asker.uid !== 0) refuse(0x200, `User [${asker.uid}] : Not authorized to perform CREATE USER.`);
  const taken = engine.world.users.find((user) => user.name === name);
  if (taken) refuse(allocation, `Error allocating a new user. NAME is already taken by USER ${taken.id}.`);
  const id = Math.max(1, ...engine.world.users.map((user) => user.id)) + 1;
  engine.world.users.push({id, name, password});
  return id;
};

/** A token that passes in place of the password. */
const login: Write = (engine, asker, args) => {
  const name = args.string();
  if (asker.uid !== 0 && engine.world.users.find(({id}) => id === asker.uid)?.name !== name) refuse(0x200, `User [${asker.uid}] : Not authorized to perform MANAGE USER.`);
  const token = createHash('sha256').update(`${name} ${engine.tokens.size} ${engine.clock.seconds()}`).digest('hex');
  engine.tokens.set(`${name}:${token}`, name);
  return token;
};

export const infrastructure: Readonly<Record<string, Write>> = {
  'one.cluster.allocate': allocateCluster, 'one.cluster.delete': deleteCluster,
  'one.cluster.addhost': moveHost(true), 'one.cluster.delhost': moveHost(false),
  'one.cluster.addvnet': setMembership('vnets', true), 'one.cluster.delvnet': setMembership('vnets', false),
  'one.cluster.adddatastore': setMembership('datastores', true), 'one.cluster.deldatastore': setMembership('datastores', false),
  'one.host.allocate': allocateHost, 'one.host.delete': deleteHost, 'one.host.status': setHostStatus,
  'one.vn.allocate': allocateVnet, 'one.vn.delete': deleteVnet, 'one.vn.hold': hold(true), 'one.vn.release': hold(false),
  'one.datastore.allocate': allocateDatastore, 'one.image.allocate': allocateImage, 'one.image.delete': deleteImage, 'one.template.allocate': allocateTemplate, 'one.template.delete': deleteTemplate,
  'one.user.allocate': allocateUser, 'one.user.login': login,
};
