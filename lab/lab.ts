import {attachRouter, createVm, destroyVm, migrateVm} from './vm.ts';
import {clientFiles, writeClientFiles} from './client-files.ts';
import type {ClientFiles} from './client-files.ts';
import {converge} from './converge.ts';
import {down} from './down.ts';
import type {Teardown} from './down.ts';
import {inForce} from './faults/journal.ts';
import {execInside, insidePrefix, startMachine, writeMachine} from './host.ts';
import {noteNetnsMount} from './namespaces.ts';
import {gobgpAlive} from './gobgp.ts';
import {layCables} from './internet.ts';
import {raiseNeighbourLimits} from './neighbour-limits.ts';
import {planOf, specFault, standingOf} from './plan.ts';
import type {LabSpec, Machine, Plan, Vm} from './plan.ts';
import {whyNoGobgp, whyNoLab} from './requirements.ts';
import {makeRoots} from './roots/make.ts';
import type {Result} from './run.ts';
import {newSshKey} from './sshd.ts';
import {loadState, saveState} from './state.ts';
import type {LabState} from './state.ts';
import {newKeys} from './wireguard.ts';
import {cloudFiles} from './opennebula/files.ts';
import type {CloudFiles} from './opennebula/files.ts';
import {runsOpennebula, startOpennebula} from './opennebula/start.ts';

export {down} from './down.ts';

/** A standing lab. */
export interface Lab {
  readonly name: string;
  /** As it is now: VMs move. */
  plan(): Plan;
  readonly files: ClientFiles;
  /** Undefined while no OpenNebula runs in it. */
  cloud(): CloudFiles | undefined;
  /** False when `up` found it standing already. */
  readonly fresh: boolean;
  /** Runs a shell command inside a machine, a VM or `ops`, without SSH. Does not throw on an exit status. */
  exec(where: string, command: string, input?: string): Promise<Result>;
  /** What to put before a command to run it inside: for a process that the caller starts itself, as in a pseudo-terminal. */
  prefix(where: string): string[];
  /** Waits until sessions, flood lists and MACs are what the plan says; throws with what is missing. */
  converge(limitMs?: number): Promise<void>;
  /** Live migration; comes back when the VM's port at the source is gone. */
  migrate(vm: string, host: string): Promise<void>;
  create(vm: Vm): Promise<void>;
  destroy(vm: string): Promise<void>;
  down(): Promise<Teardown>;
}

export const defaultSpec = (spec: Partial<LabSpec>): LabSpec => {
  const hosts = spec.hosts ?? Math.max(2, spec.frr?.length ?? 0);
  const vnis = spec.vnis ?? [2, 3];
  const {reflectors = 'ingress', clusters = 1, gobgp = [], frr = []} = spec;
  return {
    name: spec.name ?? 'lab', hosts, vnis, vms: spec.vms ?? (spec.bare ? 0 : hosts * vnis.length),
    // What is not asked for is left out, so that two specs of the same lab are the same text.
    ...(reflectors === 'ingress' ? {} : {reflectors}),
    ...(clusters === 1 ? {} : {clusters}),
    ...(gobgp.length === 0 ? {} : {gobgp}),
    ...(frr.length === 0 ? {} : {frr}),
    ...(spec.bare ? {bare: true} : {}),
  };
};

/** The lab of that name that stands now, or undefined. */
export const existingLab = async (name: string): Promise<Lab | undefined> => {
  const state = loadState(name);
  // With a fault in force it stands, if not well: as long as its machines live, somebody may want to look, or to undo it.
  return state && await (inForce(name).length > 0 ? lives(state) : stands(state)) ? labOf(state, false) : undefined;
};

/** Builds the lab, or finds it standing just so. What is half there, or differs, is taken away first. */
export const up = async ({opennebula, ...wanted}: Partial<LabSpec> & WithOpennebula = {}): Promise<Lab> => {
  const lab = await upWithout(wanted);
  const state = loadState(lab.name);
  if (opennebula && state && !runsOpennebula(state)) await startOpennebula(state, opennebula === true ? routerPollMs : opennebula.routerPollMs);
  return lab;
};

export interface WithOpennebula {
  /** With an emulated oned in ops; its virtual router asks for its leases as often as an appliance does, or as told. */
  readonly opennebula?: boolean | {readonly routerPollMs: number};
}
const routerPollMs = 30_000;

const upWithout = async (wanted: Partial<LabSpec>): Promise<Lab> => {
  const spec = defaultSpec(wanted);
  const fault = specFault(spec) ?? whyNoLab() ?? (spec.gobgp ? whyNoGobgp() : undefined);
  if (fault) throw new Error(`lab: ${fault}`);
  const before = loadState(spec.name);
  if (before && JSON.stringify(before.plan.spec) === JSON.stringify(spec) && inForce(spec.name).length === 0 && await stands(before)) return labOf(before, false);
  await down(spec.name);
  if (spec.frr) await makeRoots(spec.frr, line => console.error(`lab ${spec.name}: ${line}`));
  try {
    return labOf(await build(planOf(spec)), true);
  } catch (error) {
    await down(spec.name);
    throw error;
  }
};

const lives = async (state: LabState): Promise<boolean> => {
  try {
    await Promise.all([...standingOf(state.plan), ...state.plan.vms].map(({name}) => execInside(state, name, ':')));
    return state.complete;
  } catch {
    return false;
  }
};

/** Everything that the plan names is alive: each machine's sshd answers for the whole of it, since it starts last. */
const stands = async (state: LabState): Promise<boolean> => {
  if (!state.complete) return false;
  const daemons = 'kill -0 $(cat /run/sshd.pid)';
  const underlay = ' && wg show wg0 public-key';
  const routing = `${underlay} && for d in zebra bgpd staticd; do kill -0 $(cat /run/frr/$d.pid) || exit 1; done`;
  const ofKind = (m: Machine): string => m.role === 'router' || state.plan.spec.bare ? daemons : daemons + (m.daemon === 'gobgp' ? underlay + gobgpAlive : routing);
  try {
    const answers = await Promise.all([
      ...standingOf(state.plan).map(m => execInside(state, m.name, ofKind(m))),
      ...state.plan.vms.map(vm => execInside(state, vm.name, 'ip address show dev eth0')),
    ]);
    return answers.every(answer => answer.code === 0);
  } catch {
    return false;
  }
};

const build = async (plan: Plan): Promise<LabState> => {
  let state: LabState = {plan, inits: {}, complete: false};
  saveState(state);
  raiseNeighbourLimits(plan);
  noteNetnsMount();
  const [hostKeys] = await Promise.all([writeFiles(plan), layCables(plan)]);
  writeClientFiles(plan, hostKeys);
  const booting = standingOf(plan).map(machine => ({machine, boot: startMachine(plan, machine)}));
  await Promise.all(booting.map(({boot}) => boot.wired));
  const inits = await Promise.all(booting.map(async ({machine, boot}) => [machine.name, await boot.finish()] as const));
  state = {...state, inits: Object.fromEntries(inits)};
  saveState(state);
  // One after the other on the same hypervisor (the network comes with its first NIC), all hypervisors at once.
  await Promise.all(plan.machines.filter(m => m.role === 'hypervisor').map(async machine => {
    if (plan.router.host === machine.name && !plan.router.absent) await attachRouter(state);
    for (const vm of plan.vms) if (vm.host === machine.name) await createVm(state, vm);
  }));
  state = {...state, complete: true};
  saveState(state);
  return state;
};

const writeFiles = async (plan: Plan): Promise<ReadonlyMap<string, string>> => {
  const authorized = await newSshKey(clientFiles(plan.spec.name).key);
  const keys = new Map(plan.machines.map(machine => [machine.name, newKeys()]));
  return new Map(await Promise.all(plan.machines.map(async machine => [machine.name, await writeMachine(plan, machine, keys, authorized)] as const)));
};

const labOf = (standing: LabState, fresh: boolean): Lab => {
  // An OpenNebula in the lab, or another command, moves VMs too: what is kept on disk counts.
  const current = (): LabState => loadState(standing.plan.spec.name) ?? standing;
  const {name} = standing.plan.spec;
  return {
    name,
    fresh,
    files: clientFiles(name),
    cloud: () => runsOpennebula(current()) ? cloudFiles(name) : undefined,
    plan: () => current().plan,
    exec: (where, command, input) => execInside(current(), where, command, input),
    prefix: where => insidePrefix(current(), where),
    converge: limitMs => converge(current(), limitMs),
    migrate: async (vm, host) => saveState(await migrateVm(current(), vm, host)),
    create: async vm => {
      const state = current();
      const next = {...state, plan: {...state.plan, vms: [...state.plan.vms, vm]}};
      await createVm(next, vm);
      saveState(next);
    },
    destroy: async vm => saveState(await destroyVm(current(), vm)),
    down: () => down(name),
  };
};
