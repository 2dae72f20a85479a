import type {Lab} from '../lab.ts';
import {machineOf, vmNamed} from '../plan.ts';
import type {Machine, Plan} from '../plan.ts';
import type {Stage} from './fault.ts';

/** Runs a command that must succeed inside a machine or VM. */
export const must = async (lab: Lab, where: string, command: string): Promise<string> => {
  const {code, stdout, stderr} = await lab.exec(where, command);
  if (code !== 0) throw new Error(`${where}: exit ${code}: ${stderr.trim() || stdout.trim()}\n${command.trim()}`);
  return stdout;
};

/** Waits inside the machine until a command succeeds; one process, however often it looks. */
export const until = async (lab: Lab, where: string, what: string, command: string, limitSeconds = 10): Promise<void> => {
  const turns = limitSeconds * 20;
  const {code} = await lab.exec(where, `i=0
    until { ${command}\n} >/dev/null 2>&1; do i=$((i + 1)); [ $i -lt ${turns} ] || exit 1; sleep 0.05; done`);
  if (code !== 0) throw new Error(`${where}: not within ${limitSeconds} s: ${what}`);
};

export const onTarget = (stage: Stage, command: string): Promise<string> => must(stage.lab, stage.target, command);

/** `vtysh` with lines of configuration for bgpd alone: a route-map would go to zebra too, and stay there. */
export const configure = (...lines: readonly string[]): string =>
  `env HOME=/dev/null vtysh -d bgpd -c 'configure terminal' ${lines.map(line => `-c '${line}'`).join(' ')} 2>&1`;

export const hypervisors = (plan: Plan): Machine[] => plan.machines.filter(machine => machine.role === 'hypervisor');

/** The hypervisor at the other end: the first that is not the target. */
export const otherThan = (plan: Plan, target: string): Machine => {
  const other = hypervisors(plan).find(machine => machine.name !== target);
  if (!other) throw new Error('this fault needs two hypervisors');
  return other;
};

/** The reflector that the target has its session with. */
export const reflectorFor = (plan: Plan, target: string): Machine => {
  const reflector = plan.machines.find(machine => machine.role === 'reflector' && machine.name !== target);
  if (!reflector) throw new Error('this fault needs a reflector on a machine of its own');
  return reflector;
};

export const underlayOf = (plan: Plan, machine: string): string => {
  const {underlayAddress} = machineOf(plan, machine);
  if (underlayAddress === undefined) throw new Error(`${machine} has no underlay address`);
  return underlayAddress;
};

/** The network that a fault of the overlay is done to: the first that the machine has a VM in. */
export const vniOn = (plan: Plan, machine: string): number => {
  const vm = plan.vms.find(candidate => candidate.host === machine) ?? (plan.router.host === machine ? plan.router : undefined);
  if (!vm) throw new Error(`${machine} has no network: no VM runs on it`);
  return vm.vni;
};

/** The host that something runs on: a VM, the router's overlay interface. */
export const hostOf = (plan: Plan, guest: string): string => guest === plan.router.name ? plan.router.host : vmNamed(plan, guest).host;
