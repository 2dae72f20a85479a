/** `one.evpn-network`: a virtual network for EVPN, its first lease kept for the router. `one.vn.allocate`, `one.vn.hold`. */
import {dotted} from '../../actions/network/addresses.ts';
import type {StepFunction} from '../model.ts';
import {attribute, dataOf, deletedOf, freshly, heldOf, madeOf, opposite, pool, shown, takingBack} from './cloud.ts';
import {networkOf, numberOf, textOf} from './words.ts';

/** VXLAN over IPv4: 14 of Ethernet, 20 of IP, 8 of UDP, 8 of VXLAN. */
const overhead = 50;

export const evpnNetwork: StepFunction = {
  name: 'one.evpn-network',
  description: 'a virtual network with VXLAN in evpn mode, MTU computed from the underlay, the first lease kept for the router',
  with: {
    name: {description: 'name of the network', required: true}, subnet: {description: '"172.17.2.0/24"', required: true}, device: {description: 'PHYDEV, "wg0"'},
    size: {description: 'number of leases'}, vni: {description: 'default: OpenNebula chooses'}, port: {description: 'UDP port of VXLAN, 4789'}, dns: {description: 'for the guests'},
    mtu: {description: 'default: that of the underlay, less 50'},
  },
  work: async (ctx, call) => {
    const values = call.with;
    const fabric = await freshly(ctx, 'one.vnets');
    const [name, device] = [textOf(values, 'name'), textOf(values, 'device', 'wg0')];
    const subnet = networkOf(textOf(values, 'subnet'));
    const [base, gateway, size] = [dotted(subnet.base), dotted(subnet.base + 1), numberOf(values, 'size', Math.min(250, 2 ** (32 - subnet.length) - 2))];
    const vteps = [...fabric.hosts.values()].filter(({spec}) => spec.roles.includes('vtep'));
    await ctx.reread(vteps.map(({spec}) => ({source: spec.name, probes: ['ip.links']})));
    const under = vteps.map(({spec}) => ctx.fabric().hosts.get(spec.name)?.readings['ip.links']?.value?.find((link) => link.name === device)?.mtu);
    const given = textOf(values, 'mtu');
    if (given === '' && (under.length === 0 || under.includes(undefined))) throw new Error(`the MTU of ${device} is not known on every hypervisor (${vteps.map(({spec}, i) => `${spec.name}: ${under[i] ?? '?'}`).join(', ')}): run wireguard-mesh first, or give mtu`);
    const mtu = given === '' ? Math.min(...under.flatMap((one) => one ?? [])) - overhead : numberOf(values, 'mtu', 0);
    const found = pool(fabric, 'one.vnets').find((net) => net.name === name);
    if (found) {
      const wrong = [
        ...(found.vnMad === 'vxlan' && found.vxlanMode === 'evpn' ? [] : ['it is no VXLAN network in evpn mode']), ...(found.physicalDevice === device ? [] : [`its PHYDEV is ${found.physicalDevice ?? 'not set'}`]),
        ...(found.guestMtu === undefined || found.guestMtu <= mtu ? [] : [`its GUEST_MTU ${found.guestMtu} is more than the ${mtu} that fit`]),
        ...(/(^|,)nolearning=/.test(found.ipLinkConf ?? '') ? [] : ['IP_LINK_CONF has no "nolearning=" (without the = the driver drops it)']),
      ];
      if (wrong.length > 0) throw new Error(`network ${name} (${found.id}) is there, and ${wrong.join('; ')}: change it by hand, its VMs keep what they were given`);
      return [{id: name, already: `network ${name} is there: ${found.id}, VNI ${found.vlanId ?? '?'}, MTU ${found.mtu ?? '?'}`}];
    }
    const [vni, dns, port] = [textOf(values, 'vni'), textOf(values, 'dns'), numberOf(values, 'port', 4789)];
    const template = [
      attribute('NAME', name), 'VN_MAD="vxlan"', 'VXLAN_MODE="evpn"', 'VXLAN_TEP="local_ip"', attribute('PHYDEV', device),
      vni === '' ? 'AUTOMATIC_VLAN_ID="YES"' : attribute('VLAN_ID', numberOf(values, 'vni', 0)),
      attribute('IP_LINK_CONF', `nolearning=,dstport=${port}`), attribute('MTU', mtu), attribute('GUEST_MTU', mtu),
      attribute('NETWORK_ADDRESS', base), attribute('NETWORK_MASK', dotted(2 ** 32 - 2 ** (32 - subnet.length))), attribute('GATEWAY', gateway), ...(dns === '' ? [] : [attribute('DNS', dns)]),
      `AR=[${attribute('TYPE', 'IP4')},${attribute('IP', gateway)},${attribute('SIZE', size)}]`,
    ].join('\n');
    return [{
      id: name, data: {name, gateway},
      changes: `${template}\n(MTU: ${given === '' ? `${mtu + overhead} of ${device}, less ${overhead} for VXLAN` : 'as given'}; VXLAN_TEP=local_ip because FRR 10.6 and 10.7 announce nothing of a device without a local address)`,
      calls: [
        {id: 'make', title: `make network ${name}`, method: 'one.vn.allocate', args: [template, -1]},
        {id: 'keep', title: `keep ${gateway} for the router`, method: 'one.vn.hold', args: [{resultOf: `${name}.make`}, `LEASES=[${attribute('IP', gateway)}]`]},
      ],
    }];
  },
  done: async (ctx, _, step, data) => {
    const name = String(dataOf(data)['name']);
    if (step.id.endsWith('.make')) return madeOf(ctx, 'one.vnets', name);
    if (step.id.endsWith('.delete')) return deletedOf(ctx, 'one.vnets', name);
    const held = await heldOf(ctx, (net) => net.name === name, String(dataOf(data)['gateway']));
    return step.id.endsWith('.release') ? opposite(held) : held;
  },
  verify: async (ctx, _, datas, undoing) => Promise.all(datas.flatMap((data) => {
    const name = dataOf(data)['name'];
    return typeof name !== 'string' ? [] : [shown(ctx, `network ${name}`, ['one.vnets'], undoing ? `there is no network ${name}` : `network ${name} is there`, (fabric) => pool(fabric, 'one.vnets').some((net) => net.name === name) !== undoing)];
  })),
  undo: (_, run, datas) => Promise.resolve(takingBack(run, datas, (id, name, {gateway}) => [
    ...(run.done.includes(`${name}.keep`) ? [{id: 'release', title: 'release the kept lease', method: 'one.vn.release', args: [id, `LEASES=[${attribute('IP', String(gateway))}]`]}] : []),
    {id: 'delete', title: `delete network ${name}`, method: 'one.vn.delete', args: [id]},
  ])),
};
