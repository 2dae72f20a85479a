import {machineOf, wireguardMtu, wireguardPort} from '../plan.ts';
import {ipBatch} from '../run.ts';
import {wireguardBoot} from '../wireguard.ts';
import {both, breaks, crossing, fromTarget, full, toOther} from './expectations.ts';
import type {LabFault, Stage} from './fault.ts';
import {dropRule, undropRule} from './filter.ts';
import {must, onTarget, otherThan, reflectorFor, underlayOf, until} from './inside.ts';
import {redial} from './settle.ts';

const wrongKey = 'AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=';
const nobody = {underlay: '192.168.0.99', public: '203.0.113.99'} as const;
const keepalive = 'persistent-keepalive 25';

const publicKey = async ({lab}: Stage, machine: string): Promise<string> => (await must(lab, machine, 'wg show wg0 public-key')).trim();
const endpoint = ({plan}: Stage, machine: string): string => `${machineOf(plan, machine).publicAddress}:${wireguardPort}`;

/** wg0 as its file has it, and nothing else. */
const asConfigured = "grep -Ev '^(Address|MTU) ' /etc/wireguard/wg0.conf | wg syncconf wg0 /dev/stdin";

/** Of a pair only one side dials at first (see wireguard.ts); then all of the configuration on both. */
const rejoin = async (stage: Stage, other: string): Promise<void> => {
  const {lab, target} = stage;
  await must(lab, target, asConfigured);
  await until(lab, target, `an answer from ${other} through WireGuard`, `ping -c 1 -w 1 -i 0.2 ${underlayOf(stage.plan, other)}`, 20);
  await must(lab, other, asConfigured);
};

const cable = (stage: Stage, machine: string, state: 'up' | 'down'): Promise<string> =>
  ipBatch([`link set ${machine} ${state}`], stage.plan.internetNamespace);

/** All peers answer through the underlay, and the session starts anew. */
const reconnected = async (stage: Stage): Promise<void> => {
  const {lab, plan, target} = stage;
  const peers = plan.machines.filter(m => m.underlayAddress !== undefined && m.name !== target);
  await Promise.all(peers.map(peer => until(lab, target, `an answer from ${peer.name} through WireGuard`, `ping -c 1 -w 1 -i 0.2 ${peer.underlayAddress}`, 20)));
  await redial(lab, target);
};

/** Changes wg0 of the target as regards the other hypervisor; gives its key. */
const onPeer = (change: (key: string, stage: Stage, other: string) => string | Promise<string>) => async (stage: Stage): Promise<void> => {
  const other = otherThan(stage.plan, stage.target).name;
  await onTarget(stage, await change(await publicKey(stage, other), stage, other));
};
const rejoinOther = (stage: Stage): Promise<void> => rejoin(stage, otherThan(stage.plan, stage.target).name);

export const underlay: readonly LabFault[] = [
  {
    name: 'host-unplugged',
    apply: async stage => {
      await cable(stage, stage.target, 'down');
      await until(stage.lab, stage.target, 'no carrier', "ip -o link show dev eth0 | grep -q NO-CARRIER");
    },
    undo: async stage => {
      await cable(stage, stage.target, 'up');
      await reconnected(stage);
    },
    expects: breaks(crossing),
  },
  {
    name: 'wg-down',
    apply: async stage => void await onTarget(stage, 'ip link set wg0 down'),
    undo: async stage => {
      await onTarget(stage, 'ip link set wg0 up');
      await reconnected(stage);
    },
    expects: breaks(crossing),
  },
  {
    name: 'wg-gone',
    apply: async stage => {
      await onTarget(stage, 'kill -KILL $(pidof wireguard-go)');
      await until(stage.lab, stage.target, 'wg0 is gone', '! ip link show dev wg0');
    },
    undo: async stage => {
      await onTarget(stage, `set -e
        if ! ip link show dev wg0 >/dev/null 2>&1; then
          rm -f /run/wireguard/wg0.sock
          ${wireguardBoot(machineOf(stage.plan, stage.target))}
        fi
        ${asConfigured}`);
      await reconnected(stage);
    },
    expects: breaks(crossing),
  },
  {
    name: 'wg-wrong-key',
    apply: onPeer((key, stage, other) => `wg set wg0 peer ${key} remove \
      peer ${wrongKey} endpoint ${endpoint(stage, other)} allowed-ips ${underlayOf(stage.plan, other)}/32 ${keepalive}`),
    undo: rejoinOther,
    expects: breaks(toOther),
  },
  {
    name: 'wg-wrong-allowed-ips',
    apply: onPeer(key => `wg set wg0 peer ${key} allowed-ips ${nobody.underlay}/32`),
    undo: rejoinOther,
    expects: breaks(toOther),
  },
  {
    name: 'wg-overlapping-allowed-ips',
    apply: onPeer(async (_, stage, other) => {
      const thief = reflectorFor(stage.plan, stage.target).name;
      return `wg set wg0 peer ${await publicKey(stage, thief)} allowed-ips ${underlayOf(stage.plan, thief)}/32,${underlayOf(stage.plan, other)}/32`;
    }),
    undo: rejoinOther,
    expects: breaks(toOther),
  },
  {
    name: 'wg-wrong-endpoint',
    apply: async stage => {
      const {lab, plan, target} = stage;
      const other = otherThan(plan, target).name;
      const [theirs, ours] = await Promise.all([publicKey(stage, other), publicKey(stage, target)]);
      // A peer keeps the endpoint that it last heard from: both sides must forget.
      await must(lab, other, `wg set wg0 peer ${ours} remove peer ${ours} allowed-ips ${underlayOf(plan, target)}/32`);
      await must(lab, target, `wg set wg0 peer ${theirs} remove \
        peer ${theirs} endpoint ${nobody.public}:${wireguardPort} allowed-ips ${underlayOf(plan, other)}/32 ${keepalive}`);
    },
    undo: rejoinOther,
    expects: breaks(toOther),
  },
  {
    name: 'wg-port-dropped',
    apply: async stage => void await onTarget(stage, dropRule(`-p udp --dport ${wireguardPort}`)),
    undo: async stage => {
      await onTarget(stage, undropRule(`-p udp --dport ${wireguardPort}`));
      await reconnected(stage);
    },
    expects: breaks(crossing),
  },
  {name: 'wg-peer-missing', apply: onPeer(key => `wg set wg0 peer ${key} remove`), undo: rejoinOther, expects: breaks(toOther)},
  {
    name: 'wg-mtu',
    apply: async stage => void await onTarget(stage, 'ip link set wg0 mtu 1280'),
    undo: async stage => {
      await onTarget(stage, `ip link set wg0 mtu ${wireguardMtu}\nip route flush cache`);
      // What the guests were told of the path, they would believe for ten minutes.
      await Promise.all([...stage.plan.vms, stage.plan.router].map(({name}) => must(stage.lab, name, 'ip route flush cache')));
    },
    expects: breaks(full(both(crossing, fromTarget))),
  },
];
