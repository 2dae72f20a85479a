/** One fabric of four FRR versions, each with the iproute2 of its Debian release: it works, and the console reads it. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {applyFault, undoFault} from '../../lab/faults/index.ts';
import {surprises as wrongWays, truthOnce} from '../../lab/faults/measure.ts';
import {up, type Lab} from '../../lab/lab.ts';
import {wasPrepared} from '../../lab/prepare.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {makeRoots} from '../../lab/roots/make.ts';
import {Unavailable} from '../../lab/roots/mirror.ts';
import {releases} from '../../lab/roots/releases.ts';
import {brokenWays, waysOf} from '../../lab/truth.ts';
import {lastSurprises} from '../contract/faults/console.ts';
import {consoleOfLab} from './facts.ts';
import {bgpSummary, evpnMacs, evpnRoutes, evpnVnis, floodList, sh, vxlanDevice} from './independent.ts';
import {questions} from './judges.ts';
import {broken, consoleGet, until} from './reach.ts';
import {traceSurprises} from './trace-judge.ts';

const frr = releases.map((release) => release.frr);

/** The roots are made here, the first time; where they cannot be had, the name of the suite says so. */
async function whyNot(): Promise<string | undefined> {
  const why = whyNoLab();
  if (why) return why;
  try {
    await makeRoots(frr, (line) => console.log(`versions: ${line}`));
  } catch (error) {
    if (error instanceof Unavailable && !wasPrepared()) return error.message;
    throw error;
  }
  return undefined;
}

const why = await whyNot();
// A file whose tests are all skipped is one line of a report, without any name of a suite.
if (why) console.warn(`versions: not run: ${why}`);

describe.skipIf(why)(why ? `versions: not run: ${why}` : 'a fabric of four FRR versions', () => {
  let lab: Lab;
  const vteps = ['kvm1', 'kvm2', 'kvm3', 'kvm4'];
  const hosts = ['ingress', ...vteps];

  beforeAll(async () => {
    lab = await up({name: 'versions', vnis: [2, 3], frr, opennebula: true});
    await lab.converge();
  });
  afterAll(async () => {
    expect((await lab.down()).left).toEqual([]);
  });

  it('each host has the FRR and the tools of its own release, and is otherwise a machine like the others', async () => {
    const shown = await Promise.all(vteps.map(async (host) => /FRRouting (\d+\.\d+)/.exec(await sh(lab, host, "vtysh -c 'show version'"))?.[1]));
    expect(shown).toEqual(frr.map((version) => /^\d+\.\d+/.exec(version)?.[0]));
    const tools = await Promise.all(vteps.map(async (host) => /iproute2-(\d+\.\d+)/.exec(await sh(lab, host, 'ip -V'))?.[1]));
    expect(new Set(tools).size).toBe(4);
    for (const host of vteps) {
      expect(await sh(lab, 'ops', `ssh -F '${lab.files.sshConfig}' -o BatchMode=yes ${host} hostname`)).toBe(`${host}\n`);
      expect(await sh(lab, 'ops', `ssh -F '${lab.files.sshConfig}' -o BatchMode=yes oper@${host} "id -un; vtysh -c 'show evpn vni' | grep -c wg0"`)).toBe('oper\n2\n');
      expect(await sh(lab, host, 'ls -A /tmp; mount | grep -c old || true')).toBe('0\n');
    }
  });

  it('all VMs of a network reach each other with full frames', async () => {
    expect(await broken(lab)).toEqual({tried: 24, broken: []});
  });

  it('a root is shared: what a host writes stays its own and goes with it', async () => {
    await sh(lab, 'kvm1', 'echo mine >/etc/issue; touch /usr/lib/mine');
    const other = await up({name: 'versions2', hosts: 1, vms: 0, frr: [frr[0] as string]});
    try {
      expect((await other.exec('kvm1', 'cat /etc/issue; ls /usr/lib/mine')).stdout).toMatch(/^Debian/);
    } finally {
      expect((await other.down()).left).toEqual([]);
    }
  });

  type Route = {rd: string; prefix: string; nextHop: string};
  const byText = (items: readonly object[]): string[] => items.map((item) => JSON.stringify(item)).toSorted();
  const ready = (name: string) => ({name, phase: 'ready', problem: null});

  it('the console, bgp: every neighbour as each version prints it', async () => {
    type Item = {host: string; neighbor: string; verdict: string; remoteAs: string; prefixesReceived: number; prefixesSent: number; dynamic: boolean};
    const {sources, items} = await consoleGet<Item>(lab, 'bgp');
    expect(sources).toEqual([...hosts, 'vr'].map(ready));
    const expected = (await Promise.all(hosts.map(async (host) => (await bgpSummary(lab, host)).map((line) => ({host, ...line}))))).flat();
    expect(expected).toHaveLength(8);
    expect(byText(items.map((i) => ({host: i.host, neighbor: i.neighbor, dynamic: i.dynamic, as: i.remoteAs, received: String(i.prefixesReceived), sent: String(i.prefixesSent)})))).toEqual(byText(expected));
    expect(items.map((item) => item.verdict)).toEqual(items.map(() => 'established'));
  });

  it('the console, vnis: as kernel, iproute2 and zebra of each release have them', async () => {
    type Item = {host: string; vni: number; device: string; bridge: string; local: string; port: number; learning: boolean; mtu: number; macs: number; remoteVteps: string[]; floodTo: string[]; rd: string; trouble: string | null};
    const {items} = await consoleGet<Item>(lab, 'vnis');
    expect(items).toHaveLength(8);
    for (const host of vteps) {
      const zebra = await evpnVnis(lab, host);
      expect(zebra.map((line) => line.vni).toSorted()).toEqual([2, 3]);
      for (const line of zebra) {
        const item = items.find((candidate) => candidate.host === host && candidate.vni === line.vni)!;
        expect({vni: item.vni, local: item.local, port: item.port, learning: item.learning, mtu: item.mtu, master: item.bridge}).toEqual(await vxlanDevice(lab, host, line.device));
        expect([host, item.device, item.macs, item.remoteVteps.length, item.trouble]).toEqual([host, line.device, line.macs, line.vteps, null]);
        expect(item.floodTo.toSorted()).toEqual((await floodList(lab, host, line.device)).toSorted());
        expect((await evpnRoutes(lab, host)).map((route) => route.rd)).toContain(item.rd);
      }
    }
  });

  const checkMacs = async () => {
    type Item = {vni: number; mac: string; localAt: string[]; locations: {host: string; evpn: string | null; device: string | null; remoteVtep: string | null}[]};
    const {items} = await consoleGet<Item>(lab, 'macs');
    for (const host of vteps) {
      const shown = items.flatMap((item) => item.locations.filter((l) => l.host === host && l.evpn !== null).map((l) => ({vni: item.vni, mac: item.mac, kind: l.evpn, where: l.evpn === 'local' ? l.device : l.remoteVtep})));
      const expected = await evpnMacs(lab, host);
      expect(expected.length).toBeGreaterThan(8);
      expect({host, macs: byText(shown)}).toEqual({host, macs: byText(expected)});
    }
    return items;
  };
  const checkRoutes = async (...tables: string[]) => {
    const key = ({rd, prefix, nextHop}: Route) => `${rd} ${prefix} ${nextHop}`;
    expect((await consoleGet<Route>(lab, 'routes')).items.map(key).toSorted()).toEqual((await evpnRoutes(lab, 'ingress')).map(key).toSorted());
    for (const host of tables) {
      const {items} = await consoleGet<Route>(lab, `routes --host ${host}`);
      const expected = await evpnRoutes(lab, host);
      expect(expected.length).toBeGreaterThan(16);
      expect({host, routes: items.map(key).toSorted()}).toEqual({host, routes: expected.map(key).toSorted()});
    }
  };

  it('the console, macs: as zebra of each version lists them', async () => {
    await checkMacs();
  });

  it('the console, routes: every path of every version\'s table', async () => {
    await checkRoutes(...vteps);
  });

  it('a VXLAN device without a local address: FRR 10.7.1 announces nothing of its VNI, the others do not mind; the console names either', async () => {
    const fault = 'vxlan-dev-no-local';
    const {there, back} = waysOf(lab.plan());
    const lost = new Map<string, number>();
    const terminal = consoleOfLab(lab);
    try {
      for (const [i, host] of vteps.entries()) {
        const stage = await applyFault(lab, fault, host);
        const {truth, wrong} = await truthOnce(lab, (seen) => wrongWays(fault, seen, stage));
        expect({host, wrong}).toEqual({host, wrong: []});
        lost.set(frr[i] as string, truth.ways.filter(({small}) => !small).length);
        const cause = frr[i] === '10.7.1' ? `versions.frr-vxlan-local@${host}` : `vxlan.local@${host}/2`;
        expect({host, surprises: await lastSurprises(async () => {
          const {diagnosis, traces} = await terminal.ask(questions(lab.plan()));
          return [...diagnosis.causes.filter(({id}) => id !== cause).map(({id, says}) => `besides: ${id} (${says})`), ...(diagnosis.causes.some(({id}) => id === cause) ? [] : [`${cause} is not named`]), ...traceSurprises(fault, stage, traces.ways, truth, traces.dark)];
        }, 30_000)}).toEqual({host, surprises: []});
        await undoFault(lab, fault);
        expect((await truthOnce(lab, brokenWays)).wrong).toEqual([]);
      }
    } finally {
      await terminal.close();
    }
    // To and from the VM of kvm4 in VNI 2: three other VMs, and the virtual router.
    expect([...lost]).toEqual([['7.5.1', 0], ['8.4.4', 0], ['10.3', 0], ['10.7.1', 8]]);
    expect(there.length + back.length).toBeGreaterThan(30);
  });

  it('a live migration from the oldest to the newest, and the console follows', async () => {
    const vm = lab.plan().vms.find((candidate) => candidate.host === 'kvm1' && candidate.vni === 2)!;
    const watch = lab.exec('vm2', `ping -q -n -i 0.02 -c 150 -W 1 ${vm.address}`);
    await lab.migrate(vm.name, 'kvm4');
    await lab.converge();
    const lost = Number(/, ([\d.]+)% packet loss/.exec((await watch).stdout)?.[1]);
    expect(lost).toBeLessThan(30);
    await until('kvm1 knows it behind kvm4', async () => (await evpnMacs(lab, 'kvm1')).some((line) => line.mac === vm.mac && line.where === '192.168.0.5'));
    expect(await broken(lab)).toEqual({tried: 24, broken: []});
    expect((await checkMacs()).find((item) => item.mac === vm.mac)).toMatchObject({localAt: ['kvm4']});
    await checkRoutes('kvm4');
  });

  it('the console leaves no history on any host', async () => {
    await consoleGet(lab, 'vnis');
    for (const host of vteps) {
      await evpnVnis(lab, host); // this file's own questions are there, in their text forms
      const history = await sh(lab, host, 'cat /root/.history_frr');
      expect([host, history]).toEqual([host, expect.stringContaining('show evpn vni')]);
      expect([host, history.includes('json')]).toEqual([host, false]);
    }
  });
});
