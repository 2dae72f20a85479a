import {spawn, spawnSync} from 'node:child_process';
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {parse} from 'yaml';
import {down, up} from '../../lab/lab.ts';
import type {Lab} from '../../lab/lab.ts';
import {noted, notes} from '../../lab/machine-notes.ts';
import {labNamespaces, processesIn} from '../../lab/namespaces.ts';
import {endProcesses} from '../../lab/processes.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {stateFolder} from '../../lab/state.ts';

const why = whyNoLab();
const name = 'selftest';

const shell = (command: string): string => {
  const {stdout, stderr, status} = spawnSync('sh', ['-c', command], {encoding: 'utf8', maxBuffer: 256 * 1024 * 1024});
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
};

/** All that a lab could leave behind on the machine. Of processes, those that a lab starts: others come and go. */
const traces = (): Record<string, string> => ({
  namespaces: shell('ip netns list | sort').split('\n').filter(line => line.startsWith(`evt-${name}-`)).join('\n'),
  processes: shell('ps -e -o args').split('\n').filter(line => line.includes(`/${name}/hosts/`)).join('\n'),
  mounts: shell('cat /proc/*/mountinfo 2>/dev/null; true').split('\n').filter(line => line.includes(name)).join('\n'),
  links: shell('ip -br link | cut -d" " -f1 | sort'),
  addresses: shell('ip -br address'),
  routes: shell('ip route show table all'),
  rules: shell('nft list ruleset'),
  // What they are without any lab: another one may stand, and have them raised.
  limits: (noted('gc_thresh.before') === undefined ? shell('cat /proc/sys/net/ipv4/neigh/default/gc_thresh*').trim().split('\n') : JSON.parse(noted('gc_thresh.before')!) as string[]).join(' '),
  forwarding: shell('cat /proc/sys/net/ipv4/ip_forward'),
  netns: existsSync('/run/netns') && readdirSync('/run/netns').length === 0 ? 'an empty folder' : '',
  notes: notes().filter(note => note.includes(name)).join('\n'),
  state: String(existsSync(stateFolder(name))),
});

const until = async (what: string, ready: () => Promise<boolean>, limitMs = 15_000): Promise<void> => {
  const end = performance.now() + limitMs;
  while (!await ready()) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
};

// The name of the suite is what a run without root or packages shows.
describe.skipIf(why)(why ? `lab: not run (${why})` : 'lab', () => {
  let lab: Lab;
  let before: Record<string, string>;

  const ok = async (where: string, command: string): Promise<string> => {
    const {code, stdout, stderr} = await lab.exec(where, command);
    if (code !== 0) throw new Error(`${where}: ${command}: exit ${code}: ${stderr}${stdout}`);
    return stdout;
  };
  const routes = async (host: string): Promise<string> => ok(host, "vtysh -H /dev/null -c 'show bgp l2vpn evpn route'");

  beforeAll(async () => {
    await down(name);
    before = traces();
    lab = await up({name, hosts: 2, vnis: [2, 3]});
    await lab.converge();
  });

  afterAll(async () => {
    await down(name);
  });

  test('the reflector has a dynamic session with each hypervisor, and every VM has its type-2 route', async () => {
    const summary = JSON.parse(await ok('ingress', "vtysh -H /dev/null -c 'show bgp l2vpn evpn summary json'")) as
      {peers: Record<string, {state: string; dynamicPeer?: boolean}>};
    expect(Object.keys(summary.peers).sort()).toEqual(['192.168.0.2', '192.168.0.3']);
    for (const peer of Object.values(summary.peers)) expect(peer).toMatchObject({state: 'Established', dynamicPeer: true});
    const table = await routes('ingress');
    const macs = [...table.matchAll(/\[2\]:\[0\]:\[48\]:\[([0-9a-f:]{17})\]/g)].map(match => match[1]);
    expect([...new Set(macs)].sort()).toEqual([...lab.plan().vms.map(vm => vm.mac), lab.plan().router.mac].sort());
  });

  test('devices are what OpenNebula makes', async () => {
    const [vxlan] = JSON.parse(await ok('kvm2', 'ip -j -d link show wg0.2')) as [Record<string, unknown>];
    expect(vxlan).toMatchObject({
      mtu: 1370, master: 'onebr.2', linkinfo: {info_data: {id: 2, local: '192.168.0.3', port: 4789, ttl: 16, learning: false}},
    });
    expect((await ok('kvm2', 'ls /sys/class/net/onebr.2/brif')).split('\n')).toEqual(['one-2-0', 'wg0.2', '']);
    expect(await ok('kvm2', 'cat /sys/class/net/wg0/mtu')).toBe('1420\n');
  });

  test('every peer of the mesh has a handshake and a keepalive', async () => {
    for (const host of ['ingress', 'kvm1', 'kvm2']) {
      const rows = (await ok(host, 'wg show wg0 latest-handshakes; wg show wg0 persistent-keepalive')).trim().split('\n').map(line => line.split('\t')[1]);
      expect(rows).toHaveLength(4);
      for (const stamp of rows.slice(0, 2)) expect(Date.now() / 1000 - Number(stamp)).toBeLessThan(200);
      expect(rows.slice(2)).toEqual(['25', '25']);
    }
  });

  test('VMs reach each other across hypervisors with full frames, and not a byte more', async () => {
    await ok('vm1', 'ping -c 2 -i 0.2 -W 2 -M do -s 1342 172.17.2.11');
    await ok('vm3', 'ping -c 2 -i 0.2 -W 2 -M do -s 1342 172.17.3.11');
    const tooLong = await lab.exec('vm1', 'ping -c 1 -W 1 -M do -s 1343 172.17.2.11');
    expect(tooLong).toMatchObject({code: 1, stderr: expect.stringContaining('message too long, mtu=1370') as string});
  });

  test('networks are apart: what VNI 2 knows is not in VNI 3', async () => {
    await ok('vm4', 'ip route replace 172.17.2.0/24 dev eth0');
    expect((await lab.exec('vm4', 'ping -c 1 -W 1 172.17.2.10')).code).not.toBe(0);
  });

  test('SDNAT: ops reaches the VM by its public address, and the VM goes out with it', async () => {
    await ok('ops', 'ping -c 1 -W 2 203.0.113.201');
    await ok('vm1', 'ping -c 1 -W 2 203.0.113.250');
    const counters = await ok('vr', 'iptables-save -c -t nat');
    expect(counters).toMatch(/\[[1-9]\d*:\d+\] -A DNAT4 -d 203\.0\.113\.201\/32 -j DNAT --to-destination 172\.17\.2\.10/);
    expect(counters).toMatch(/\[[1-9]\d*:\d+\] -A SNAT4 -s 172\.17\.2\.10\/32 -j SNAT --to-source 203\.0\.113\.201/);
    expect(JSON.parse(await ok('vr', 'cat /run/one-failover.state'))).toEqual({state: 'MASTER'});
    const lo = JSON.parse(await ok('vr', 'ip -j address show dev lo')) as [{addr_info: {local: string; label?: string}[]}];
    expect(lo[0].addr_info).toContainEqual(expect.objectContaining({local: '203.0.113.201', label: 'SDNAT4'}));
  });

  test('ssh from ops: root and oper on every machine, host keys verified, oper no more than frrvty', async () => {
    const ssh = (target: string, command: string): Promise<string> => ok('ops', `ssh -F '${lab.files.sshConfig}' -o BatchMode=yes ${target} '${command}'`);
    for (const {name: host, publicAddress} of lab.plan().machines) {
      expect(await ssh(host, 'id -un; hostname')).toBe(`root\n${host}\n`);
      expect(await ssh(`oper@${publicAddress}`, 'id -un; hostname')).toBe(`oper\n${host}\n`);
    }
    expect(JSON.parse(await ssh('oper@kvm1', 'vtysh -H /dev/null -c "show evpn vni json"'))).toHaveProperty('2');
    await expect(ssh('oper@kvm1', 'wg show wg0')).rejects.toThrow(/Permission denied|not permitted/);
    await ok('ops', `sed 's/AAAAC3/AAAAC4/' '${lab.files.knownHosts}' >'${lab.files.knownHosts}.wrong'`);
    await expect(ok('ops', `ssh -F '${lab.files.sshConfig}' -o BatchMode=yes -o UserKnownHostsFile='${lab.files.knownHosts}.wrong' kvm1 true`))
      .rejects.toThrow('Host key verification failed');
  });

  test('a machine is itself: name, processes, accounts, nothing of the machine below', async () => {
    expect(await ok('kvm1', 'cat /etc/hostname; ls /root /tmp')).toBe('kvm1\n/root:\n\n/tmp:\n');
    expect((await ok('kvm1', 'ps -e -o comm=')).split('\n').map(line => line.trim())).toEqual(expect.arrayContaining(['zebra', 'bgpd', 'staticd', 'sshd', 'wireguard-go']));
    expect(await ok('kvm1', 'ps -e -o comm= | grep -c wireguard-go')).toBe('1\n');
    expect(await ok('kvm1', 'cut -d: -f2 /etc/shadow | sort -u')).toBe('*\n');
    await ok('kvm1', 'sleep 1000 & kill -9 $!');
    await until('process 1 reaps what dies', async () => !/defunct/.test(await ok('kvm1', 'ps -e -o args=')));
  });

  test('the inventory has the groups of one-deploy, and names what runs', async () => {
    const inventory = parse(readFileSync(lab.files.inventory, 'utf8')) as
      Record<string, {hosts: Record<string, {ansible_host: string}>; vars: {evpn_if: string; vn: Record<string, {template: Record<string, unknown>}>}}>;
    expect(inventory['router']?.hosts).toEqual({ingress: {ansible_host: '203.0.113.1'}});
    expect(inventory['node']?.hosts).toEqual({kvm1: {ansible_host: '203.0.113.11'}, kvm2: {ansible_host: '203.0.113.12'}});
    expect(inventory['vrouter']?.hosts).toEqual({vr: {ansible_host: '203.0.113.200'}});
    expect(inventory['all']?.vars.evpn_if).toBe('wg0');
    expect(Object.values(inventory['all']?.vars.vn ?? {}).map(vnet => vnet.template['VLAN_ID'])).toEqual([2, 3]);
  });

  test('no lab address is in the root namespace, or routed from it to the lab', () => {
    expect(shell('ip -br address')).not.toMatch(/203\.0\.113\.|192\.168\.0\.|172\.17\.[23]\./);
    expect({links: shell('ip -br link | cut -d" " -f1 | sort'), routes: shell('ip route show table all')})
      .toEqual({links: before['links'], routes: before['routes']});
    expect(spawnSync('ssh', ['-F', lab.files.sshConfig, '-o', 'ConnectTimeout=2', 'ingress', 'true']).status).toBe(255);
  });

  test('live migration moves the MAC to the other VTEP with a mobility sequence, and keeps the VM reachable', async () => {
    const mac = '02:00:ac:11:02:0a';
    const watch = lab.exec('vm2', 'ping -q -i 0.02 -c 150 -W 1 172.17.2.10');
    await lab.migrate('vm1', 'kvm2');
    await until('the route with its sequence comes from kvm2', async () =>
      new RegExp(`\\[${mac}\\]\\s+192\\.168\\.0\\.3 [^[]*MM:1`).test(await routes('ingress')));
    expect(await routes('ingress')).not.toMatch(new RegExp(`\\[${mac}\\]\\s+192\\.168\\.0\\.2 `));
    expect(await ok('kvm2', 'bridge fdb show dev one-1-0')).toContain(mac);
    expect(await ok('kvm1', 'bridge fdb show dev wg0.2')).toMatch(new RegExp(`${mac} dst 192\\.168\\.0\\.3 self extern_learn`));
    expect(await ok('kvm1', 'ls /sys/class/net')).not.toContain('one-1-0');
    const lost = /, ([\d.]+)% packet loss/.exec((await watch).stdout);
    expect(Number(lost?.[1])).toBeLessThan(20);
    expect(lab.plan().vms.find(vm => vm.name === 'vm1')?.host).toBe('kvm2');
    await lab.converge();
  });

  test('a network leaves a hypervisor with its last VM, and comes back with the next', async () => {
    await lab.migrate('vm3', 'kvm2');
    // Nobody talks to this VM: only its gratuitous ARP can have told the bridge.
    expect(await ok('kvm2', 'bridge fdb show dev one-3-0')).toContain('02:00:ac:11:03:0a');
    expect(await ok('kvm1', 'ls /sys/class/net')).not.toMatch(/wg0\.3|onebr\.3/);
    await ok('vm3', 'ping -c 1 -W 2 172.17.3.11');
    await lab.migrate('vm3', 'kvm1');
    expect(await ok('kvm1', 'ls /sys/class/net')).toMatch(/wg0\.3/);
    await lab.converge();
    await ok('vm3', 'ping -c 1 -W 2 172.17.3.11');
  });

  test('a VM can be made and taken away', async () => {
    const [model] = lab.plan().vms;
    if (!model) throw new Error('the lab has no VM');
    const vm = {...model, id: 9, name: 'vm9', namespace: `evt-${name}-vm9`, address: '172.17.2.99', mac: '02:00:ac:11:02:63', tap: 'one-9-0', host: 'kvm2'};
    await lab.create(vm);
    await lab.converge();
    await ok('vm9', 'ping -c 1 -W 2 172.17.2.1');
    await lab.destroy('vm9');
    await until('its route is withdrawn', async () => !(await routes('ingress')).includes(vm.mac));
    expect(shell('ip netns list')).not.toContain(vm.namespace);
  });

  test('up on a standing lab leaves it alone; on a damaged one it builds anew', async () => {
    const first = await ok('kvm1', 'cat /run/frr/bgpd.pid; cat /proc/1/stat');
    const again = await up({name, hosts: 2, vnis: [2, 3]});
    expect(again.fresh).toBe(false);
    expect(await ok('kvm1', 'cat /run/frr/bgpd.pid; cat /proc/1/stat')).toBe(first);
    await lab.exec('kvm1', 'kill -9 $(cat /run/frr/bgpd.pid)');
    lab = await up({name, hosts: 2, vnis: [2, 3]});
    expect(lab.fresh).toBe(true);
    await lab.converge();
  });

  test('labs stand beside each other, and go without touching each other', async () => {
    const wanted = {name: `${name}2`, hosts: 1, vnis: [5], vms: 1};
    const other = await up(wanted);
    try {
      await other.converge();
      expect((await other.exec('ops', 'ping -c 1 -W 2 203.0.113.201')).code).toBe(0);
      // The younger one's mounts were made while the older one stood, and must not hold on to it.
      expect((await lab.down()).left).toEqual([]);
      lab = await up({name, hosts: 2, vnis: [2, 3]});
      await lab.converge();
      expect((await other.exec('ops', 'ping -c 1 -W 2 203.0.113.201')).code).toBe(0);
    } finally {
      expect((await other.down()).left).toEqual([]);
    }
    await lab.converge(0);
    await ok('ops', 'ping -c 1 -W 2 203.0.113.201');
  });

  test('what a crash left is no obstacle, whatever the state file says', async () => {
    const third = `${name}3`;
    const namespace = `evt-${third}-ops`;
    shell(`ip netns add ${namespace}`);
    const stray = spawn('nsenter', [`--net=/run/netns/${namespace}`, 'sleep', '1000'], {stdio: 'ignore'});
    await until('the stray is inside', async () => processesIn([namespace]).includes(stray.pid as number));
    const ended = new Promise(resolve => stray.on('exit', (_, signal) => resolve(signal)));
    const rebuilt = await up({name: third, hosts: 1, vnis: [2], vms: 0});
    expect(await ended).toBe('SIGKILL');
    expect(rebuilt.fresh).toBe(true);
    expect((await rebuilt.down()).left).toEqual([]);
  });

  test('who builds a lab is killed on the way: the next one builds it anew, and down leaves nothing', async () => {
    const sixth = `${name}6`;
    const args = ['--name', sixth, 'up', '--hosts', '1', '--vnis', '2', '--vms', '1'];
    const builder = spawn(process.execPath, [join(import.meta.dirname, '../../lab/main.ts'), ...args], {stdio: 'ignore'});
    const ended = new Promise(resolve => builder.on('exit', (_, signal) => resolve(signal)));
    await until('a machine boots', async () => labNamespaces(sixth).includes(`evt-${sixth}-kvm1`) && processesIn([`evt-${sixth}-kvm1`]).length > 0, 60_000);
    builder.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(labNamespaces(sixth)).toContain(`evt-${sixth}-kvm1`); // its processes end with their parent or not
    const rebuilt = await up({name: sixth, hosts: 1, vnis: [2], vms: 1});
    expect(rebuilt.fresh).toBe(true);
    await rebuilt.converge();
    expect((await rebuilt.down()).left).toEqual([]);
  });

  test('a lab that fails on its way up says why and leaves nothing', async () => {
    const fourth = `${name}4`;
    const namespace = `evt-${fourth}-kvm1`;
    let over = false;
    const building = up({name: fourth, hosts: 1, vnis: [2], vms: 0}).finally(() => (over = true));
    // What is inside first may be a command of the builder: it is the machine's own process 1 that has to die.
    const boots = (pid: number): boolean => existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('boot.sh');
    const ending = until('it gives up', async () => {
      if (labNamespaces(fourth).includes(namespace) && processesIn([namespace]).some(boots)) await endProcesses([namespace]);
      return over;
    });
    const [outcome] = await Promise.allSettled([building, ending]);
    if (outcome.status === 'fulfilled') await outcome.value.down();
    expect(outcome).toMatchObject({status: 'rejected', reason: expect.objectContaining({message: expect.stringContaining('kvm1 did not start') as string}) as Error});
    expect(labNamespaces(fourth)).toEqual([]);
    expect(existsSync(stateFolder(fourth))).toBe(false);
  });

  test('a spec that cannot be is refused before anything is built', async () => {
    await expect(up({name: 'Not-a-name'})).rejects.toThrow('lab name');
    await expect(up({name: `${name}5`, vnis: [2, 2]})).rejects.toThrow('vnis');
    expect(labNamespaces(`${name}5`)).toEqual([]);
  });

  test('down leaves nothing', async () => {
    expect(readdirSync('/run/netns').filter(entry => entry.startsWith(`evt-${name}-`)).length).toBeGreaterThan(5);
    const gone = await lab.down();
    expect(gone.processes).toBeGreaterThan(15);
    expect(gone.left).toEqual([]);
    expect(traces()).toEqual(before);
  });
});
