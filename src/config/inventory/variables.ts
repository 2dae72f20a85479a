/** What a variable is for one host, and the little of Jinja that can be known without running Ansible. */
import {basename, dirname, resolve} from 'node:path';
import {show} from '../problem.ts';
import {membership, Unknown, warn, type Inventory, type Membership, type Value, type Variable, type Variables} from './graph.ts';

/** group_vars and host_vars: files beside the inventory, by group and by host. */
export interface Beside {
  readonly groups: ReadonlyMap<string, Variables>;
  readonly hosts: ReadonlyMap<string, Variables>;
}

export interface HostVariables {
  /** Text of a variable with its references resolved; undefined: not there, or not to be known (then there is a warning). */
  text(name: string): string | undefined;
  /** The variable is there, whether or not its value can be known. */
  has(name: string): boolean;
  value(name: string): Value | undefined;
  lookup(name: string): Variable | undefined;
}

export interface InventoryVariables {
  readonly membership: Membership;
  of(host: string): HostVariables;
}

const reference = /\{\{-?\s*([^{}]{1,200}?)\s*-?\}\}/g;
const maxReferences = 10; // deep enough for any chain that is not a loop
const maxLength = 16_384;

export function inventoryVariables(inventory: Inventory, beside: Beside): InventoryVariables {
  const members = membership(inventory);
  const warned = new Set<string>();
  const once = (variable: Variable, message: string) => {
    const key = `${variable.file}:${variable.line} ${message}`;
    if (warned.has(key)) return;
    warned.add(key);
    warn(inventory, variable.line, message, variable.file);
  };
  const layers = new Map<string, readonly Variables[]>();
  // Ansible's order: all, group_vars/all, groups, group_vars/*, host, host_vars/*; the last one that has it wins.
  const layersOf = (host: string): readonly Variables[] => {
    let found = layers.get(host);
    if (!found) {
      const groups = members.groupsOf(host);
      const others = groups.filter((name) => name !== 'all');
      found = [
        inventory.groups.get('all')?.vars,
        beside.groups.get('all'),
        ...others.map((name) => inventory.groups.get(name)?.vars),
        ...others.map((name) => beside.groups.get(name)),
        inventory.hosts.get(host)?.vars,
        beside.hosts.get(host),
      ].filter((vars) => vars !== undefined);
      layers.set(host, found);
    }
    return found;
  };
  const lookup = (host: string, name: string): Variable | undefined => {
    const found = layersOf(host);
    for (let i = found.length - 1; i >= 0; i--) {
      const variable = found[i]!.get(name);
      if (variable) return variable;
    }
    const magic = magicVariable(inventory.file, host, name);
    return magic === undefined ? undefined : {value: magic, file: inventory.file, line: inventory.hosts.get(host)?.line ?? 1};
  };
  /** The text, or the reason why it cannot be known. */
  const resolved = (host: string, value: Value, depth: number): string | Unknown => {
    if (value instanceof Unknown) return value;
    if (value === null || typeof value === 'object') return new Unknown(`${show(value)} where text was expected`);
    let text = String(value);
    if (!text.includes('{{') && !text.includes('{%')) return text;
    if (depth >= maxReferences) return new Unknown('its references lead to one another');
    let failure: Unknown | undefined;
    text = text.replace(reference, (whole, expression: string) => {
      const target = referenced(host, expression, (name) => inventory.hosts.has(name));
      const variable = target && lookup(target.host, target.name);
      const inner: string | Unknown = variable ? resolved(target.host, variable.value, depth + 1) : new Unknown(`{{ ${expression} }} is not a plain reference to a variable of this inventory`);
      if (typeof inner === 'string') return inner;
      failure ??= inner;
      return whole;
    });
    if (failure) return failure;
    if (text.includes('{%') || text.includes('{{')) return new Unknown('it needs Jinja, which is not run');
    return text.length > maxLength ? new Unknown('it is too long') : text;
  };
  return {
    membership: members,
    of: (host) => ({
      lookup: (name) => lookup(host, name),
      has: (name) => lookup(host, name) !== undefined,
      value(name) {
        const variable = lookup(host, name);
        if (!variable) return undefined;
        return deep(variable.value, (leaf) => {
          if (typeof leaf !== 'string') return leaf;
          const text = resolved(host, leaf, 0);
          if (text instanceof Unknown) once(variable, `${name} is unresolved: ${text.reason}`);
          return text;
        });
      },
      text(name) {
        const variable = lookup(host, name);
        if (!variable || variable.value === null) return undefined;
        const text = resolved(host, variable.value, 0);
        if (typeof text === 'string') return text;
        once(variable, `${name} is ${text.reason === 'vaulted' ? 'vaulted: its value is unknown here' : `unresolved: ${text.reason}`}`);
        return undefined;
      },
    }),
  };
}

function referenced(host: string, expression: string, isHost: (name: string) => boolean): {host: string; name: string} | undefined {
  if (/^[A-Za-z_]\w*$/.test(expression)) return {host, name: expression};
  const other = /^hostvars\[\s*(?:'([^']+)'|"([^"]+)"|(inventory_hostname))\s*\](?:\.([A-Za-z_]\w*)|\[\s*(?:'([^']+)'|"([^"]+)")\s*\])$/.exec(expression);
  if (!other) return undefined;
  const name = other[3] ? host : (other[1] ?? other[2])!;
  return isHost(name) ? {host: name, name: (other[4] ?? other[5] ?? other[6])!} : undefined;
}

function magicVariable(file: string, host: string, name: string): string | undefined {
  switch (name) {
    case 'inventory_hostname':
      return host;
    case 'inventory_hostname_short':
      return host.split('.')[0];
    case 'inventory_dir':
      return dirname(resolve(file));
    case 'inventory_file':
      return resolve(dirname(file), basename(file));
    default:
      return undefined;
  }
}

function deep(value: Value, leaf: (value: Value) => Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => deep(item, leaf));
  if (value === null || typeof value !== 'object' || value instanceof Unknown) return leaf(value);
  return Object.fromEntries(Object.entries(value as {readonly [key: string]: Value}).map(([key, item]) => [key, deep(item, leaf)]));
}
