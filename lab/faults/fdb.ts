import {asNumber, bridgeOf, guestMtu, macOf, machineOf, namespacePrefix, vxlanOf} from '../plan.ts';
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
  // IPv6 would speak for itself, to everybody.
  await must(stage.lab, 'ops', inIntruder(stage, 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; for d in /proc/sys/net/ipv6/conf/*; do echo 1 >$d/disable_ipv6; done'));
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

/** Some hypervisor has counted more moves of a MAC than duplicate-address detection lets pass: five within 180 s. */
const flagged = async ({lab, plan}: Stage, vni: number, mac: string): Promise<boolean> => (await Promise.all(hypervisors(plan).map(async ({name}) =>
  (await lab.exec(name, `env HOME=/dev/null vtysh -d zebra -c 'show evpn mac vni ${vni} duplicate'`)).stdout.includes(mac)))).includes(true);

/** The MAC is learnt here and there in turn, until it counts as a duplicate. */
const moveUntilFlagged = async (stage: Stage, vni: number, mac: string, turns: readonly (() => Promise<unknown>)[]): Promise<void> => {
  const end = performance.now() + moveLimitMs;
  // Every second move counts, at either end; before the fifth there is nothing to see.
  for (let i = 0; i < 5 || !await flagged(stage, vni, mac); i++) {
    if (performance.now() > end) throw new Error(`${mac} was not found to be a duplicate within ${moveLimitMs} ms`);
    await (turns[i % turns.length] as () => Promise<unknown>)();
    await pause();
  }
};
/** For the overlay to follow, as long as BGP takes: a MAC that is back before that has not moved. */
const pause = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 250));

/**
 * A frame from `device` that only its own bridge sees: to the MAC of that bridge. What is flooded would come out of the
 * VXLAN device of the others, whose bridges would learn from it before BGP tells them: for FRR that is a MAC that has
 * gone, and one that comes, and no move. `stranger`: an address in a network of the device that nobody has.
 */
const whisper = async ({lab, plan}: Stage, vni: number, host: string, device: string, stranger: string): Promise<string> => {
  const address = (await must(lab, machineOf(plan, host).name, `cat /sys/class/net/${bridgeOf(vni)}/address`)).trim();
  return `ip neigh replace ${stranger} lladdr ${address} dev ${device}; timeout 0.1 ping -q -c 1 ${stranger} >/dev/null 2>&1; ip neigh del ${stranger} dev ${device}`;
};

/** From any network namespace into a VM's. */
const inVm = (vm: Vm, command: string): string => `nsenter --net=/run/netns/${vm.namespace} -- sh -c "${command}"`;

/** Turn after turn, on and on, until the processes of the intruder's namespace are ended. */
const keepMoving = ({lab}: Stage, space: string, turns: readonly string[]): Promise<unknown> =>
  must(lab, 'ops', `nsenter --net=/run/netns/${space} -- sh -c '(while :; do ${turns.map(turn => `${turn}; sleep 0.4`).join('; ')}; done) </dev/null >/dev/null 2>&1 &'`);

/**
 * The victim's MAC and address at the target too. Both speak in turn, and so it moves: on and on, since FRR forgets what it
 * has counted when a flooded frame makes a bridge learn the MAC from the VXLAN device.
 */
const duplicate = async (stage: Stage): Promise<void> => {
  const {lab, plan, target} = stage;
  const victim = victimOf(stage);
  await plugIn(stage, victim.mac, [target]);
  await ipBatch([`address add ${victim.address}/24 dev eth0`, `route add default via ${victim.gateway}`], guestSpace(stage));
  const stranger = victim.address.replace(/\d+$/, '253');
  const [here, there] = [await whisper(stage, victim.vni, target, 'eth0', stranger), await whisper(stage, victim.vni, hostOf(plan, victim.name), 'eth0', stranger)];
  await moveUntilFlagged(stage, victim.vni, victim.mac, [() => must(lab, 'ops', inIntruder(stage, here)), () => must(lab, victim.name, there)]);
  await keepMoving(stage, guestSpace(stage), [here, inVm(victim, there)]);
};

const separate = async (stage: Stage): Promise<void> => {
  const victim = victimOf(stage);
  await depart(stage, victim.mac, [stage.target]);
  await belongsAgain(stage, victim);
};

/** The intruder falls silent, is no duplicate any more, and goes: FRR 8.4 may keep announcing a MAC that goes as a duplicate. */
const depart = async (stage: Stage, mac: string, hosts: readonly string[]): Promise<void> => {
  if ((await stage.lab.exec('ops', `[ -e /run/netns/${guestSpace(stage)} ]`)).code === 0) await endProcesses([guestSpace(stage)]);
  await clearDuplicates(stage);
  await plugOut(stage, hosts);
  await Promise.all(hosts.map(host => until(stage.lab, host, `${mac} is withdrawn`,
    `! env HOME=/dev/null vtysh -d bgpd -c 'show bgp l2vpn evpn route type macip' | grep -F -A 1 '[${mac}]' | grep -qw '${underlayOf(stage.plan, host)}'`, 2)
    .catch(() => must(stage.lab, host, restartBgpd))));
};

const onHypervisors = async ({lab, plan}: Stage, command: string): Promise<void> => void await Promise.all(hypervisors(plan).map(({name}) => lab.exec(name, command)));
const clearDuplicates = (stage: Stage): Promise<void> => onHypervisors(stage, "env HOME=/dev/null vtysh -c 'clear evpn dup-addr vni all'");

const unknownToZebra = (vni: number, mac: string): string => `env HOME=/dev/null vtysh -d zebra -c 'show evpn mac vni ${vni} mac ${mac}' | grep -q 'not exist'`;

/** A guest that is no more: once zebra knows nothing of its MAC, what the kernel still has is left over, and nobody takes it away. */
const forget = async ({lab, plan}: Stage, vni: number, mac: string): Promise<void> => {
  const device = vxlanOf(vni);
  await Promise.all(hypervisors(plan).map(({name}) => until(lab, name, `zebra has forgotten ${mac}`, unknownToZebra(vni, mac))));
  await Promise.all(hypervisors(plan).map(({name}) => until(lab, name, `the kernel has forgotten ${mac}`, `
    ! bridge fdb show dev ${device} | grep -q '^${mac} ' || { bridge fdb del ${mac} dev ${device} self; bridge fdb del ${mac} dev ${device} master; false; }`)));
};

/** zebra of some hypervisor holds moves of the MAC against it: it drops the count with the MAC, or with the flag that the count led to. */
const movesCounted = async ({lab, plan}: Stage, vni: number, mac: string): Promise<boolean> => (await Promise.all(hypervisors(plan).map(async ({name}) =>
  (await lab.exec(name, `env HOME=/dev/null vtysh -d zebra -c 'show evpn mac vni ${vni} mac ${mac}'`)).stdout.includes('Duplicate')))).includes(true);

/**
 * The VM speaks until all VTEPs have its MAC where it is, and none has moves of it on its books. A count that led to no
 * flag cannot be cleared, and outlives its window; so the VM's own bridge forgets the MAC: it is withdrawn and is nobody's.
 */
const belongsAgain = async (stage: Stage, vm: Vm): Promise<void> => {
  const {lab} = stage;
  const well = await poll(async () => {
    await must(lab, vm.name, speak(vm.address));
    if ((await strays(lab)).some(stray => stray.includes(vm.mac))) return undefined;
    if (!await movesCounted(stage, vm.vni, vm.mac)) return true;
    await lab.exec(vm.host, `bridge fdb del ${vm.mac} dev ${vm.tap} master`);
    await Promise.all(hypervisors(stage.plan).map(({name}) => until(lab, name, `${vm.mac} is withdrawn`, unknownToZebra(vm.vni, vm.mac), 1).catch(() => undefined))); // or the VM has spoken
    return undefined;
  }, moveLimitMs, 100);
  if (!well) throw new Error(`${vm.name}: its MAC is not where it belongs, or zebra still counts moves of it, after ${moveLimitMs} ms`);
};

const router = `router bgp ${asNumber}`;
const evpn = 'address-family l2vpn evpn';

/** Whose MAC it is; it speaks with others. */
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
    name: 'mac-frozen',
    apply: async stage => {
      await onHypervisors(stage, configure(router, evpn, 'dup-addr-detection freeze permanent'));
      await duplicate(stage);
    },
    undo: async stage => {
      await onHypervisors(stage, configure(router, evpn, 'no dup-addr-detection freeze permanent'));
      await separate(stage);
    },
    expects: unsettles(withEnd(victimName)),
  },
  {
    name: 'mac-flapping',
    apply: async stage => {
      const {plan, target} = stage;
      const vni = vniOn(plan, target);
      const hosts = [target, otherThan(plan, target).name];
      await plugIn(stage, macOf(roamer), hosts);
      await ipBatch(hosts.map((_, i) => `address add 172.31.${i}.1/24 dev eth${i}`), guestSpace(stage));
      const turns = await Promise.all(hosts.map((host, i) => whisper(stage, vni, host, `eth${i}`, `172.31.${i}.2`)));
      await moveUntilFlagged(stage, vni, macOf(roamer), turns.map(turn => () => must(stage.lab, 'ops', inIntruder(stage, turn))));
      await keepMoving(stage, guestSpace(stage), turns);
    },
    undo: async stage => {
      await depart(stage, macOf(roamer), [stage.target, otherThan(stage.plan, stage.target).name]);
      await forget(stage, vniOn(stage.plan, stage.target), macOf(roamer));
    },
    expects: breaksNothing,
  },
];
