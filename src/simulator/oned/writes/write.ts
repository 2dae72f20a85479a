/** What every writing call begins with: who may, and which object is meant. */
import type {Arguments, Asker} from '../methods.ts';
import type {Engine} from '../engine.ts';
import {Refusal} from '../wire.ts';
import type {OnedCluster, OnedDatastore, OnedHost, OnedImage, OnedTemplate, OnedVm, OnedVnet, OnedVrouter} from '../world.ts';

/** Answers at once; what takes time goes on afterwards. */
export type Write = (engine: Engine, asker: Asker, args: Arguments) => number | string;

export const refuse = (code: number, words: string): never => {
  throw new Refusal(code, words);
};
export const wrongState = 0x800;
export const internal = 0x2000;
export const allocation = 0x4000;

interface Kinds {
  vms: OnedVm;
  hosts: OnedHost;
  clusters: OnedCluster;
  datastores: OnedDatastore;
  vnets: OnedVnet;
  vrouters: OnedVrouter;
  templates: OnedTemplate;
  images: OnedImage;
}
const nouns: Readonly<Record<keyof Kinds, string>> = {
  vms: 'virtual machine', hosts: 'host', clusters: 'cluster', datastores: 'datastore', vnets: 'virtual network', vrouters: 'virtual router', templates: 'virtual machine template', images: 'image',
};
const rightNames: Readonly<Record<keyof Kinds, string>> = {
  vms: 'VM', hosts: 'HOST', clusters: 'CLUSTER', datastores: 'DATASTORE', vnets: 'NET', vrouters: 'VROUTER', templates: 'TEMPLATE', images: 'IMAGE',
};

/** The object of that id; without it, oned's 0x400. */
export function existing<K extends keyof Kinds>(engine: Engine, kind: K, id: number): Kinds[K] {
  const list = engine.world[kind] as readonly Kinds[keyof Kinds][];
  const found = list.find((one) => one.id === id);
  if (!found) throw new Refusal(0x400, `Error getting ${nouns[kind]} [${id}].`, id);
  return found as Kinds[K];
}

/** The same, for somebody who must have the right to it: the administrator, or the owner of the VM. */
export function permitted<K extends keyof Kinds>(engine: Engine, asker: Asker, kind: K, id: number, right: 'USE' | 'MANAGE' | 'ADMIN'): Kinds[K] {
  const found = existing(engine, kind, id);
  const owner = kind === 'vms' && (found as OnedVm).uid === asker.uid && right !== 'ADMIN';
  if (asker.uid !== 0 && !owner) refuse(0x200, `User [${asker.uid}] : Not authorized to perform ${right} ${rightNames[kind]} [${id}].`);
  if (kind === 'vms' && (found as OnedVm).locked && right !== 'USE') refuse(0x200, `User [${asker.uid}] : VM is locked. [${id}].`);
  return found;
}

export function mayCreate(asker: Asker, what: keyof Kinds): void {
  if (asker.uid !== 0) refuse(0x200, `User [${asker.uid}] : Not authorized to perform CREATE ${rightNames[what]}.`);
}

export function freeName(engine: Engine, kind: keyof Kinds, name: string): string {
  const taken = engine.world[kind].find((one) => one.name === name);
  if (taken) refuse(allocation, `Error allocating a new ${nouns[kind]}. NAME is already taken by ${rightNames[kind]} ${taken.id}.`);
  return name;
}
