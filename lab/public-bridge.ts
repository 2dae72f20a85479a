import {namespaceFile} from './namespaces.ts';
import {machineOf} from './plan.ts';
import type {Plan, PublicNetwork} from './plan.ts';
import {ipBatch, run} from './run.ts';

/** The bridge of a hypervisor's public NICs, as OpenNebula's public network names it. */
export const publicBridgeName = 'br0';
/** The hypervisor's second cable to the public network. Its own addresses stay on eth0. */
const uplink = 'eth1';
/** The other end of that cable, in the internet's namespace. */
export const uplinkOf = (host: string): string => `${host}-${publicBridgeName}`;

/** The bridge in the internet's namespace that the router's public address belongs to: that of the first edge. */
const internetBridge = (plan: Plan): string => (plan.publicNetworks[0] as PublicNetwork).bridge;

/** Makes the public bridge of a hypervisor, with a cable of its own to the internet. What is there already stays. */
const publicBridge = async (plan: Plan, host: string): Promise<void> => {
  const {namespace} = machineOf(plan, host);
  const present = await run(['ip', '-n', namespace, '-o', 'link', 'show', 'type', 'bridge']);
  if (present.includes(` ${publicBridgeName}: `)) return;
  await ipBatch([`link add name ${uplinkOf(host)} netns ${plan.internetNamespace} type veth peer name ${uplink} netns ${namespace}`]);
  await Promise.all([
    ipBatch([`link set ${uplinkOf(host)} master ${internetBridge(plan)}`, `link set ${uplinkOf(host)} up`], plan.internetNamespace),
    ipBatch([`link add ${publicBridgeName} type bridge`, `link set ${uplink} master ${publicBridgeName}`], namespace),
  ]);
  // The host is in that network twice: only eth0 may answer for its address.
  await run(['nsenter', `--net=${namespaceFile(namespace)}`, 'sh', '-c', `echo 1 >/proc/sys/net/ipv4/conf/${publicBridgeName}/arp_ignore`]);
  await ipBatch([`link set ${publicBridgeName} up`, `link set ${uplink} up`], namespace);
};

/** Plugs the virtual router's first NIC, its eth0, into the public bridge of a hypervisor, which is made if need be. */
export const plugPublicly = async (plan: Plan, host: string): Promise<void> => {
  const {router} = plan;
  const {namespace} = machineOf(plan, host);
  await publicBridge(plan, host);
  await ipBatch([`link add name ${router.publicTap} netns ${namespace} type veth peer name eth0 netns ${machineOf(plan, router.name).namespace} address ${router.publicMac}`]);
  await ipBatch([`link set ${router.publicTap} master ${publicBridgeName}`, `link set ${router.publicTap} up`], namespace);
};
