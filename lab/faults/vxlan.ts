import {bridgeOf, guestMtu, machineOf, vxlanOf, vxlanPort} from '../plan.ts';
import {segmentUp} from '../vxlan.ts';
import {both, breaks, breaksNothing, crossing, fromTarget, full, inNetwork, touching} from './expectations.ts';
import type {LabFault, Stage} from './fault.ts';
import {dropRule, undropRule} from './filter.ts';
import {must, onTarget, underlayOf, vniOn} from './inside.ts';

interface Network {
  readonly vni: number;
  readonly device: string;
  readonly bridge: string;
  readonly local: string;
  readonly publicAddress: string;
}

const networkOf = ({plan, target}: Stage): Network => {
  const vni = vniOn(plan, target);
  return {vni, device: vxlanOf(vni), bridge: bridgeOf(vni), local: underlayOf(plan, target), publicAddress: machineOf(plan, target).publicAddress};
};

const does = (command: (network: Network) => string) => async (stage: Stage): Promise<void> => void await onTarget(stage, `set -e\n${command(networkOf(stage))}`);

/** The device made again with other options than the driver's. */
const made = (options: (network: Network) => string) => does(network => `
  ip link del ${network.device}
  ip link add ${network.device} mtu ${guestMtu} type vxlan ${options(network)}
  ip link set ${network.device} up
  ip link set ${network.device} master ${network.bridge}`);

/** The device made again as the driver makes it. */
const remade = async (stage: Stage): Promise<void> => {
  const {device, vni} = networkOf(stage);
  await onTarget(stage, `ip link del ${device} 2>/dev/null; ${segmentUp(machineOf(stage.plan, stage.target), vni)}`);
};

const flushPaths = async ({lab, plan}: Stage): Promise<void> =>
  void await Promise.all([...plan.vms, plan.router].map(({name}) => must(lab, name, 'ip route flush cache')));

const cut = breaks(inNetwork(crossing));
const port = `-i wg0 -p udp --dport ${vxlanPort}`;

export const vxlan: readonly LabFault[] = [
  {name: 'vxlan-gone', apply: does(({device}) => `ip link del ${device}`), undo: remade, expects: cut},
  {name: 'vxlan-down', apply: does(({device}) => `ip link set ${device} down`), undo: does(({device}) => `ip link set ${device} up`), expects: cut},
  {
    name: 'vxlan-unenslaved',
    apply: does(({device}) => `ip link set ${device} nomaster`),
    undo: does(({device, bridge}) => `ip link set ${device} master ${bridge}`),
    expects: cut,
  },
  {name: 'vxlan-wrong-vni', apply: made(n => `id ${n.vni + 4000} ttl 16 local ${n.local} dstport ${vxlanPort} nolearning`), undo: remade, expects: cut},
  {name: 'vxlan-port-8472', apply: made(n => `id ${n.vni} ttl 16 local ${n.local} dstport 8472 nolearning`), undo: remade, expects: cut},
  {name: 'vxlan-learning', apply: made(n => `id ${n.vni} ttl 16 local ${n.local} dstport ${vxlanPort} learning`), undo: remade, expects: breaksNothing},
  {name: 'vxlan-wrong-local', apply: made(n => `id ${n.vni} ttl 16 local ${n.publicAddress} dstport ${vxlanPort} nolearning`), undo: remade, expects: cut},
  {
    name: 'vxlan-mtu',
    apply: does(({device}) => `ip link set ${device} mtu 1280`),
    undo: async stage => {
      await does(({device}) => `ip link set ${device} mtu ${guestMtu}`)(stage);
      await flushPaths(stage);
    },
    expects: breaks(full(both(inNetwork(crossing), fromTarget))),
  },
  {name: 'bridge-down', apply: does(({bridge}) => `ip link set ${bridge} down`), undo: does(({bridge}) => `ip link set ${bridge} up`), expects: breaks(inNetwork(touching))},
  {
    name: 'vxlan-port-dropped',
    apply: does(() => dropRule(port)),
    undo: async stage => void await onTarget(stage, undropRule(port)),
    expects: breaks(crossing),
  },
  {
    name: 'vxlan-dev-no-local',
    // Made on whatever version is there, which is remembered.
    apply: async stage => {
      stage.remember(/FRRouting (\S+)/.exec(await onTarget(stage, "env HOME=/dev/null vtysh -c 'show version'"))?.[1] ?? '');
      await made(n => `id ${n.vni} ttl 16 dev wg0 dstport ${vxlanPort} nolearning`)(stage);
    },
    undo: remade,
    // FRR 7.5 to 10.5 take the VTEP address for 0.0.0.0 and all is well; 10.6 and 10.7 tell bgpd nothing of such a VNI.
    expects: (way, size, stage) => (/^10\.[67]\./.test(stage.note ?? '') ? cut : breaksNothing)(way, size, stage),
  },
];
