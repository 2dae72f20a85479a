/** Faults come and go: by name, on a host, any number at once. */
import {change, hostNamed, type SimFault, type SimWorld} from '../world.ts';
import {findFault, type Fault} from './catalogue.ts';
import {effects} from './effects.ts';

/** What a fault is done to when nothing is named. Throws where the world has no such thing. */
export function defaultTarget(world: SimWorld, fault: Fault): string {
  const roles = {vtep: 'vtep', vm: 'vtep', opennebula: 'vtep', reflector: 'reflector', router: 'virtual-router'} as const;
  const host = world.hosts.findLast((candidate) => candidate.roles.includes(roles[fault.on]));
  if (!host) throw new Error(`${fault.name}: this fabric has no ${roles[fault.on]}`);
  return host.name;
}

/**
 * Puts a fault in force on a host (default: defaultTarget) and returns it. Throws when there is no such fault or host, or
 * when it cannot be done here; a fault that is in force there already stays as it is.
 */
export function apply(world: SimWorld, name: string, on?: string): SimFault {
  const known = findFault(name);
  if (!known) throw new Error(`there is no fault ${JSON.stringify(name)}; evpn-tui demo --faults lists them`);
  const host = on === undefined ? defaultTarget(world, known) : hostNamed(world, on).name;
  const standing = world.faults?.find((fault) => fault.name === name && fault.host === host);
  if (standing) return standing;
  const fault: SimFault = {name, host, since: world.now()};
  effects[name]?.(world, fault); // throws when something that it needs is not there
  change(world, () => (world.faults = [...(world.faults ?? []), fault]));
  return fault;
}

/** Takes a fault away, wherever it is in force or from one host only. Others that are in force stay. */
export function undo(world: SimWorld, name: string, on?: string): void {
  change(world, () => (world.faults = (world.faults ?? []).filter((fault) => fault.name !== name || (on !== undefined && fault.host !== on))));
}
