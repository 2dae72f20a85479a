/** Virtual routers: allocated with their networks, instantiated as VMs. */
import {lease} from '../leases.ts';
import {terminate} from '../lifecycle.ts';
import {done} from '../states.ts';
import {parseTemplate, vectorsNamed} from '../template-text.ts';
import type {OnedNic, OnedVrouter} from '../world.ts';
import {add, networkOf} from './vm-allocate.ts';
import {allocation, mayCreate, permitted, refuse, type Write, wrongState} from './write.ts';

const yes = (value: string | undefined): boolean => value?.toUpperCase() === 'YES';

export const allocateVrouter: Write = (engine, asker, args) => {
  const text = parseTemplate(args.string());
  mayCreate(asker, 'vrouters');
  const nics = vectorsNamed(text, 'NIC').map((wanted, id) => {
    const net = networkOf(engine, asker.uid, wanted);
    const floatingIp = yes(wanted['FLOATING_IP']) ? lease(engine.world, net, wanted['IP'], []) : undefined;
    return {id, networkId: net.id, ...(floatingIp !== undefined ? {floatingIp} : wanted['IP'] !== undefined ? {ip: wanted['IP']} : {})};
  });
  const id = engine.newId('vrouters');
  engine.world.vrouters.push({id, name: text.values['NAME'] ?? `vr-${id}`, nics});
  return id;
};

export const instantiateVrouter: Write = (engine, asker, args) => {
  const router = permitted(engine, asker, 'vrouters', args.int(), 'MANAGE');
  const count = args.int();
  const template = permitted(engine, asker, 'templates', args.int(), 'USE');
  const name = args.string();
  const hold = args.more ? args.boolean() : false;
  const text = parseTemplate(args.more ? args.string() : '');
  if (!template.vrouter) refuse(wrongState, 'Only virtual router templates are allowed');
  const all: OnedNic[][] = [];
  for (let number = 0; number < count; number++) {
    const nics: OnedNic[] = [];
    for (const wanted of router.nics) nics.push(nicFor(engine.world, wanted, [...all.flat(), ...nics]));
    all.push(nics);
  }
  if (!engine.onegate && template.context?.['TOKEN'] === 'YES') {
    engine.newId('vms'); // is lost, as with oned
    refuse(allocation, 'Error allocating a new virtual router. TOKEN set, but onegate endpoint was not defined in oned.conf.');
  }
  router.templateId = template.id;
  const pattern = name === '' ? `vr-${router.name}-%i` : name;
  all.forEach((nics, number) => add(engine, {name: pattern.replace('%i', String(number)), uid: asker.uid, hold, nics, text, templateId: template.id, vrouterId: router.id}));
  return router.id;
};

function nicFor(world: Parameters<typeof lease>[0], wanted: OnedVrouter['nics'][number], given: readonly OnedNic[]): OnedNic {
  const net = world.vnets.find(({id}) => id === wanted.networkId)!;
  try {
    const ip = lease(world, net, wanted.floatingIp === undefined ? wanted.ip : undefined, given.filter(({networkId}) => networkId === net.id).map((one) => one.ip));
    return {id: wanted.id, networkId: net.id, ip, ...(wanted.floatingIp !== undefined && {vrouterIp: wanted.floatingIp})};
  } catch (error) {
    return refuse(allocation, `Error allocating a new virtual router. ${(error as Error).message}`);
  }
}

export const deleteVrouter: Write = (engine, asker, args) => {
  const router = permitted(engine, asker, 'vrouters', args.int(), 'MANAGE');
  for (const vm of engine.world.vms.filter((one) => one.vrouterId === router.id && one.state !== done)) engine.later(vm, () => terminate(engine, vm, true));
  engine.world.vrouters = engine.world.vrouters.filter((one) => one !== router);
  return router.id;
};

export const renameVrouter: Write = (engine, asker, args) => {
  const router = permitted(engine, asker, 'vrouters', args.int(), 'MANAGE');
  router.name = args.string();
  return router.id;
};
