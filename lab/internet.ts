import {machineOf} from './plan.ts';
import type {Plan, PublicNetwork} from './plan.ts';
import {namespaceFile} from './namespaces.ts';
import {plugPublicly} from './public-bridge.ts';
import {ipBatch, run} from './run.ts';

/**
 * The namespaces of machines, and the internet between them: a bridge for each public network. With several of them
 * the internet's namespace routes. Each device is born where it belongs: never in the root namespace.
 */
export const layCables = async (plan: Plan): Promise<void> => {
  const {internetNamespace: internet, ops, publicNetworks} = plan;
  const [first] = publicNetworks as [PublicNetwork];
  const bridgeOf = (gateway: string | undefined): string => (publicNetworks.find(network => network.gateway === gateway) ?? first).bridge;
  const ends = [
    // The virtual router is a VM: its cable ends at its hypervisor.
    ...plan.machines.filter(m => m.role !== 'router').map(m => ({name: m.name, namespace: m.namespace, bridge: bridgeOf(m.publicGateway)})),
    {name: 'ops', namespace: ops.namespace, bridge: first.bridge},
  ];
  await ipBatch([
    `netns add ${internet}`,
    ...ends.flatMap(end => [
      `netns add ${end.namespace}`,
      `link add name ${end.name} netns ${internet} type veth peer name eth0 netns ${end.namespace}`,
    ]),
    `netns add ${machineOf(plan, plan.router.name).namespace}`,
  ]);
  const routed = publicNetworks.length > 1;
  await Promise.all([
    ipBatch([
      ...publicNetworks.flatMap(({bridge, gateway}) => [
        `link add ${bridge} type bridge`, ...(routed ? [`address add ${gateway}/24 dev ${bridge}`] : []), `link set ${bridge} up`,
      ]),
      ...ends.flatMap(end => [`link set ${end.name} master ${end.bridge}`, `link set ${end.name} up`]),
    ], internet),
    ipBatch([
      'link set lo up', `address add ${ops.address}/24 dev eth0`, 'link set eth0 up', ...(routed ? [`route add default via ${first.gateway}`] : []),
    ], ops.namespace),
    ...(routed ? [run(['nsenter', `--net=${namespaceFile(internet)}`, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward'])] : []),
  ]);
  if (!plan.router.absent) await plugPublicly(plan, plan.router.host);
};
