/** The lab's OpenNebula, spoken to through its XML-RPC API alone: what it says, happens to real namespaces. */
import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {down, up} from '../../lab/lab.ts';
import type {Lab} from '../../lab/lab.ts';
import {labNamespaces} from '../../lab/namespaces.ts';
import {control} from '../../lab/opennebula/control.ts';
import {cloudFaults} from '../../lab/opennebula/faults.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {decodeResponse, encodeCall} from '../../src/services/opennebula/envelope.ts';
import type {OneArgument} from '../../src/services/opennebula/envelope.ts';
import {faults} from '../../src/simulator/faults/catalogue.ts';

const why = whyNoLab();
const name = 'cloud';
const hosts = ['203.0.113.11', '203.0.113.12'] as const;
const publicNetwork = 50;
const overlay = 'private_vni2';

describe.skipIf(why)(why ? `lab with OpenNebula: not run (${why})` : 'lab with OpenNebula', () => {
  let lab: Lab;
  let secret: string;

  const call = async (method: string, ...args: OneArgument[]): Promise<string | number> => {
    const result = await decodeResponse(Buffer.from(await control(name, {do: 'call', body: encodeCall(method, [secret, ...args])})));
    if (!result.ok) throw new Error(result.problem.detail);
    return result.value as string | number;
  };
  const vmXml = async (id: number): Promise<string> => String(await call('one.vm.info', id));
  const field = (xml: string, key: string): string => new RegExp(`<${key}>(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(xml)?.[1] ?? '';
  const stateOf = async (id: number): Promise<string> => {
    const xml = await vmXml(id);
    return `${field(xml, 'STATE')}/${field(xml, 'LCM_STATE')}`;
  };
  const history = async (id: number): Promise<string[]> => [...(await vmXml(id)).matchAll(/<HISTORY>[\s\S]*?<\/HISTORY>/g)]
    .map(([record]) => `${field(record, 'HOSTNAME')} ${field(record, 'ACTION')} ${field(record, 'ETIME') === '0' ? 'open' : 'closed'}`);
  const until = async <T>(what: string, read: () => Promise<T>, wanted: (value: T) => boolean, limitMs = 20_000): Promise<T> => {
    const end = performance.now() + limitMs;
    for (;;) {
      const value = await read();
      if (wanted(value)) return value;
      if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}; it is ${String(value)}\n${readFileSync(lab.cloud()!.log, 'utf8')}`);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  };
  const inState = (id: number, wanted: string) => until(`VM ${id} is ${wanted}`, () => stateOf(id), state => state === wanted);
  const ok = async (where: string, command: string): Promise<string> => {
    const {code, stdout, stderr} = await lab.exec(where, command);
    if (code !== 0) throw new Error(`${where}: ${command}: exit ${code} ${stderr}`);
    return stdout;
  };
  const answers = async (where: string, address: string): Promise<boolean> => (await lab.exec(where, `ping -q -n -c 1 -W 1 ${address}`)).code === 0;
  const instantiate = async (vm: string, host: string): Promise<number> => {
    const id = Number(await call('one.template.instantiate', 1, vm, false, `NIC=[ NETWORK="${overlay}" ] SCHED_REQUIREMENTS="NAME=${host}"`, false));
    await inState(id, '3/3');
    return id;
  };
  /** Next hop of the type-2 route of a MAC, as the reflector has it. */
  const nextHops = async (mac: string): Promise<string> => ok('ingress', `vtysh -d bgpd -c 'show bgp l2vpn evpn route type 2' | grep -F -A1 '[${mac}]' | awk '/^ +[0-9.]+/ {print $1}' | sort -u | tr '\\n' ' '`);

  beforeAll(async () => {
    await down(name);
    const began = performance.now();
    lab = await up({name, hosts: 2, vnis: [2], vms: 0, opennebula: {routerPollMs: 1000}});
    console.log(`lab with virtual router and OpenNebula: up in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    secret = readFileSync(lab.cloud()!.oneAuth, 'utf8').trim();
    await lab.converge();
  });
  afterAll(async () => {
    expect((await down(name)).left).toEqual([]);
  });

  let id: number;
  const mac = '02:00:ac:11:02:02';
  const address = '172.17.2.2';

  test('answers in ops, at the endpoint that it wrote down, to whom it gave the password', async () => {
    const endpoint = readFileSync(lab.cloud()!.oneEndpoint, 'utf8').trim();
    const body = encodeCall('one.system.version', [secret]);
    const script = `fetch('${endpoint}', {method: 'POST', body: process.argv[1]}).then(r => r.text()).then(t => console.log(t))`;
    expect(await ok('ops', `'${process.execPath}' -e "${script}" '${body}'`)).toContain('<string>7.4.0</string>');
  });

  test('instantiate: a namespace with the lease, its MAC and MTU, on a bridge that comes with it', async () => {
    expect((await lab.exec('kvm2', 'ip link show onebr.2')).code).not.toBe(0);
    id = await instantiate('web', hosts[1]);
    expect(labNamespaces(name)).toContain(`evt-${name}-web`);
    const [link] = JSON.parse(await ok('web', 'ip -j address show dev eth0')) as [{address: string; mtu: number; addr_info: {local: string}[]}];
    expect([link.address, link.mtu, link.addr_info.map(({local}) => local)]).toEqual([mac, 1370, [address]]);
    expect(field(await vmXml(id), 'IP')).toBe(address);
    expect(await ok('kvm2', `ls /sys/class/net/onebr.2/brif`)).toBe(`one-${id}-0\nwg0.2\n`);
    await until('the router answers over the overlay', () => answers('web', '172.17.2.1'), Boolean);
  });

  test('live migration: the type-2 route leads to the other VTEP, and hardly a packet is lost', async () => {
    expect(await until('type-2', () => nextHops(mac), hops => hops !== '')).toBe('192.168.0.3 ');
    const ping = spawn(lab.prefix('vr')[0]!, [...lab.prefix('vr').slice(1), 'ping', '-n', '-D', '-i', '0.05', address]);
    let output = '';
    ping.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const times = (): number[] => [...output.matchAll(/^\[(\d+\.\d+)\] \d+ bytes/gm)].map(match => Number(match[1]));
    await until('answers', () => Promise.resolve(times().length), count => count > 5);
    await call('one.vm.migrate', id, 0, true, false, -1, 0);
    await until('on the other host', async () => `${await stateOf(id)} ${(await history(id)).join()}`, now => now === `3/3 ${hosts[1]} 2 closed,${hosts[0]} 0 open`);
    const moved = times().length;
    await until('answers after it', () => Promise.resolve(times().length), count => count > moved + 10);
    ping.kill('SIGINT');
    const gaps = times().map((at, i, all) => at - (all[i - 1] ?? at));
    console.log(`longest gap of a live migration: ${(Math.max(...gaps) * 1000).toFixed(0)} ms`);
    expect(Math.max(...gaps)).toBeLessThan(1);
    await until('type-2 moved', () => nextHops(mac), hops => hops === '192.168.0.2 ');
    expect((await lab.exec('kvm2', 'ip link show onebr.2 || ip link show wg0.2')).code).not.toBe(0);
  });

  test('a live migration that the driver fails: success is answered, it stays, with one more record', async () => {
    await control(name, {do: 'order', order: {vm: id, action: 'migrate', outcome: 'fail', ms: 200}});
    expect(await call('one.vm.migrate', id, 1, true, false, -1, 0)).toBe(id);
    await until('the third record', () => history(id), records => records.length === 4);
    await inState(id, '3/3');
    expect(await history(id)).toEqual([`${hosts[1]} 2 closed`, `${hosts[0]} 2 closed`, `${hosts[1]} 0 closed`, `${hosts[0]} 0 open`]);
    expect(lab.plan().vms.map(({host}) => host)).toEqual(['kvm1']);
    expect(await answers('vr', address)).toBe(true);
  });

  test('an external alias is translated once the router asks, unless it is BACKUP, and no longer once it is gone', async () => {
    await ok('vr', `printf '{"state":"BACKUP"}\\n' >/run/one-failover.state`);
    await call('one.vm.attachnic', id, `NIC_ALIAS=[ NETWORK_ID=${publicNetwork}, PARENT="NIC0", EXTERNAL="YES" ]`);
    await inState(id, '3/3');
    const external = /<NIC_ALIAS>[\s\S]*?<IP><!\[CDATA\[([\d.]+)/.exec(await vmXml(id))![1]!;
    await new Promise(resolve => setTimeout(resolve, 1500)); // more than one turn of the router, in which nothing may happen
    expect(await answers('ops', external)).toBe(false);
    expect(await ok('vr', 'iptables -t nat -S')).not.toContain(external);

    await ok('vr', `printf '{"state":"MASTER"}\\n' >/run/one-failover.state`);
    await until('reached from outside', () => answers('ops', external), Boolean);
    const rules = (await ok('vr', 'iptables -t nat -S')).split('\n');
    expect(rules).toContain(`-A SNAT4 -s ${address}/32 -j SNAT --to-source ${external}`);
    expect(rules).toContain(`-A DNAT4 -d ${external}/32 -j DNAT --to-destination ${address}`);
    expect(await ok('vr', 'ip -o -4 address show dev lo label SDNAT4')).toContain(`${external}/32`);

    await call('one.vm.detachnic', id, 1);
    await until('no longer reached', () => answers('ops', external), reached => !reached);
    expect(await ok('vr', 'iptables -t nat -S; ip address show dev lo')).not.toContain(external);
    expect((await history(id)).slice(-3)).toEqual([`${hosts[0]} 46 closed`, `${hosts[0]} 47 closed`, `${hosts[0]} 0 open`]);
  });

  test('cold migration and poweroff end the namespace, and resume brings it back', async () => {
    await call('one.vm.migrate', id, 1, false, false, -1, 0);
    await until('there', async () => `${await stateOf(id)} ${(await history(id)).slice(-2).join()}`, now => now === `3/3 ${hosts[0]} 1 closed,${hosts[1]} 0 open`);
    await until('it answers', () => answers('vr', address), Boolean);
    await call('one.vm.action', 'poweroff', id);
    await inState(id, '8/0');
    expect(labNamespaces(name)).not.toContain(`evt-${name}-web`);
    await call('one.vm.action', 'resume', id);
    await inState(id, '3/3');
    await until('it answers', () => answers('vr', address), Boolean);
  });

  test('faults of OpenNebula: in force, then as before', async () => {
    expect(cloudFaults.map(fault => fault.name).filter(one => !faults.some(known => known.name === one))).toEqual([]);
    expect(faults.filter(({family}) => family === 'opennebula').map(known => known.name).filter(one => !cloudFaults.some(fault => fault.name === one))).toEqual([]);
    const view = async (): Promise<string> => {
      const all = await Promise.all(['one.hostpool.info', 'one.clusterpool.info'].map(method => call(method).catch((error: Error) => error.message)));
      const vms = await call('one.vmpool.infoextended', -2, -1, -1, -1).catch((error: Error) => error.message);
      const nets = await call('one.vn.info', 0).catch((error: Error) => error.message);
      return [...all, vms, nets].join('\n');
    };
    const before = await view();
    for (const fault of cloudFaults.filter(one => one.name !== 'one-unreachable')) {
      await fault.apply(name);
      expect(await view(), fault.name).not.toBe(before);
      await fault.undo(name);
      expect(await view(), `${fault.name} undone`).toBe(before);
    }
    const [unreachable] = cloudFaults.filter(one => one.name === 'one-unreachable');
    const knock = "require('net').connect(2633, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))";
    const dial = async (): Promise<boolean> => (await lab.exec('ops', `timeout 10 '${process.execPath}' -e "${knock}"`)).code === 0;
    expect(await dial()).toBe(true);
    await unreachable!.apply(name);
    expect(await dial()).toBe(false);
    await unreachable!.undo(name);
    expect(await dial()).toBe(true);
  });

  test('terminate: namespace and tap go, and with the last VM the bridge and the VXLAN device', async () => {
    const second = await instantiate('db', hosts[1]);
    expect((await ok('kvm2', 'ls /sys/class/net/onebr.2/brif')).split('\n')).toContain(`one-${second}-0`);
    await call('one.vm.action', 'terminate', id);
    await inState(id, '6/0');
    expect(await ok('kvm2', 'ls /sys/class/net/onebr.2/brif')).toBe(`one-${second}-0\nwg0.2\n`);
    await call('one.vm.action', 'terminate-hard', second);
    await inState(second, '6/0');
    expect(labNamespaces(name).filter(one => /-(web|db)$/.test(one))).toEqual([]);
    expect((await lab.exec('kvm2', 'ip link show onebr.2')).code).not.toBe(0);
    expect((await lab.exec('kvm2', 'ip link show wg0.2')).code).not.toBe(0);
  });
});
