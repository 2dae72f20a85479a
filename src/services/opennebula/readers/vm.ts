import type {OneAliasOf, OneHistory, OneNic, OneVm, OneVrouter} from '../../../model/cloud.ts';
import type {PoolReader} from '../pool.ts';
import {attributes, child, elements, id, ids, int, text, type XmlElement} from '../xml.ts';
import {mayEnter} from './secrets.ts';

/**
 * `one.vmpool.infoextended` and `one.vm.info`. Not for `one.vmpool.info`: there an alias looks like a NIC, and
 * VLAN_ID, CONTEXT and VROUTER_ID are missing.
 */
export const vmReader: PoolReader<OneVm> = {
  pool: 'VM_POOL',
  item: 'VM',
  read(vm, warn) {
    const [vmId, name, state, lcmState] = [id(vm, 'ID'), text(vm, 'NAME'), int(vm, 'STATE'), int(vm, 'LCM_STATE')];
    if (vmId === undefined || name === undefined || state === undefined || lcmState === undefined) return undefined;
    const template = child(vm, 'TEMPLATE');
    const cores = /^\d{1,6}(\.\d{1,6})?$/.exec(text(template, 'CPU') ?? '')?.[0];
    const complain = (what: string): void => warn(`vm ${vmId}: ${what} is incomplete and left out`);
    return {
      id: vmId,
      name,
      owner: text(vm, 'UNAME') ?? '',
      state,
      lcmState,
      deployId: text(vm, 'DEPLOY_ID'),
      nics: nics(template, complain),
      history: history(vm, complain),
      vrouterId: id(template, 'VROUTER_ID'),
      context: attributes(child(template, 'CONTEXT'), mayEnter),
      error: text(child(vm, 'USER_TEMPLATE'), 'ERROR'),
      cores: Number(cores) > 0 ? Number(cores) : undefined,
      memoryMiB: int(template, 'MEMORY'),
    };
  },
};

/** `one.vrouterpool.info`: its NICs as they were requested. */
export const vrouterReader: PoolReader<OneVrouter> = {
  pool: 'VROUTER_POOL',
  item: 'VROUTER',
  read(vrouter, warn) {
    const [vrouterId, name] = [id(vrouter, 'ID'), text(vrouter, 'NAME')];
    if (vrouterId === undefined || name === undefined) return undefined;
    const requested = nics(child(vrouter, 'TEMPLATE'), (what) => warn(`vrouter ${vrouterId}: ${what} is incomplete and left out`));
    return {id: vrouterId, name, vmIds: ids(vrouter, 'VMS'), nics: requested};
  },
};

function nics(template: XmlElement | undefined, complain: (what: string) => void): readonly OneNic[] {
  const found: OneNic[] = [];
  for (const kind of ['NIC', 'NIC_ALIAS']) {
    for (const one of elements(template, kind)) {
      const nicId = id(one, 'NIC_ID');
      const alias = kind === 'NIC_ALIAS' ? aliasOf(one) : undefined;
      if (nicId === undefined || (kind === 'NIC_ALIAS' && !alias)) complain(`a ${kind}`);
      else found.push(nic(one, nicId, alias));
    }
  }
  return found;
}

const nic = (one: XmlElement, nicId: number, alias: OneAliasOf | undefined): OneNic => ({
  id: nicId,
  name: text(one, 'NAME') ?? '', // requested NICs of a virtual router have none
  networkId: id(one, 'NETWORK_ID'),
  network: text(one, 'NETWORK') ?? '',
  ip: text(one, 'IP'),
  mac: text(one, 'MAC')?.toLowerCase(),
  bridge: text(one, 'BRIDGE'),
  physicalDevice: text(one, 'PHYDEV'),
  vlanId: id(one, 'VLAN_ID'),
  vnMad: text(one, 'VN_MAD'),
  tap: text(one, 'TARGET'),
  vrouterIp: text(one, 'VROUTER_IP'),
  alias,
});

function aliasOf(one: XmlElement): OneAliasOf | undefined {
  const [parent, parentId] = [text(one, 'PARENT'), id(one, 'PARENT_ID')];
  return parent === undefined || parentId === undefined ? undefined : {parent, parentId, external: text(one, 'EXTERNAL')?.toUpperCase() === 'YES'};
}

function history(vm: XmlElement, complain: (what: string) => void): readonly OneHistory[] {
  const found: OneHistory[] = [];
  for (const record of elements(child(vm, 'HISTORY_RECORDS'), 'HISTORY')) {
    const [seq, hostId, host, start, end, action] = [id(record, 'SEQ'), id(record, 'HID'), text(record, 'HOSTNAME'), id(record, 'STIME'), id(record, 'ETIME'), int(record, 'ACTION')];
    if (seq === undefined || hostId === undefined || host === undefined || start === undefined || end === undefined || action === undefined) complain('a HISTORY record');
    else found.push({seq, hostId, host, start, end: end === 0 ? undefined : end, action});
  }
  return found;
}
