import {readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Machine, Plan, Segment} from './plan.ts';
import {guestMtu, reflectorsOf} from './plan.ts';
import {stateFolder} from './state.ts';

/** What the lab writes for the console, and for Ansible and ssh. */
export interface ClientFiles {
  readonly inventory: string;
  readonly sshConfig: string;
  readonly knownHosts: string;
  /** Private key of root and oper on every machine. */
  readonly key: string;
}

export const clientFiles = (name: string): ClientFiles => {
  const at = (file: string): string => join(stateFolder(name), file);
  return {inventory: at('inventory.yml'), sshConfig: at('ssh_config'), knownHosts: at('known_hosts'), key: at('id_ed25519')};
};

const hostsOf = (machines: readonly Machine[]): string =>
  machines.map(m => `    ${m.name}:\n      ansible_host: ${m.publicAddress}\n`).join('');

/** A child group for each edge cluster, whose `region` the console shows. */
const regionGroups = (plan: Plan): string => plan.publicNetworks.length < 2 ? '' : plan.publicNetworks.map(({region}) => `${region}:
  vars:
    region: ${region}
  hosts:
${plan.machines.filter(m => m.region === region).map(m => `    ${m.name}:\n`).join('')}`).join('');

const vnetOf = (segment: Segment): string => `      private_vni${segment.vni}:
        managed: true
        template:
          VN_MAD: vxlan
          VXLAN_MODE: evpn
          VXLAN_TEP: local_ip
          IP_LINK_CONF: nolearning=,dstport=4789
          PHYDEV: wg0
          VLAN_ID: ${segment.vni}
          MTU: ${guestMtu}
          GUEST_MTU: ${guestMtu}
          AR:
            TYPE: IP4
            IP: ${segment.gateway}
            SIZE: 250
          NETWORK_ADDRESS: ${segment.network}
          NETWORK_MASK: 255.255.255.0
          GATEWAY: ${segment.gateway}
`;

const inventory = (plan: Plan, files: ClientFiles): string => `---
all:
  vars:
    evpn_if: wg0 # wireguard interface
    ansible_user: root
    ansible_ssh_private_key_file: ${JSON.stringify(files.key)}
    ensure_keys_for: [root]
    one_version: '6.8'
    features: { evpn: true }
    ds: { mode: ssh }
${plan.spec.bare ? '' : `    vn:\n${plan.segments.map(vnetOf).join('')}`}
router:
  hosts:
${hostsOf(reflectorsOf(plan))}
node:
  hosts:
${hostsOf(plan.machines.filter(m => m.role === 'hypervisor' || m.role === 'member'))}
vrouter:
  hosts:
${hostsOf(plan.machines.filter(m => m.role === 'router'))}${regionGroups(plan)}`;

const sshConfig = (plan: Plan, files: ClientFiles): string => plan.machines.map(m => `Host ${m.name} ${m.publicAddress}
  HostName ${m.publicAddress}
`).join('') + `Host *
  User root
  IdentityFile "${files.key}"
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile "${files.knownHosts}"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
`;

/** `hostKeys`: machine name → public host key (type and key). */
export const writeClientFiles = (plan: Plan, hostKeys: ReadonlyMap<string, string>): ClientFiles => {
  const files = clientFiles(plan.spec.name);
  writeFileSync(files.inventory, inventory(plan, files));
  writeFileSync(files.sshConfig, sshConfig(plan, files));
  writeFileSync(files.knownHosts, plan.machines.map(m => `${m.publicAddress},${m.name} ${hostKeys.get(m.name)}\n`).join(''));
  return files;
};

/** Has the operator log in to a machine as another user from now on; undefined: as before. In the inventory and in ssh_config. */
export const clientUser = (files: ClientFiles, machine: Machine, user: string | undefined): void => {
  const edit = (file: string, key: string, indent: string): void => {
    const place = new RegExp(`(^ +(?:ansible_host:|HostName) ${machine.publicAddress.replaceAll('.', '\\.')}\n)(?: +(?:ansible_user:|User) .*\n)?`, 'm');
    writeFileSync(`${file}.new`, readFileSync(file, 'utf8').replace(place, (_, address: string) => address + (user === undefined ? '' : `${indent}${key} ${user}\n`)));
    renameSync(`${file}.new`, file);
  };
  edit(files.inventory, 'ansible_user:', '      ');
  edit(files.sshConfig, 'User', '  ');
};
