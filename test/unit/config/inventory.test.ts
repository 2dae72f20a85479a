import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {importInventory, importInventoryText} from '../../../src/config/inventory.ts';
import {ConfigError} from '../../../src/config/problem.ts';

const fixture = (name: string) => join(import.meta.dirname, '../../fixtures/config', name);
const yaml = (text: string) => importInventoryText(text, 'lab.yml');
const ini = (text: string) => importInventoryText(text, 'lab.ini');
const byName = (imported: ReturnType<typeof yaml>) => new Map(imported.hosts.map((host) => [host.name, host]));

describe("one-deploy's inventory of a multi-edge network", () => {
  const imported = importInventory(fixture('inventory.yml'));

  test('gives its hosts with roles, addresses, jumps and lines, and no warning', () => {
    expect(imported.warnings).toEqual([]);
    expect(imported.hosts.map(({name, roles, ssh, underlay, origin}) => [name, roles.join(), ssh.user, ssh.host, ssh.jumps.join(), underlay, origin.split(':').at(-1)])).toEqual([
      ['ingress', 'reflector', 'root', '203.0.113.98', '', 'wg0', '32'],
      ['kvm_london', 'vtep', 'root', '198.51.100.200', '', 'wg0', '43'],
      ['kvm_ncalifornia', 'vtep', 'root', '192.0.2.41', '', 'wg0', '46'],
      ['fe1', 'frontend', 'root', '10.0.1.87', 'root@ec2-203-0-113-98.us-east-2.compute.example.com', '', '37'],
    ]);
  });

  test('gives the virtual network it wants', () => {
    expect(imported.vnets).toHaveLength(1);
    expect(imported.vnets[0]).toMatchObject({
      name: 'private_evpn-vxlan',
      managed: true,
      attributes: {VN_MAD: 'vxlan', IP_LINK_CONF: 'nolearning=', AUTOMATIC_VLAN_ID: 'YES', GUEST_MTU: '1370', 'AR/IP': '172.17.2.1', 'AR/SIZE': '20'},
    });
  });
});

describe('INI', () => {
  const imported = importInventory(fixture('inventory.ini'));

  test('ranges, steps, ports, children and quoted arguments', () => {
    const hosts = byName(imported);
    expect([...hosts.keys()]).toEqual(['ingress', 'kvm01.lon', 'kvm02.lon', 'kvm03.lon', 'kvma.sfo', 'kvmc.sfo', 'kvme.sfo', 'fe1', 'vr']);
    expect(hosts.get('kvm02.lon')).toMatchObject({roles: ['vtep'], region: 'london', underlay: 'wg0', ssh: {host: 'kvm02.lon', port: 2222, user: 'admin'}});
    expect(hosts.get('kvmc.sfo')).toMatchObject({roles: ['vtep'], region: undefined, ssh: {port: undefined, user: 'root'}});
    expect(hosts.get('fe1')!.ssh.jumps).toEqual(['root@203.0.113.98']);
    expect(hosts.get('vr')).toMatchObject({roles: ['virtual-router'], underlay: ''});
    expect(imported.asn).toBe('65000');
    expect(imported.warnings).toEqual([]);
  });

  test.each([
    ['[node\nkvm1', 'lab.ini:1:1'],
    ['[node:hosts2]\n', 'expected [node], [node:vars] or [node:children]'],
    ['[node]\nkvm1 ansible_host', 'expected key=value, found "ansible_host"'],
    ['[node]\nkvm1 a="b', 'lab.ini:2:1 a quote (") is not closed'],
    ['[node]\nkvm[3:1]', 'the end is before the beginning'],
    ['[node]\nkvm[1:999999999]', 'more than 10000 hosts'],
    ['[node]\nkvm[1:a]', 'mixes digits and letters'],
    ['[node:vars]\nnonsense', 'expected key=value'],
  ])('%j is refused with its line', (text, message) => {
    expect(() => ini(text)).toThrow(ConfigError);
    expect(() => ini(text)).toThrow(message);
  });

  test('values are Python literals where Ansible takes them for such', () => {
    const vn = ini('[node]\nk1 ansible_port=22 region="a b" ansible_user=\'x y\'\n[node:vars]\nevpn_if="wg7" # no comment to Ansible, but one to Python\nansible_ssh_private_key_file=/k # kept\n');
    expect(vn.hosts[0]).toMatchObject({region: 'a b', underlay: 'wg7', ssh: {port: 22, user: 'x y', identityFiles: ['/k # kept']}});
  });
});

describe('variables', () => {
  const imported = importInventory(fixture('vars/inventory.yml'));
  const hosts = byName(imported);

  test('host_vars before group_vars before the inventory, references resolved', () => {
    expect(hosts.get('kvm1')).toMatchObject({underlay: 'wg2', ssh: {host: '192.0.2.11', port: 2200, user: 'edge', jumps: ['root@203.0.113.98'], strict: undefined}});
    expect(hosts.get('ingress')).toMatchObject({underlay: 'eth0', ssh: {host: '192.0.2.11', user: undefined}});
  });

  test('what cannot be known is said with its line, and never invented or shown', () => {
    expect([...hosts.keys()]).toEqual(['ingress', 'kvm1']);
    const warnings = imported.warnings.join('\n');
    expect(warnings).toContain('inventory.yml:17 ansible_host is vaulted: its value is unknown here');
    expect(warnings).toContain('inventory.yml:18 ansible_host is unresolved: {{ lookup(');
    expect(warnings).toContain('host "kvm2" is left out');
    expect(warnings).toContain('group_vars/all.yml is vaulted as a whole');
    expect(warnings).toContain('StrictHostKeyChecking=no is not followed');
    expect(warnings).toContain('jumpbox');
    expect(JSON.stringify(imported)).not.toContain('6162636465666768');
  });

  test('all < parent < child < host; siblings by name, unless ansible_group_priority says otherwise', () => {
    const text = (priority: string) => `
all: {vars: {region: all}, children: {node: {children: {a: , b: }}}}
a: {vars: {region: a${priority}}, hosts: {h1: , h2: {region: own}}}
b: {vars: {region: b}, hosts: {h1: }}
node: {vars: {region: parent}, hosts: {h3: }}`;
    expect([...byName(yaml(text('')))].map(([name, host]) => `${name} ${host.region}`).sort()).toEqual(['h1 b', 'h2 own', 'h3 parent']);
    expect(byName(yaml(text(', ansible_group_priority: 10'))).get('h1')!.region).toBe('a');
  });

  test('YAML 1.1: on and yes are booleans, y is not; merge keys and aliases work', () => {
    const imported = yaml('x: &x {hosts: {}, vars: {evpn_if: wg0}}\nnode:\n  <<: *x\n  hosts:\n    k1: &k {ansible_user: y, region: on}\n    k2: {<<: *k, region: yes it is}\n');
    expect(imported.hosts.map(({ssh, region, underlay}) => [ssh.user, region, underlay])).toEqual([['y', 'true', 'wg0'], ['y', 'yes it is', 'wg0']]);
  });

  test('references that lead to one another end in a warning', () => {
    const imported = yaml('node: {vars: {a: "{{ b }}", b: "{{ a }}"}, hosts: {k1: {ansible_host: "{{ a }}"}}}');
    expect(imported.hosts).toEqual([]);
    expect(imported.warnings[0]).toContain('lead to one another');
  });

  test('groups in a loop end in a warning, and still have their hosts', () => {
    const imported = ini('[node]\nk1\n[node:children]\na\n[a:children]\nnode\n');
    expect(imported.hosts.map(({name}) => name)).toEqual(['k1']);
    expect(imported.warnings.join()).toContain('loop');
  });
});

describe('roles', () => {
  test('a host of two groups has both; group names can be renamed; a vrouter is one', () => {
    const imported = yaml('all: {vars: {router_group: rr}}\nrr: {hosts: {k1: }}\nnode: {hosts: {k1: , k2: }}\nvirtual_router: {hosts: {vr: }}\nrouter: {hosts: {other: }}');
    expect(imported.hosts.map(({name, roles}) => `${name} ${roles.join('+')}`)).toEqual(['k1 reflector+vtep', 'k2 vtep', 'vr virtual-router']);
  });

  test('evpn_rr_servers decides where the inventory knows the addresses, and only there', () => {
    const text = (servers: string) => `all: {vars: {evpn_rr_servers: ${servers}}}\nrouter: {hosts: {r1: {ansible_host: 192.0.2.1}}}\nnode: {hosts: {k1: {ansible_host: 192.0.2.2}}}`;
    const roles = (servers: string) => yaml(text(servers)).hosts.map(({roles: own}) => own.join('+'));
    expect(roles('[192.0.2.1]')).toEqual(['reflector', 'vtep']);
    expect(roles('[192.0.2.2]')).toEqual(['vtep', 'reflector+vtep']);
    expect(roles('[192.168.0.1]')).toEqual(['reflector', 'vtep']);
  });

  test('without evpn_if the underlay is left for the fabric to find', () => {
    expect(yaml('node: {hosts: {k1: }}').hosts[0]!.underlay).toBe('');
  });
});

describe('ssh arguments', () => {
  const ssh = (args: string) => {
    const imported = yaml(`node: {hosts: {k1: {ansible_ssh_common_args: ${JSON.stringify(args)}}}}`);
    return {...imported.hosts[0]!.ssh, warnings: imported.warnings};
  };

  test.each([
    ['-J a,root@b:2222', ['a', 'root@b:2222']],
    ['-Ja', ['a']],
    ["-o 'ProxyJump a'", ['a']],
    ['-oProxyJump=none', ['none']],
    ['-o ProxyCommand="ssh -W %h:%p -q root@bastion"', ['root@bastion']],
    ['-o ProxyCommand="/usr/bin/ssh -p 2200 -l admin -J outer bastion -W [%h]:%p"', ['outer', 'admin@bastion:2200']],
    ["-o ProxyCommand='ssh -qW %h:%p bastion'", ['bastion']],
  ])('%s', (args, jumps) => {
    expect(ssh(args).jumps).toEqual(jumps);
    expect(ssh(args).warnings).toEqual([]);
  });

  test('keys, port, user, known hosts, other options', () => {
    expect(ssh('-i /k1 -o IdentityFile=/k2 -p 2022 -o User=me -o UserKnownHostsFile="/a /b" -o StrictHostKeyChecking=accept-new -o HostKeyAlias=x -o ControlMaster=auto')).toMatchObject({
      identityFiles: ['/k1', '/k2'], port: 2022, user: 'me', knownHosts: ['/a', '/b'], strict: 'accept-new', extra: {hostkeyalias: 'x'}, warnings: [],
    });
  });

  test('a command that is no jump is not run, and host keys are never left unverified', () => {
    expect(ssh('-o ProxyCommand="nc -x proxy %h %p"')).toMatchObject({jumps: [], warnings: [expect.stringContaining('it is not run')]});
    expect(ssh('-o UserKnownHostsFile=/dev/null')).toMatchObject({knownHosts: undefined, warnings: [expect.stringContaining('always verified')]});
  });

  test('an address that ssh would take for an option is left out', () => {
    const imported = yaml('node: {hosts: {k1: {ansible_host: "-oProxyCommand=x"}}}');
    expect(imported.hosts).toEqual([]);
    expect(imported.warnings[0]).toContain('lab.yml:1');
  });
});

describe('files', () => {
  test.each([
    ['a:\n  - b: [', 'lab.yml:2'],
    ['- a\n', 'expected a mapping of groups'],
    ['$ANSIBLE_VAULT;1.1;AES256\n61', 'vaulted as a whole'],
    ['#!/bin/sh\n', 'dynamic inventory'],
    [`a: ${'['.repeat(60_000)}`, 'not valid YAML'],
    [`a: &a [x]\n${Array.from({length: 9}, (_, i) => `${'bcdefghij'[i]}: &${'bcdefghij'[i]} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`).join('\n')}\nnode: {vars: {v: *j}}`, 'by aliases'],
  ])('%# is refused', (text, message) => {
    expect(() => yaml(text)).toThrow(ConfigError);
    expect(() => yaml(text)).toThrow(message);
  });

  test('a name without extension is read by what it looks like', () => {
    expect(importInventoryText('# x\n[node]\nk1\n', 'hosts').hosts).toHaveLength(1);
    expect(importInventoryText('# x\nnode:\n  hosts:\n    k1:\n', 'hosts').hosts).toHaveLength(1);
  });

  test('a missing file and a folder say so', () => {
    const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-'));
    expect(() => importInventory(join(folder, 'no.yml'))).toThrow('does not exist');
    expect(() => importInventory(folder)).toThrow('is a folder');
  });

  test('a file of variables that cannot be used warns, and its host stays', () => {
    const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-'));
    writeFileSync(join(folder, 'i.yml'), 'node: {hosts: {k1: }}');
    writeFileSync(join(folder, 'host_vars'), '');
    expect(importInventory(join(folder, 'i.yml')).hosts).toHaveLength(1);
  });
});
