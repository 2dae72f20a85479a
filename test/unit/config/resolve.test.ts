import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {hostsFromOpenNebula} from '../../../src/config/from-opennebula.ts';
import {ConfigError} from '../../../src/config/problem.ts';
import {resolveTarget, type TargetFlags} from '../../../src/config/resolve.ts';
import type {OneHost} from '../../../src/model/cloud.ts';

const inventory = join(import.meta.dirname, '../../fixtures/config/inventory.yml');

function around(config: string | undefined, env: Record<string, string> = {}, files: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'evpn-tui-'));
  const dir = join(home, 'c');
  if (config !== undefined) {
    writeFileSync(join(home, 'i.yml'), 'node: {hosts: {k9: }}');
    writeFileSync(join(home, 'config.yaml'), config);
  }
  return {env: {EVPN_TUI_CONFIG_DIR: config === undefined ? dir : home, ...env}, home, cwd: dirname(inventory), readFile: (path: string) => files[path.replace(home, '~')]};
}
const auth = {'~/.one/one_auth': 'oneadmin:top-secret\n'};
const config = `
current-context: prod
contexts:
  prod:
    inventory: i.yml
    hosts: [{name: vr, address: 192.0.2.70, roles: [virtual-router], user: root}]
    opennebula: {endpoint: "http://10.0.1.87:2633/RPC2", tunnel: k9, timeout: 7}
    ssh: {user: ops, identity-files: [~/key], jumps: [gate], config: cfg, strict: accept-new}
    refresh: {fast: 3}
    as-number: "1.10"
    underlay: wg7
    read-only: true
    colour: red
  other: {hosts: [{name: o1}]}
`;

describe('a stored context', () => {
  const surroundings = around(config, {}, auth);
  const resolved = resolveTarget({}, surroundings);
  const {target, origins} = resolved;

  test('gives hosts of inventory and context, with its defaults where they say nothing', () => {
    expect(target.name).toBe('prod');
    expect(target.hosts.map((host) => [host.name, host.ssh.user, host.ssh.jumps, host.ssh.identityFiles, host.ssh.strict, host.underlay])).toEqual([
      ['k9', 'ops', ['gate'], [join(surroundings.home, 'key')], 'accept-new', 'wg7'],
      ['vr', 'root', ['gate'], [join(surroundings.home, 'key')], 'accept-new', ''],
    ]);
    expect(target).toMatchObject({asn: '1.10', refreshMs: {fast: 3000, medium: 10000, slow: 60000}, sshConfig: join(surroundings.home, 'cfg')});
    expect(resolved).toMatchObject({readOnly: true, colour: 'red'});
  });

  test('gives OpenNebula, through a host of its own', () => {
    expect(target.cloud).toMatchObject({endpoint: 'http://10.0.1.87:2633/RPC2', endpointOrigin: 'context prod', session: 'oneadmin:top-secret', timeoutMs: 7000, tunnel: {host: 'k9', user: 'ops'}});
  });

  test('knows where each setting came from, and tells no secret', () => {
    expect(origins).toMatchObject({context: 'current-context', inventory: 'context prod', 'refresh.fast': 'context prod', 'refresh.slow': 'default', 'opennebula.timeout': 'context prod', 'as-number': 'context prod', 'ssh.user': 'context prod', 'ssh.config': 'context prod'});
    expect(JSON.stringify(resolved.settings)).not.toContain('top-secret');
  });
});

describe('precedence', () => {
  const endpoint = (flags: TargetFlags, env: Record<string, string>) => resolveTarget(flags, around(config, env, auth)).target.cloud?.endpointOrigin;
  test('of the endpoint: flag, $EVPN_TUI_ENDPOINT, $ONE_XMLRPC, context', () => {
    const env = {EVPN_TUI_ENDPOINT: 'http://e/', ONE_XMLRPC: 'http://o/'};
    expect(endpoint({endpoint: 'http://f/'}, env)).toBe('--endpoint');
    expect(endpoint({}, env)).toBe('$EVPN_TUI_ENDPOINT');
    expect(endpoint({}, {ONE_XMLRPC: 'http://o/'})).toBe('$ONE_XMLRPC');
    expect(endpoint({}, {})).toBe('context prod');
  });

  const chosen = (flags: TargetFlags, env: Record<string, string>) => {
    const {target, origins} = resolveTarget(flags, around(config, env, auth));
    return `${target.name} ${origins['context']} ${origins['inventory']}`;
  };
  test('of context and inventory', () => {
    expect(chosen({}, {EVPN_TUI_CONTEXT: 'other'})).toBe('other $EVPN_TUI_CONTEXT default');
    expect(chosen({context: 'prod'}, {EVPN_TUI_CONTEXT: 'other', EVPN_TUI_INVENTORY: inventory})).toBe('prod --context context prod');
    expect(chosen({}, {EVPN_TUI_INVENTORY: inventory})).toBe('inventory ad hoc $EVPN_TUI_INVENTORY');
    expect(chosen({inventory: 'inventory.yml'}, {EVPN_TUI_CONTEXT: 'other'})).toBe('inventory ad hoc --inventory');
    expect(chosen({context: 'prod', inventory}, {})).toBe('prod --context --inventory');
  });

  test('of the ssh configuration; paths of flags are relative to here', () => {
    const read = (flags: TargetFlags, env: Record<string, string>) => resolveTarget(flags, around(config, env, auth)).target.sshConfig;
    expect(read({sshConfig: 'f'}, {EVPN_TUI_SSH_CONFIG: '/e'})).toBe(join(dirname(inventory), 'f'));
    expect(read({}, {EVPN_TUI_SSH_CONFIG: '/e'})).toBe('/e');
  });

  test('of credentials: $ONE_AUTH before the context', () => {
    const text = config.replace('timeout: 7', 'auth-file: a');
    const resolved = (env: Record<string, string>) => resolveTarget({}, around(text, env, {'~/a': 'u:ctx', '/env': 'u:env'})).target.cloud?.session;
    expect(resolved({})).toBe('u:ctx');
    expect(resolved({ONE_AUTH: '/env'})).toBe('u:env');
  });
});

describe('ad hoc, with nothing stored', () => {
  test('an inventory alone: no OpenNebula unless its files are here', () => {
    const {target, origins} = resolveTarget({inventory}, around(undefined));
    expect(target).toMatchObject({name: 'inventory', cloud: undefined});
    expect(target.hosts).toHaveLength(4);
    expect(origins['opennebula']).toContain('no credentials');
    expect(resolveTarget({inventory}, around(undefined, {}, auth)).target.cloud).toMatchObject({endpointOrigin: 'default'});
  });

  test('an endpoint alone: the hosts are its own', () => {
    expect(resolveTarget({endpoint: 'http://fe/RPC2'}, around(undefined, {}, auth)).target).toMatchObject({name: 'fe', hosts: []});
  });

  test('a broken config.yaml does not stop it', () => {
    expect(resolveTarget({inventory}, around('contexts: [')).target.hosts).toHaveLength(4);
    expect(() => resolveTarget({}, around('contexts: ['))).toThrow('config.yaml:1:');
  });
});

describe('errors say what to do', () => {
  const fails = (flags: TargetFlags, text: string | undefined, files = {}): string => {
    try {
      resolveTarget(flags, around(text, {}, files));
    } catch (error) {
      if (error instanceof ConfigError) return `${error.message} | ${error.hint}`;
      throw error;
    }
    return 'nothing';
  };
  test.each<[string, TargetFlags, string | undefined, string]>([
    ['nothing at all', {}, undefined, 'there is no context yet | Make one with "evpn-tui init"'],
    ['a mistyped context', {context: 'prdo'}, config, 'there is no context "prdo"; did you mean "prod"? | There are: prod, other'],
    ['a missing inventory', {inventory: 'no.yml'}, undefined, 'no.yml does not exist'],
    ['no credentials for --endpoint', {endpoint: 'http://fe/'}, undefined, 'Put user:password into ~/.one/one_auth'],
    ['a password in the URL', {endpoint: 'http://u:hush@fe/'}, undefined, 'the endpoint holds a user or password'],
    ['an empty context', {context: 'e'}, 'contexts: {e: {}}', 'there is nothing to read'],
    ['a tunnel to nowhere', {}, config.replace('tunnel: k9', 'tunnel: "k 8"'), 'is neither a host of this context'],
    ['an address that is an option', {context: 'x'}, 'contexts: {x: {hosts: [{name: a, address: "-oX=y"}]}}', 'is no address'],
    ['a host twice', {context: 'x'}, 'contexts: {x: {hosts: [{name: a}, {name: a}]}}', 'is there twice'],
  ])('%s', (_name, flags, text, expected) => {
    const told = fails(flags, text, text === undefined ? {} : auth);
    expect(told).toContain(expected);
    expect(told).not.toContain('hush');
  });

  test('a context without credentials still shows its hosts, with a warning', () => {
    const {target, warnings} = resolveTarget({}, around(config));
    expect(target.cloud).toBeUndefined();
    expect(target.hosts).toHaveLength(2);
    expect(warnings.join()).toContain('cannot be asked');
  });
});

test("OpenNebula's hosts: the name is the address, the cluster the region", () => {
  const host: OneHost = {id: 3, name: '198.51.100.200', state: 2, clusterId: 100, cluster: 'london', vmIds: [], totalCpu: 0, usedCpu: 0, totalMemoryKiB: 0, usedMemoryKiB: 0, attributes: {}};
  expect(hostsFromOpenNebula([host], {ssh: {user: 'root'}, underlay: 'wg0', home: '/h'})).toMatchObject([{name: '198.51.100.200', roles: ['vtep'], region: 'london', underlay: 'wg0', origin: 'opennebula host 3', ssh: {host: '198.51.100.200', user: 'root'}}]);
});
