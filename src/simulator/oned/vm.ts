/** A virtual machine as XML: in full (one.vm.info, infoextended) and short (one.vmpool.info, where aliases pass for NICs). */
import {macOf, nicMac, nicName, systemStoreOf, userName} from './derive.ts';
import {bare, bares, cdata, owner, permissions, tag, vector} from './markup.ts';
import type {OnedHistory, OnedNic, OnedVm, OnedVnet, OnedWorld} from './world.ts';

/** `single`: as one.vm.info, which alone has all of the history, and `monitoring`. */
export function vm(world: OnedWorld, one: OnedVm, single: boolean, monitoring = tag('MONITORING')): string {
  const uid = one.uid ?? 0;
  const history = (single ? one.history : one.history.slice(-1)).map((record) => tag('HISTORY', fullRecord(world, one, record)));
  return tag('VM', bare('ID', one.id), owner(uid, userName(world, uid), uid === 0 ? 'oneadmin' : 'users'), bare('NAME', one.name), permissions('600'),
    bares({LAST_POLL: 0, STATE: one.state, LCM_STATE: one.lcmState, PREV_STATE: one.state, PREV_LCM_STATE: one.lcmState, RESCHED: 0, STIME: one.stime, ETIME: one.etime ?? 0, DEPLOY_ID: deployId(one)}),
    monitoring, tag('SCHED_ACTIONS'), tag('TEMPLATE', template(world, one)), tag('USER_TEMPLATE', vector(userTemplate(one))),
    history.length > 0 ? tag('HISTORY_RECORDS', ...history) : '<HISTORY_RECORDS/>', tag('BACKUPS', '<BACKUP_CONFIG/>', tag('BACKUP_IDS')));
}

export function shortVm(world: OnedWorld, one: OnedVm): string {
  const uid = one.uid ?? 0;
  const nics = one.nics.map((nic) => tag('NIC', cdata('IP', nic.ip), cdata('MAC', nicMac(nic)), cdata('NETWORK', network(world, nic)?.name ?? ''), cdata('NETWORK_ID', nic.networkId),
    cdata('NIC_ID', nic.id), cdata('SECURITY_GROUPS', 0)));
  const last = one.history.at(-1);
  const record = last && tag('HISTORY_RECORDS', tag('HISTORY', bares({OID: one.id, SEQ: one.history.length - 1}), cdata('HOSTNAME', hostName(world, last)),
    bares({HID: last.hostId, CID: clusterId(world, last), DS_ID: systemStoreOf(world, last.hostId)}), cdata('VM_MAD', 'kvm'), cdata('TM_MAD', 'ssh'), cdata('ACTION', last.action)));
  const shown = ['DISK_ID', 'DATASTORE', 'DATASTORE_ID', 'IMAGE', 'IMAGE_ID', 'SIZE', 'TYPE', 'CLONE', 'CLONE_TARGET', 'LN_TARGET', 'DISK_SNAPSHOT_TOTAL_SIZE'];
  const disk = diskOf(world, one);
  return tag('VM', bare('ID', one.id), owner(uid, userName(world, uid), uid === 0 ? 'oneadmin' : 'users'), bare('NAME', one.name),
    bares({LAST_POLL: 0, STATE: one.state, LCM_STATE: one.lcmState, RESCHED: 0, STIME: one.stime, ETIME: one.etime ?? 0, DEPLOY_ID: deployId(one)}),
    tag('TEMPLATE', bares({CPU: one.cpu, MEMORY: one.memoryMiB, VCPU: 1}), tag('DISK', ...shown.map((name) => cdata(name, disk[name] ?? ''))), ...nics, tag('GRAPHICS', graphics(one))),
    '<MONITORING/>', tag('USER_TEMPLATE', vector(userTemplate(one))), record ?? '<HISTORY_RECORDS/>');
}

const network = (world: OnedWorld, nic: OnedNic): OnedVnet | undefined => world.vnets.find(({id}) => id === nic.networkId);
const hostName = (world: OnedWorld, record: OnedHistory): string => world.hosts.find(({id}) => id === record.hostId)?.name ?? `host-${record.hostId}`;
const clusterId = (world: OnedWorld, record: OnedHistory): number => world.hosts.find(({id}) => id === record.hostId)?.clusterId ?? -1;
const deployId = (one: OnedVm): string => (one.history.length > 0 ? `one-${one.id}` : '');
const graphics = (one: OnedVm): string => vector({LISTEN: '127.0.0.1', PORT: one.history.length > 0 ? 5900 + one.id : undefined, TYPE: 'VNC'});
const userTemplate = (one: OnedVm): Record<string, string> => ({SCHED_REQUIREMENTS: 'HYPERVISOR=kvm', ...(one.vrouterId !== undefined && {VROUTER: 'YES'}), ...one.userTemplate});

function fullRecord(world: OnedWorld, one: OnedVm, record: OnedHistory): string {
  const seq = one.history.indexOf(record);
  const user = record.action === 0 ? -1 : 0;
  return bares({OID: one.id, SEQ: seq, HOSTNAME: hostName(world, record), HID: record.hostId, CID: clusterId(world, record), STIME: record.start, ETIME: record.end}) +
    cdata('VM_MAD', 'kvm') + cdata('TM_MAD', 'ssh') +
    bares({DS_ID: systemStoreOf(world, record.hostId), PLAN_ID: seq === 0 ? -1 : -2, ACTION_ID: seq === 0 ? 0 : -1, PSTIME: seq === 0 ? record.start : 0, PETIME: seq === 0 ? record.start : 0,
      RSTIME: record.start, RETIME: record.end, ESTIME: 0, EETIME: 0, ACTION: record.action, UID: user, GID: user, REQUEST_ID: user});
}

function template(world: OnedWorld, one: OnedVm): string {
  const running = one.history.length > 0;
  const isRouter = one.vrouterId !== undefined;
  const rule = (type: string): [string, string] => ['SECURITY_GROUP_RULE', tag('SECURITY_GROUP_RULE', vector({PROTOCOL: 'ALL', RULE_TYPE: type, SECURITY_GROUP_ID: 0, SECURITY_GROUP_NAME: 'default'}))];
  const clusters = [...new Set(one.nics.flatMap((nic) => network(world, nic)?.clusterIds ?? []))];
  const parts: [string, string][] = [
    ['CONTEXT', tag('CONTEXT', vector(context(world, one)))],
    ['DISK', tag('DISK', vector(diskOf(world, one)))],
    ['GRAPHICS', tag('GRAPHICS', graphics(one))],
    ...one.nics.map((nic): [string, string] => (nic.alias ? ['NIC_ALIAS', tag('NIC_ALIAS', vector(nicAttributes(world, one, nic)))] : ['NIC', tag('NIC', vector(nicAttributes(world, one, nic)))])),
    ['OS', tag('OS', vector({ARCH: 'x86_64', UUID: `00000000-0000-4000-8000-${String(one.id).padStart(12, '0')}`}))],
    rule('OUTBOUND'), rule('INBOUND'),
    ...(isRouter ? [['NIC_DEFAULT', tag('NIC_DEFAULT', vector({MODEL: 'virtio'}))] as [string, string]] : []),
  ];
  const requirement = clusters.map((id) => `("CLUSTERS/ID" @> ${id})`).join(' | ');
  return vector({
    AUTOMATIC_DS_REQUIREMENTS: requirement, AUTOMATIC_NIC_REQUIREMENTS: requirement, AUTOMATIC_REQUIREMENTS: `(${clusters.map((id) => `CLUSTER_ID = ${id}`).join(' | ')}) & !(PIN_POLICY = PINNED)`,
    CPU: one.cpu, MEMORY: one.memoryMiB, VCPU: 1, VMID: one.id, TEMPLATE_ID: one.templateId ?? 0, TM_MAD_SYSTEM: running ? 'ssh' : undefined,
    SUBMIT_ON_HOLD: isRouter || one.state === 2 || one.onHold ? 'YES' : undefined, CREATED_BY: isRouter ? 0 : undefined,
    VROUTER_ID: one.vrouterId, VROUTER_KEEPALIVED_ID: one.vrouterId === undefined ? undefined : one.vrouterId + 1,
  }, parts);
}

function nicAttributes(world: OnedWorld, one: OnedVm, nic: OnedNic): Record<string, string | number | undefined> {
  const net = network(world, nic);
  const from = net?.template ?? {};
  const children = one.nics.filter(({alias}) => alias?.parentId === nic.id).map(({id}) => id);
  return {
    AR_ID: 0, ATTACH: nic.attaching ? 'YES' : undefined, BRIDGE: net?.bridge, BRIDGE_TYPE: 'linux', CLUSTER_ID: net?.clusterIds.join(','), DNS: from['DNS'], GATEWAY: from['GATEWAY'], IP: nic.ip, MAC: nicMac(nic), NAME: nicName(nic),
    NETWORK: net?.name, NETWORK_ID: nic.networkId, NIC_ID: nic.id, PHYDEV: net?.phydev, SECURITY_GROUPS: '0', TARGET: `one-${one.id}-${nic.id}`, VLAN_ID: net?.vlanId, VN_MAD: net?.vnMad,
    ...(nic.alias
      ? {ALIAS_ID: one.nics.filter(({alias}) => alias?.parentId === nic.alias!.parentId).indexOf(nic), EXTERNAL: nic.alias.external ? 'YES' : from['EXTERNAL'], PARENT: `NIC${nic.alias.parentId}`, PARENT_ID: nic.alias.parentId}
      : {ALIAS_IDS: children.length > 0 ? children.join(',') : undefined, IP_LINK_CONF: from['IP_LINK_CONF'], MTU: from['MTU'], VXLAN_MODE: from['VXLAN_MODE'], VXLAN_TEP: from['VXLAN_TEP']}),
    ...(one.vrouterId !== undefined && {MODEL: 'virtio'}),
    ...(nic.vrouterIp !== undefined && {FLOATING_IP: 'YES', VROUTER_IP: nic.vrouterIp, VROUTER_MAC: macOf(nic.vrouterIp)}),
  };
}

const perNic = ['DNS', 'EXTERNAL', 'GATEWAY', 'IP', 'IP6', 'IP6_GATEWAY', 'IP6_METHOD', 'IP6_METRIC', 'IP6_PREFIX_LENGTH', 'IP6_ULA', 'MAC', 'MASK', 'METHOD', 'METRIC', 'MTU', 'NETWORK',
  'ROUTES', 'SEARCH_DOMAIN', 'VLAN_ID', 'VROUTER_IP', 'VROUTER_IP6', 'VROUTER_MANAGEMENT'];

function context(world: OnedWorld, one: OnedVm): Record<string, string | number> {
  const found: Record<string, string | number> = {DISK_ID: 1, NETWORK: 'YES', SET_HOSTNAME: one.name, SSH_PUBLIC_KEY: '', TARGET: 'hda'};
  const seen = new Map<number, number>(); // aliases of each NIC so far
  for (const nic of one.nics) {
    const net = network(world, nic);
    const alias = nic.alias ? (seen.get(nic.alias.parentId) ?? 0) : 0;
    if (nic.alias) seen.set(nic.alias.parentId, alias + 1);
    const prefix = nic.alias ? `ETH${nic.alias.parentId}_ALIAS${alias}` : `ETH${nic.id}`;
    const known: Record<string, string | number | undefined> = {
      DNS: net?.template['DNS'], EXTERNAL: nic.alias?.external ? 'YES' : undefined, GATEWAY: net?.template['GATEWAY'], IP: nic.ip, MAC: nicMac(nic), MASK: net?.template['NETWORK_MASK'],
      MTU: net?.template['GUEST_MTU'], NETWORK: net?.template['NETWORK_ADDRESS'], VLAN_ID: net?.vlanId, VROUTER_IP: nic.vrouterIp,
    };
    for (const name of perNic) found[`${prefix}_${name}`] = known[name] ?? '';
  }
  if (one.vrouterId !== undefined) Object.assign(found, {ONEGATE_ENDPOINT: 'http://198.51.100.250:5030', TOKEN: 'YES', REPORT_READY: 'NO', VMID: one.id, VROUTER_ID: one.vrouterId, VROUTER_KEEPALIVED_ID: one.vrouterId + 1});
  return Object.assign(found, one.context);
}

function diskOf(world: OnedWorld, one: OnedVm): Record<string, string | number> {
  const image = world.images.find(({id}) => id === one.imageId);
  const store = world.datastores.find(({id}) => id === image?.datastoreId);
  return {
    ALLOW_ORPHANS: 'NO', CLONE: 'YES', CLONE_TARGET: 'SYSTEM', CLUSTER_ID: (store?.clusterIds ?? []).join(','), DATASTORE: store?.name ?? '', DATASTORE_ID: store?.id ?? '', DEV_PREFIX: 'vd', DISK_ID: 0,
    DISK_SNAPSHOT_TOTAL_SIZE: 0, DISK_TYPE: 'FILE', DRIVER: 'qcow2', FORMAT: 'qcow2', IMAGE: image?.name ?? '', IMAGE_ID: image?.id ?? '', IMAGE_STATE: image?.state ?? '', LN_TARGET: 'NONE',
    ORIGINAL_SIZE: image?.sizeMiB ?? 0, PERSISTENT_SNAPSHOTS: 'YES', READONLY: 'NO', SAVE: 'NO', SIZE: image?.sizeMiB ?? 0, SOURCE: `/var/lib/one/datastores/${store?.id ?? 1}/${image?.id ?? 0}`,
    TARGET: 'vda', TM_MAD: 'ssh', TYPE: 'FILE',
  };
}
