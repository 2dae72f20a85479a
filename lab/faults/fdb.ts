import {asNumber, guestMtu, macOf, machineOf, namespacePrefix, vxlanOf} from '../plan.ts';
import type {Vm} from '../plan.ts';
import {endProcesses} from '../processes.ts';
import {ipBatch, poll} from '../run.ts';
import {enslave} from '../vm.ts';
import {both, breaks, breaksNothing, fromTarget, inNetwork, crossing, toOther, unsettles, withEnd} from './expectations.ts';
import {restartBgpd} from './daemons.ts';
import type {LabFault, Stage} from './fault.ts';
import {configure, hostOf, hypervisors, must, onTarget, otherThan, reflectorFor, underlayOf, until, vniOn} from './inside.ts';
import {strays} from './settle.ts';

const moveLimitMs = 15_000;
const moveLimitSeconds = 15;

/** The VM at the other end that the fault is about. */
const victimOf = ({plan, target}: Stage): Vm => {
  const vni = vniOn(plan, target);
  const victim = plan.vms.find(vm => vm.vni === vni && vm.host === otherThan(plan, target).name);
  if (!victim) throw new Error(`no VM of VNI ${vni} on ${otherThan(plan, target).name}`);
  return victim;
};
const victimName = (stage: Stage): string => victimOf(stage).name;

const put = (stage: Stage, vtep: string): string =>
  `bridge fdb replace ${victimOf(stage).mac} dev ${vxlanOf(victimOf(stage).vni)} dst ${vtep} self extern_learn`;

/** A VTEP that the VM is not on: another hypervisor, or else a machine that has no such network. */
const elsewhere = ({plan, target}: Stage): string => {
  const third = hypervisors(plan).find(machine => machine.name !== target && machine.name !== otherThan(plan, target).name);
  return underlayOf(plan, (third ?? reflectorFor(plan, target)).name);
};

/** A guest that only the fault knows: its namespace goes with the lab at the latest. */
const guestSpace = (stage: Stage): string => `${namespacePrefix(stage.lab.name)}intruder`;
const tapOf = (index: number): string => `one-90${index}-0`;

/** Plugs an intruder into hypervisors, one NIC each, all with one MAC. */
const plugIn = async (stage: Stage, mac: string, hosts: readonly string[]): Promise<void> => {
  const vni = vniOn(stage.plan, stage.target);
  const space = guestSpace(stage);
  await ipBatch([
    `netns add ${space}`,
    ...hosts.map((host, i) => `link add name ${tapOf(i)} netns ${machineOf(stage.plan, host).namespace} mtu ${guestMtu} type veth ` +
      `peer name eth${i} netns ${space} address ${mac} mtu ${guestMtu}`),
  ]);
  await Promise.all(hosts.map((host, i) => must(stage.lab, host, enslave(stage.plan, host, vni, tapOf(i)))));
  await ipBatch(['link set lo up', ...hosts.map((_, i) => `link set eth${i} up`)], space);
};

const plugOut = async (stage: Stage, hosts: readonly string[]): Promise<void> => {
  const space = guestSpace(stage);
  const {stdout} = await stage.lab.exec('ops', `ls /run/netns | grep -x ${space}`);
  if (stdout.trim() !== '') {
    await endProcesses([space]);
    await ipBatch([`netns del ${space}`]);
  }
  await Promise.all(hosts.map((host, i) => stage.lab.exec(host, `ip link del ${tapOf(i)} 2>/dev/null`)));
};

/** From any network namespace into the intruder's. */
const inIntruder = (stage: Stage, command: string): string => `nsenter --net=/run/netns/${guestSpace(stage)} -- sh -c '${command}'`;

/** One gratuitous ARP; arping by itself would wait a second for an answer. */
const speak = (address: string, device = 'eth0'): string => `{ timeout 0.1 arping -q -U -I ${device} ${address} || true; }`;

/** In whose table the moves of a MAC show: its mobility sequence climbs. */
const hasMoved = (stage: Stage, mac: string): Promise<void> => until(stage.lab, reflectorFor(stage.plan, stage.target).name, `${mac} has moved several times`,
  `env HOME=/dev/null vtysh -c 'show bgp l2vpn evpn route type macip' | grep -A 9 '${mac}' | grep -q 'MM:[2-9]'`, moveLimitSeconds);

/** The victim's MAC and address at the target too. Both speak in turn, and so it moves. */
const duplicate = async (stage: Stage): Promise<void> => {
  const {lab, target} = stage;
  const victim = victimOf(stage);
  await plugIn(stage, victim.mac, [target]);
  await ipBatch([`address add ${victim.address}/24 dev eth0`, `route add default via ${victim.gateway}`], guestSpace(stage));
  const chatter = (async () => {
    for (let turn = 0; turn < 6; turn++) {
      await must(lab, 'ops', inIntruder(stage, speak(victim.address)));
      await pause();
      await must(lab, victim.name, speak(victim.address));
      await pause();
    }
  })();
  await Promise.all([hasMoved(stage, victim.mac), chatter]);
};

/** Faster than the overlay follows, and FRR takes a move for a MAC that went and one that came. */
const pause = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 400));

const separate = async (stage: Stage): Promise<void> => {
  const {lab, plan, target} = stage;
  const victim = victimOf(stage);
  await plugOut(stage, [target]);
  await Promise.all(hypervisors(plan).map(({name}) => lab.exec(name, "env HOME=/dev/null vtysh -c 'clear evpn dup-addr vni all'")));
  await belongsAgain(stage, victim);
};

/** The VM speaks until all VTEPs have its MAC where it is. */
const belongsAgain = async ({lab}: Stage, vm: Vm): Promise<void> =>
  void await poll(async () => {
    await must(lab, vm.name, speak(vm.address));
    return (await strays(lab)).every(stray => !stray.includes(vm.mac)) || undefined;
  }, moveLimitMs, 100);

const router = `router bgp ${asNumber}`;
const evpn = 'address-family l2vpn evpn';

const roamer = '172.31.255.1';

export const fdb: readonly LabFault[] = [
  {
    name: 'fdb-stale',
    apply: async stage => void await onTarget(stage, put(stage, elsewhere(stage))),
    undo: async stage => void await onTarget(stage, put(stage, underlayOf(stage.plan, hostOf(stage.plan, victimName(stage))))),
    expects: breaks(both(inNetwork(crossing), withEnd(victimName))),
  },
  {
    name: 'fdb-missing-flood',
    // zebra puts back at once what is deleted by hand: only what it was never told of stays missing.
    apply: async stage => {
      const {lab, plan, target} = stage;
      const other = underlayOf(plan, otherThan(plan, target).name);
      await onTarget(stage, configure('route-map NO-FLOOD deny 10', `match evpn route-type multicast`, `match ip next-hop address ${other}`, 'exit',
        'route-map NO-FLOOD permit 20', 'exit', router, evpn, 'neighbor fabric route-map NO-FLOOD in'));
      await onTarget(stage, `env HOME=/dev/null vtysh -c 'clear bgp l2vpn evpn ${underlayOf(plan, reflectorFor(plan, target).name)} soft in'`);
      await until(lab, target, `no flood entry for ${other}`, `! bridge fdb show dev ${vxlanOf(vniOn(plan, target))} | grep -q '^00:00:00:00:00:00 dst ${other} '`);
    },
    undo: async stage => void await onTarget(stage, restartBgpd),
    // Who asks first is lost; who is asked has an answer, since the MAC itself is known.
    expects: breaks(both(toOther, fromTarget)),
  },
  {name: 'mac-duplicate', apply: duplicate, undo: separate, expects: unsettles(withEnd(victimName))},
  {
    name: 'mac-flapping',
    apply: async stage => {
      const {lab, plan, target} = stage;
      const hosts = [target, otherThan(plan, target).name];
      await plugIn(stage, macOf(roamer), hosts);
      await ipBatch([`address add ${roamer}/32 dev lo`], guestSpace(stage));
      await must(lab, 'ops', inIntruder(stage, `(while :; do ${hosts.map((_, i) => `${speak(roamer, `eth${i}`)}; sleep 0.4`).join('; ')}; done) </dev/null >/dev/null 2>&1 &`));
      await hasMoved(stage, macOf(roamer));
    },
    undo: async stage => {
      const hosts = [stage.target, otherThan(stage.plan, stage.target).name];
      await plugOut(stage, hosts);
      await Promise.all(hypervisors(stage.plan).map(({name}) => stage.lab.exec(name, "env HOME=/dev/null vtysh -c 'clear evpn dup-addr vni all'")));
    },
    expects: breaksNothing,
  },
];
