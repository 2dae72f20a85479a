/** An Ansible inventory as groups, hosts and variables, and the rules by which variables reach a host. */
import {sanitizeLine} from '../../text/sanitize.ts';

/** A value that is there and cannot be known here: vaulted. It is never shown. */
export class Unknown {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}
export type Value = string | number | boolean | null | Unknown | readonly Value[] | {readonly [key: string]: Value};

export interface Variable {
  readonly value: Value;
  readonly file: string;
  readonly line: number;
}
export type Variables = Map<string, Variable>;

export interface Group {
  readonly name: string;
  readonly hosts: Map<string, number>; // host → line where this group lists it
  readonly children: Set<string>;
  readonly vars: Variables;
}
export interface Inventory {
  readonly file: string;
  readonly groups: Map<string, Group>;
  readonly hosts: Map<string, {readonly line: number; readonly vars: Variables}>;
  readonly warnings: string[];
}

/** More hosts than this are a mistyped range. */
export const maxHosts = 10_000;

export function emptyInventory(file: string): Inventory {
  const inventory: Inventory = {file, groups: new Map(), hosts: new Map(), warnings: []};
  group(inventory, 'all');
  return inventory;
}

export function group(inventory: Inventory, name: string): Group {
  let found = inventory.groups.get(name);
  if (!found) inventory.groups.set(name, (found = {name, hosts: new Map(), children: new Set(), vars: new Map()}));
  return found;
}

/** Lists a host in a group; returns its own variables. */
export function host(inventory: Inventory, groupName: string, name: string, line: number): Variables {
  let found = inventory.hosts.get(name);
  if (!found) inventory.hosts.set(name, (found = {line, vars: new Map()}));
  const hosts = group(inventory, groupName).hosts;
  if (!hosts.has(name)) hosts.set(name, line);
  return found.vars;
}

export function warn(inventory: Inventory, line: number | undefined, message: string, file = inventory.file): void {
  if (inventory.warnings.length < 200) inventory.warnings.push(sanitizeLine(`${file}${line === undefined ? '' : `:${line}`} ${message}`, 500));
}

export interface Membership {
  /** Depth of each group: all is 0, a group without parents 1. */
  readonly depth: ReadonlyMap<string, number>;
  /** Groups of a host, with all their ancestors and "all", in the order in which their variables apply: later wins. */
  groupsOf(host: string): readonly string[];
  /** Hosts of a group and of its descendants, in the order of the file. */
  hostsOf(group: string): readonly string[];
}

/** As Ansible: all < parent < child, siblings by ansible_group_priority and then by name. Loops are cut, with a warning. */
export function membership(inventory: Inventory): Membership {
  const parents = new Map<string, string[]>();
  for (const {name, children} of inventory.groups.values()) {
    for (const child of children) parents.set(child, [...(parents.get(child) ?? []), name]);
  }
  const depth = depths(inventory, parents);
  const direct = new Map<string, string[]>();
  for (const {name, hosts} of inventory.groups.values()) {
    for (const member of hosts.keys()) direct.set(member, [...(direct.get(member) ?? []), name]);
  }
  const priority = (name: string) => {
    const value = inventory.groups.get(name)?.vars.get('ansible_group_priority')?.value;
    return Number.isInteger(Number(value)) && value !== undefined ? Number(value) : 1;
  };
  const order = (a: string, b: string) => depth.get(a)! - depth.get(b)! || priority(a) - priority(b) || (a < b ? -1 : a > b ? 1 : 0);
  const closures = new Map<string, ReadonlySet<string>>(); // of a group: itself and what is above it
  const ancestors = (start: string): ReadonlySet<string> => {
    const known = closures.get(start);
    if (known) return known;
    const found = new Set<string>([start]);
    for (const name of found) for (const parent of parents.get(name) ?? []) found.add(parent);
    closures.set(start, found);
    return found;
  };
  return {
    depth,
    groupsOf(name) {
      const found = new Set<string>(['all']);
      for (const start of direct.get(name) ?? []) for (const up of ancestors(start)) found.add(up);
      return [...found].sort(order);
    },
    hostsOf(name) {
      const groups = new Set<string>(inventory.groups.has(name) ? [name] : []);
      for (const current of groups) for (const child of inventory.groups.get(current)?.children ?? []) groups.add(child);
      const members = new Set<string>();
      for (const current of groups) for (const member of inventory.groups.get(current)?.hosts.keys() ?? []) members.add(member);
      if (name === 'all') for (const member of inventory.hosts.keys()) members.add(member);
      return [...inventory.hosts.keys()].filter((member) => members.has(member));
    },
  };
}

/** Longest path from "all", by peeling off groups whose parents are done; what remains is a loop. */
function depths(inventory: Inventory, parents: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const depth = new Map<string, number>([['all', 0]]);
  const waiting = new Map<string, number>();
  const ready: string[] = ['all'];
  for (const name of inventory.groups.keys()) {
    if (name === 'all') continue;
    const count = (parents.get(name) ?? []).filter((parent) => parent !== 'all').length;
    waiting.set(name, count);
    depth.set(name, 1);
    if (count === 0) ready.push(name);
  }
  for (const name of ready) {
    if (name === 'all') continue;
    for (const child of inventory.groups.get(name)?.children ?? []) {
      if (!waiting.has(child)) continue;
      depth.set(child, Math.max(depth.get(child)!, depth.get(name)! + 1));
      waiting.set(child, waiting.get(child)! - 1);
      if (waiting.get(child) === 0) ready.push(child);
    }
  }
  const loop = [...waiting].filter(([, count]) => count > 0).map(([name]) => name);
  if (loop.length > 0) warn(inventory, undefined, `these groups are children of one another, in a loop: ${loop.join(', ')}`);
  return depth;
}
