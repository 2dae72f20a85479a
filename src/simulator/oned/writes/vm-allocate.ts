/** VMs come to be: from a template, from nothing, or as one of a virtual router. */
import type {Engine} from '../engine.ts';
import {lease} from '../leases.ts';
import {schedule} from '../scheduler.ts';
import {parseTemplate, vectorsNamed, type TemplateText, type Vector} from '../template-text.ts';
import {nicName} from '../derive.ts';
import type {OnedNic, OnedVm, OnedVnet} from '../world.ts';
import {allocation, permitted, refuse, type Write, wrongState} from './write.ts';

export function networkOf(engine: Engine, uid: number, nic: Vector): OnedVnet {
  const wanted = nic['NETWORK_ID'] === undefined ? undefined : Number(nic['NETWORK_ID']);
  const found = engine.world.vnets.find(({id, name}) => (wanted === undefined ? name === nic['NETWORK'] : id === wanted));
  return found ?? refuse(wrongState, wanted === undefined
    ? `User ${uid} does not own a network with name: ${nic['NETWORK'] ?? ''} . Set NETWORK_UNAME or NETWORK_UID of owner in NIC.`
    : `Virtual network with ID: ${wanted} does not exist`);
}

/** What a NIC or alias becomes; `nics` are those before it. Names beginning with NIC are oned's own. */
export function nicOf(engine: Engine, uid: number, wanted: Vector, isAlias: boolean, nics: readonly OnedNic[]): OnedNic {
  const parent = isAlias ? nics.find((one) => !one.alias && nicName(one) === wanted['PARENT']) : undefined;
  if (isAlias && !parent) refuse(wrongState, `NIC named ${wanted['PARENT'] ?? ''} not found for alias`);
  const net = networkOf(engine, uid, wanted);
  const ip = lease(engine.world, net, wanted['IP'], nics.filter(({networkId}) => networkId === net.id).map((one) => one.ip));
  const named = wanted['NAME'];
  return {
    id: Math.max(-1, ...nics.map(({id}) => id)) + 1, networkId: net.id, ip,
    ...(named !== undefined && {name: /^NIC\d/.test(named) ? `_${named}` : named}),
    ...(wanted['MAC'] !== undefined && {mac: wanted['MAC']}),
    ...(parent && {alias: {parentId: parent.id, external: (wanted['EXTERNAL'] ?? net.template['EXTERNAL'])?.toUpperCase() === 'YES'}}),
  };
}

/** Refused with the words of whatever was wrong, under the heading of an allocation. */
function nicsOf(engine: Engine, uid: number, text: TemplateText, heading: string): OnedNic[] {
  const nics: OnedNic[] = [];
  try {
    for (const wanted of vectorsNamed(text, 'NIC')) nics.push(nicOf(engine, uid, wanted, false, nics));
    for (const wanted of vectorsNamed(text, 'NIC_ALIAS')) nics.push(nicOf(engine, uid, wanted, true, nics));
  } catch (error) {
    refuse(allocation, `${heading} ${(error as Error).message}`);
  }
  return nics;
}

export interface NewVm {
  readonly name: string;
  readonly uid: number;
  readonly hold: boolean;
  readonly nics: OnedNic[];
  readonly text: TemplateText;
  readonly templateId?: number;
  readonly vrouterId?: number;
}

const own = new Set(['NAME', 'CPU', 'VCPU', 'MEMORY', 'VROUTER', 'TEMPLATE_ID']);

/** PENDING or on HOLD; the scheduler sees to the rest. */
export function add(engine: Engine, wanted: NewVm): OnedVm {
  const template = engine.world.templates.find(({id}) => id === wanted.templateId);
  const id = engine.newId('vms');
  const disk = vectorsNamed(wanted.text, 'DISK')[0];
  const imageId = engine.world.images.find((image) => image.name === disk?.['IMAGE'] || String(image.id) === disk?.['IMAGE_ID'])?.id ?? template?.imageId;
  const vm: OnedVm = {
    id, name: wanted.name === '' ? `${template?.name ?? 'one'}-${id}` : wanted.name, uid: wanted.uid, state: wanted.hold ? 2 : 1, lcmState: 0, stime: engine.clock.seconds(),
    cpu: Number(wanted.text.values['CPU'] ?? template?.cpu ?? 1), memoryMiB: Number(wanted.text.values['MEMORY'] ?? template?.memoryMiB ?? 128), nics: wanted.nics, history: [], onHold: wanted.hold,
    userTemplate: {
      ...(template?.requirements !== undefined && {SCHED_REQUIREMENTS: template.requirements}),
      ...Object.fromEntries(Object.entries(wanted.text.values).filter(([name]) => !own.has(name))),
    },
    ...(wanted.templateId !== undefined && {templateId: wanted.templateId}),
    ...(wanted.vrouterId !== undefined && {vrouterId: wanted.vrouterId}),
    ...(imageId !== undefined && {imageId}),
    context: {...template?.context, ...vectorsNamed(wanted.text, 'CONTEXT')[0]},
  };
  if (wanted.templateId !== undefined) vm.context = resolved(vm);
  engine.world.vms.push(vm);
  if (!wanted.hold) schedule(engine, vm);
  return vm;
}

/** $NAME, and what the VM was given by that name ("$ONEAPP_…"); of a user the emulator knows nothing. */
const resolved = (vm: OnedVm): Record<string, string> => Object.fromEntries(Object.entries(vm.context ?? {}).map(([name, value]) =>
  [name, value.replace(/\$NAME\b/, vm.name).replace(/\$USER\[\w+\]/, '').replace(/\$([A-Z][A-Z0-9_]*)/g, (_, attribute: string) => vm.userTemplate?.[attribute] ?? '')]));

export const instantiateTemplate: Write = (engine, asker, args) => {
  const template = permitted(engine, asker, 'templates', args.int(), 'USE');
  const name = args.string();
  const hold = args.more ? args.boolean() : false;
  const text = parseTemplate(args.more ? args.string() : '');
  if (template.vrouter) refuse(wrongState, 'Virtual router templates cannot be instantiated');
  const nics = nicsOf(engine, asker.uid, text, 'Error allocating a new virtual machine template.');
  return add(engine, {name, uid: asker.uid, hold, nics, text, templateId: template.id}).id;
};

export const allocateVm: Write = (engine, asker, args) => {
  const text = parseTemplate(args.string());
  const hold = args.more ? args.boolean() : false;
  if (asker.uid !== 0) refuse(0x200, `User [${asker.uid}] : Not authorized to perform CREATE VM.`);
  const nics = nicsOf(engine, asker.uid, text, 'Error allocating a new virtual machine.');
  return add(engine, {name: text.values['NAME'] ?? '', uid: asker.uid, hold, nics, text}).id;
};
