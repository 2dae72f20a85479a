/** Groups and variables of one-deploy's inventory → hosts to reach and what they are expected to be. */
import {isIP} from 'node:net';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {HostSpec, Role} from '../../model/target.ts';
import {didYouMean} from '../../text/did-you-mean.ts';
import {Unknown, warn, type Inventory, type Value} from './graph.ts';
import {portOf, sshOptions} from './ssh-args.ts';
import {inventoryVariables, type Beside, type HostVariables} from './variables.ts';

/** A virtual network that the inventory wants (`vn:`). Attributes as text, nested ones joined with "/" ("AR/IP"). */
export interface IntendedVnet {
  readonly name: string;
  readonly managed: boolean | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly origin: string; // "inventory lab.yml:14"
}

export interface InventoryImport {
  readonly hosts: readonly HostSpec[];
  readonly vnets: readonly IntendedVnet[];
  readonly asn: string | undefined; // evpn_as, when all hosts agree
  readonly asnOrigin: string | undefined;
  readonly warnings: readonly string[];
}

/** Groups by role, and the variable of one-deploy that renames the group. */
const roleGroups: readonly {role: Role; names: readonly string[]; renamedBy: string | undefined}[] = [
  {role: 'reflector', names: ['router'], renamedBy: 'router_group'},
  {role: 'vtep', names: ['node'], renamedBy: 'node_group'},
  {role: 'frontend', names: ['frontend'], renamedBy: 'frontend_group'},
  {role: 'virtual-router', names: ['vrouter', 'virtual_router'], renamedBy: undefined},
];

export function importHosts(inventory: Inventory, beside: Beside): InventoryImport {
  const variables = inventoryVariables(inventory, beside);
  const all = [...inventory.hosts.keys()];
  const roles = new Map<string, {roles: Role[]; line: number}>();
  for (const {role, names, renamedBy} of roleGroups) {
    const renamed = renamedBy === undefined ? undefined : firstText(all, variables.of, renamedBy);
    for (const name of renamed === undefined ? names : [renamed]) {
      for (const host of variables.membership.hostsOf(name)) {
        const entry = roles.get(host) ?? {roles: [], line: inventory.hosts.get(host)!.line};
        if (!entry.roles.includes(role)) entry.roles.push(role);
        roles.set(host, entry);
      }
    }
  }
  warnAboutGroups(inventory, all, roles);

  const addresses = new Map<string, string>(); // address → host, as far as the inventory tells
  for (const host of roles.keys()) {
    const address = variables.of(host).text('ansible_host') ?? host;
    if (isIP(address) !== 0) addresses.set(address, host);
  }
  const hosts: HostSpec[] = [];
  const numbers = new Map<string, string>();
  for (const [host, {roles: own, line}] of roles) {
    const vars = variables.of(host);
    const as = vars.text('evpn_as');
    if (as !== undefined) numbers.set(as, `inventory ${inventory.file}:${vars.lookup('evpn_as')!.line} (evpn_as)`);
    const spec = hostSpec(inventory, host, actualRoles(host, own, vars, addresses), line, vars);
    if (spec) hosts.push(spec);
  }
  if (numbers.size > 1) warn(inventory, undefined, `evpn_as differs between hosts (${[...numbers.keys()].join(', ')}): no AS number is assumed`);
  const [asn] = numbers.size === 1 ? [...numbers] : [];
  const networkHost = variables.membership.hostsOf('frontend')[0] ?? all[0];
  const vnets = networkHost === undefined ? [] : intendedVnets(inventory, variables.of(networkHost));
  return {hosts, vnets, asn: asn?.[0], asnOrigin: asn?.[1], warnings: inventory.warnings};
}

function firstText(hosts: readonly string[], of: (host: string) => HostVariables, name: string): string | undefined {
  for (const host of hosts) {
    const value = of(host).text(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function warnAboutGroups(inventory: Inventory, all: readonly string[], roles: ReadonlyMap<string, unknown>): void {
  const without = all.filter((host) => !roles.has(host));
  if (without.length === 0) return;
  const known = roleGroups.flatMap(({names}) => names);
  const meant = [...inventory.groups.keys()].filter((name) => name !== 'all').map((name) => [name, didYouMean(name, known)] as const).find(([name, guess]) => guess !== undefined && guess !== name);
  const advice = meant ? ` (did you mean "${meant[1]}" by group "${meant[0]}"?)` : '';
  const names = without.length > 5 ? `${without.slice(0, 5).join(', ')} and ${without.length - 5} more` : without.join(', ');
  warn(inventory, undefined, `not read, since they are in none of the groups ${known.join(', ')}: ${names}${advice}`);
}

/**
 * one-deploy makes a host a reflector when the IPv4 address of its evpn_if is in evpn_rr_servers, whose default is the
 * addresses of group router. The inventory rarely knows that address, so group router counts as reflector unless
 * evpn_rr_servers names only addresses that belong to other hosts of the inventory.
 */
function actualRoles(host: string, roles: readonly Role[], vars: HostVariables, addresses: ReadonlyMap<string, string>): Role[] {
  const servers = listOf(vars.value('evpn_rr_servers'));
  if (!servers || servers.length === 0) return [...roles];
  const owners = servers.map((address) => addresses.get(address));
  const named = owners.includes(host);
  if (roles.includes('reflector') && !named && owners.every((owner) => owner !== undefined)) {
    return [...new Set(roles.map((role) => (role === 'reflector' ? 'vtep' : role)))];
  }
  return named && roles.includes('vtep') && !roles.includes('reflector') ? ['reflector', ...roles] : [...roles];
}

function listOf(value: Value | undefined): string[] | undefined {
  if (typeof value === 'string') return value.split(/[\s,]+/).filter((item) => item !== '');
  return Array.isArray(value) ? (value as readonly Value[]).filter((item) => typeof item === 'string') : undefined;
}

/** undefined, with a warning, when the address is there and cannot be known: no other address is tried. */
function hostSpec(inventory: Inventory, name: string, roles: readonly Role[], line: number, vars: HostVariables): HostSpec | undefined {
  const first = (...names: string[]) => names.find((variable) => vars.has(variable));
  const addressVariable = first('ansible_host', 'ansible_ssh_host');
  const address = addressVariable === undefined ? name : vars.text(addressVariable);
  if (address === undefined || !usable(address)) {
    const where = (addressVariable && vars.lookup(addressVariable)?.line) || line;
    warn(inventory, where, `host "${name}" is left out: ${address === undefined ? `its ${addressVariable} is not known` : `"${address}" is no address`}`);
    return undefined;
  }
  if (vars.text('ansible_connection') === 'local') warn(inventory, line, `host "${name}": ansible_connection: local is not followed; it is read over ssh at ${address}`);
  const text = (['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args'] as const).map((variable) => vars.text(variable)).filter((value) => value !== undefined).join(' ');
  const options = sshOptions(text, (message) => {
    const variable = vars.lookup('ansible_ssh_common_args') ?? vars.lookup('ansible_ssh_extra_args') ?? vars.lookup('ansible_ssh_args');
    warn(inventory, variable?.line ?? line, `ssh options of "${name}": ${message}`, variable?.file);
  });
  const portVariable = first('ansible_port', 'ansible_ssh_port');
  const portText = portVariable === undefined ? undefined : vars.text(portVariable);
  const port = portText === undefined ? undefined : portOf(portText);
  if (portText !== undefined && port === undefined) warn(inventory, vars.lookup(portVariable!)!.line, `host "${name}": ${portVariable} "${portText}": expected 1 to 65535; left to ssh`);
  const userVariable = first('ansible_user', 'ansible_ssh_user');
  const key = vars.text('ansible_ssh_private_key_file') ?? vars.text('ansible_private_key_file');
  const underlayAddress = vars.text('underlay_address');
  return {
    name: sanitizeLine(name, 255),
    roles,
    ssh: {
      host: address,
      port: port ?? options.port,
      user: (userVariable && vars.text(userVariable)) ?? options.user,
      identityFiles: key === undefined ? options.identityFiles : [key, ...options.identityFiles],
      jumps: options.jumps,
      knownHosts: options.knownHosts,
      strict: options.strict,
      extra: options.extra,
    },
    // evpn_if speaks of the hosts that one-deploy's frr roles configure: a front-end inherits it from all.vars and has no such device
    underlay: roles.includes('reflector') || roles.includes('vtep') ? (vars.text('evpn_if') ?? '') : '',
    underlayAddress: underlayAddress !== undefined && isIP(underlayAddress) !== 0 ? underlayAddress : undefined,
    region: vars.text('region'),
    origin: sanitizeLine(`inventory ${inventory.file}:${line}`),
  };
}

/** An address must not be able to pass for an option of ssh, nor carry anything that a terminal or a shell would act on. */
export function usable(address: string): boolean {
  return /^[A-Za-z0-9_[][A-Za-z0-9._:%[\]@-]{0,254}$/.test(address);
}

function intendedVnets(inventory: Inventory, vars: HostVariables): IntendedVnet[] {
  const variable = vars.lookup('vn');
  const networks = vars.value('vn');
  if (!variable || networks === null || networks === undefined) return [];
  if (typeof networks !== 'object' || Array.isArray(networks) || networks instanceof Unknown) {
    warn(inventory, variable.line, 'vn: expected a mapping from network name to {managed, template}; left out', variable.file);
    return [];
  }
  return Object.entries(networks as {readonly [key: string]: Value}).map(([name, entry]) => {
    const fields = entry !== null && typeof entry === 'object' && !Array.isArray(entry) && !(entry instanceof Unknown) ? (entry as {readonly [key: string]: Value}) : {};
    const attributes: Record<string, string> = {};
    flatten(fields['template'] ?? null, '', attributes);
    return {
      name: sanitizeLine(name, 255),
      managed: typeof fields['managed'] === 'boolean' ? fields['managed'] : undefined,
      attributes,
      origin: sanitizeLine(`inventory ${variable.file}:${variable.line}`),
    };
  });
}

function flatten(value: Value, path: string, into: Record<string, string>): void {
  if (value === null || value instanceof Unknown) return;
  if (typeof value !== 'object') {
    if (path !== '') into[path] = sanitizeLine(String(value));
    return;
  }
  for (const [key, item] of Object.entries(value)) flatten(item as Value, path === '' ? key : `${path}/${key}`, into);
}
