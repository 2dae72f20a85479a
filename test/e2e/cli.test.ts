/** The command line, as a process of its own, on the embedded fabric through its real SSH and XML-RPC servers. */
import {readFileSync} from 'node:fs';
import {Ajv2020} from 'ajv/dist/2020.js';
import {parse} from 'yaml';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';
import {startEmbedded, type Embedded} from './embedded.ts';

vi.setConfig({testTimeout: 120_000, hookTimeout: 120_000}); // each is a few seconds on a machine that has nothing else to do

let fabric: Embedded;
beforeAll(async () => {
  fabric = await startEmbedded();
});
afterAll(() => fabric.close());
const validate = new Ajv2020({strict: false, validateFormats: false}).compile(JSON.parse(readFileSync('docs/schema/output.schema.json', 'utf8')) as object);
const hosts = ['ingress', 'kvm_london', 'kvm_ncalifornia', 'vr'];

describe('get', () => {
  it.each(['hosts', 'wg', 'bgp', 'routes', 'vnis', 'macs', 'vnets', 'vms', 'nat'])('%s as JSON keeps its schema', async (resource) => {
    const {code, stdout, stderr} = await fabric.run(['get', resource, '-o', 'json']);
    expect([code, stderr]).toEqual([0, '']);
    const document = JSON.parse(stdout) as {items: unknown[]};
    expect(validate(document), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    expect(document.items.length).toBeGreaterThan(1);
  });
  it('YAML says the same as JSON, and the table has a line for each, without escape sequences', async () => {
    const [json, yaml, table] = await Promise.all(['json', 'yaml', 'table'].map((format) => fabric.run(['get', 'vnis', '-o', format])));
    const items = (JSON.parse(json!.stdout) as {items: {host: string; device: string}[]}).items;
    expect((parse(yaml!.stdout) as {items: typeof items}).items.map((item) => [item.host, item.device])).toEqual(items.map((item) => [item.host, item.device]));
    expect(table!.stdout.trimEnd().split('\n').length).toBe(items.length + 1);
    expect(table!.stdout).not.toContain('\x1b');
  });
  it('takes aliases, chosen columns and an order', async () => {
    const {stdout} = await fabric.run(['get', 'sdnat', '--columns', 'external,verdict', '--sort', 'external', '--reverse']);
    expect(stdout).toBe('EXTERNAL       VERDICT\n203.0.113.202  ok\n203.0.113.201  ok\n');
  });
  it('scopes routes', async () => {
    const type3 = await fabric.run(['get', 'routes', '--type', '3', '--columns', 'prefix']);
    expect(type3.stdout.split('\n').slice(1, -1).every((line) => line.startsWith('[3]:'))).toBe(true);
    const vni3 = JSON.parse((await fabric.run(['get', 'routes', '--vni', '3', '-o', 'json'])).stdout) as {items: {vni: number}[]};
    expect(new Set(vni3.items.map((item) => item.vni))).toEqual(new Set([3]));
  });
  it.each([
    [['get', 'nonsense'], 'there is no resource "nonsense"'],
    [['get', 'hosts', '--columns', 'colour'], 'hosts has no column "colour"'],
    [['get', 'routes', '--vni', '0'], 'a VNI is a number'],
    [['get', 'routes', '--type', '4'], 'there are types 2, 3 and 5'],
    [['get', 'routes', '--host', 'nope'], 'there is no host nope in this context'],
    [['frobnicate'], 'there is no command "frobnicate"'],
    [['--timeout', 'soon', 'status'], '--timeout soon'],
    [['get', 'hosts', '-o', 'xml'], 'Allowed choices are table, wide, json, yaml'],
  ])('%j is a usage error that says what was wrong', async (args, words) => {
    const {code, stderr, stdout} = await fabric.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
  it('says which hosts could not be read, on stderr, and exits 3; the others are printed', async () => {
    const inventory = readFileSync(fabric.args[1]!, 'utf8').replace(/ansible_port: (\d+)(?=\n {4}kvm_ncalifornia)/, 'ansible_port: 1');
    expect(inventory).toContain('ansible_port: 1\n');
    const file = `${fabric.folder}/broken.yml`;
    (await import('node:fs')).writeFileSync(file, inventory);
    const {code, stdout, stderr} = await fabric.run(['--inventory', file, ...fabric.args.slice(2), 'get', 'hosts', '--columns', 'host,access'], {adHoc: false});
    expect(code).toBe(3);
    expect(stderr).toMatch(/kvm_london: not read: unreachable: .*/);
    expect(stdout).toMatch(/ingress\s+ready/);
  });
});

describe('status', () => {
  it('is one page, exit 0 when all is well, and has a schema', async () => {
    const text = await fabric.run(['status']);
    expect(text.code).toBe(0);
    for (const host of hosts) expect(text.stdout).toContain(host);
    expect(text.stdout).toMatch(/ok\s+BGP\s+4 sessions ok/);
    const json = await fabric.run(['status', '-o', 'json']);
    expect(validate(JSON.parse(json.stdout)), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  });
  it('without a terminal the console itself is that page', async () => {
    const {code, stdout} = await fabric.run([]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ok\s+OpenNebula\s+7\.4\.0/);
  });
  it('exits 3 when OpenNebula refuses the credentials, and says so without naming them', async () => {
    const auth = `${fabric.folder}/wrong_auth`;
    (await import('node:fs')).writeFileSync(auth, 'oneadmin:not-the-password\n');
    const {code, stderr, stdout} = await fabric.run(['status'], {env: {ONE_AUTH: auth}});
    expect(code).toBe(3);
    expect(stderr).toMatch(/OpenNebula: not read: auth/);
    expect(stdout + stderr).not.toContain('not-the-password');
  });
});

describe('demo', () => {
  it('without a terminal prints one snapshot and exits 0, also under TERM=dumb', async () => {
    for (const env of [{TERM: 'xterm'}, {TERM: 'dumb'}, {NO_COLOR: '1'}] as Record<string, string>[]) {
      const {code, stdout, stderr} = await fabric.run(['demo'], {adHoc: false, env});
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/ok\s+VR NAT\s+2 mappings ok/);
      expect(stdout).not.toContain('\x1b');
    }
  });
});

describe('OpenNebula behind another host', () => {
  const through = async (tunnel: string) => {
    const fs = await import('node:fs');
    const folder = fs.mkdtempSync(`${fabric.folder}/tunnel-`);
    const [, inventory = '', , sshConfig = '', , endpoint = ''] = fabric.args;
    fs.mkdirSync(`${folder}/evpn-tui`, {recursive: true});
    fs.writeFileSync(`${folder}/evpn-tui/config.yaml`, `current-context: t\ncontexts:\n  t:\n    inventory: ${inventory}\n    ssh: {config: ${sshConfig}}\n    opennebula: {endpoint: '${endpoint}', auth-file: ${fabric.simulator.oneAuth}, tunnel: '${tunnel}'}\n`);
    return fabric.run(['get', 'vms', '-o', 'json'], {adHoc: false, env: {XDG_CONFIG_HOME: folder}});
  };
  it('is read through an ssh tunnel, host key and all', async () => {
    const {code, stdout, stderr} = await through('ingress');
    expect([code, stderr]).toEqual([0, '']);
    expect((JSON.parse(stdout) as {items: {name: string}[]}).items.map((item) => item.name)).toContain('sr1');
  });
  it('and not by another way when there is no tunnel to be had', async () => {
    const {code, stderr} = await through('root@127.0.0.1:1');
    expect(code).toBe(3);
    expect(stderr).toMatch(/OpenNebula: not read: unreachable: .*127\.0\.0\.1/);
  });
});

describe('contexts', () => {
  it('init makes one from an inventory, contexts lists it, use switches, info says where everything is from', async () => {
    const [, inventory = '', , sshConfig = ''] = fabric.args;
    for (const name of ['first', 'second']) {
      const made = await fabric.run(['--inventory', inventory, '--ssh-config', sshConfig, 'init', name, '--yes'], {adHoc: false});
      expect([made.code, made.stderr]).toEqual([0, '']);
    }
    expect((await fabric.run(['contexts'], {adHoc: false})).stdout).toMatch(/\*\s+first/);
    expect((await fabric.run(['contexts', 'use', 'second'], {adHoc: false})).code).toBe(0);
    expect((await fabric.run(['contexts'], {adHoc: false})).stdout).toMatch(/\*\s+second/);
    const info = await fabric.run(['info'], {adHoc: false});
    expect(info.stdout).toContain('config.yaml');
    expect(info.stdout).toContain('context second');
    const got = await fabric.run(['get', 'hosts', '--columns', 'host'], {adHoc: false, env: {ONE_AUTH: '/nonexistent'}});
    expect(got.stdout).toBe(`HOST\n${hosts.join('\n')}\n`);
    expect((await fabric.run(['--context', 'thrid', 'status'], {adHoc: false})).stderr).toContain('there is no context "thrid"');
  });
});
