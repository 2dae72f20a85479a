/** MTU of VXLAN devices and their bridges: within the underlay, alike in a VNI. */
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import {carriageOf, majority, onVni, places, underlayDevice, withoutLinks, type Place} from './vxlan-view.ts';

/** VXLAN adds 8 bytes, UDP 8, the inner Ethernet header 14, and IPv4 20 or IPv6 40. */
const overhead = ({device}: Place): number => (device.vxlan.local?.includes(':') ? 70 : 50);

const sends = (place: Place): readonly string[] => carriageOf(place).filter((name) => name.startsWith(`carriage ${place.host}>`));

export const fits: Check = {
  id: 'mtu.vxlan',
  family: 'mtu',
  title: 'VXLAN frames fit into the underlay: MTU of the VXLAN device at most that of the underlay less 50',
  explanation: 'VXLAN adds 50 bytes over IPv4, 70 over IPv6: over wg0 with 1420 the device has at most 1370. A device made with `local` gets any MTU that it is given (OpenNebula: 1500 unless the network has MTU), and larger frames are then silently lost: connections are made and hang.',
  remedy: 'Set MTU (and GUEST_MTU) of the network to the MTU of the underlay less 50; ip link set DEVICE mtu MTU.',
  origin: 'RFC 7348 4.3; NetQ check mtu: VLAN interface',
  holdS: 0,
  run(view, out) {
    withoutLinks(view, out);
    for (const place of places(view)) {
      const {host, vni, device} = place;
      const under = device.vxlan.device ?? underlayDevice(view, place);
      const lower = view.links(host)?.get(under);
      if (!lower) continue; // wireguard.interface, vxlan.up
      const room = lower.mtu - overhead(place);
      if (device.mtu <= room) out.pass(() => onVni(host, vni));
      else out.fail({
        subject: onVni(host, vni),
        says: `${device.name} of ${host} has MTU ${device.mtu}, over ${under} (${lower.mtu}) at most ${room} fit`,
        evidence: [{text: `${device.name} of ${host}: mtu ${device.mtu}; ${under}: mtu ${lower.mtu}, less ${overhead(place)} for VXLAN: ${room}`, stamp: view.stamp(host, 'ip.links')}],
        remedy: {text: `Set it to ${room}, and MTU and GUEST_MTU of the network too; guests must follow`, command: {host, script: `ip link set ${device.name} mtu ${room}`}},
        breaks: sends(place),
        needs: [node.mtu(host), node.underlay(host)],
      });
    }
  },
};

export const segment: Check = {
  id: 'mtu.segment',
  family: 'mtu',
  title: 'The VXLAN devices of a VNI have one MTU on all hosts',
  explanation: 'Guests of one network believe in one MTU. A host whose device has less drops the full frames that its guests send. Where the hosts differ, the one is wrong that is not what the network says (MTU), or what most others have; all alike is right.',
  remedy: 'ip link set DEVICE mtu MTU; MTU of the network for the devices that OpenNebula makes from now on.',
  origin: 'NetQ check mtu: Link MTU Consistency; OpenNebula VNET/MTU',
  holdS: 0,
  run(view, out) {
    withoutLinks(view, out);
    for (const [vni, some] of Map.groupBy(places(view), (place) => place.vni)) {
      const values = new Set(some.map(({device}) => device.mtu));
      const wish = some[0]?.segment.vnet?.mtu;
      const right = values.size === 1 ? [...values][0]! : (wish !== undefined && values.has(wish) ? wish : (majority(some.map(({device}) => device.mtu)) ?? Math.max(...values)));
      for (const place of some) {
        const {host, device} = place;
        if (device.mtu === right) {
          out.pass(() => onVni(host, vni));
          continue;
        }
        out.fail({
          subject: onVni(host, vni),
          says: `${device.name} of ${host} has MTU ${device.mtu}, VNI ${vni} has ${right} elsewhere`,
          evidence: [{text: `${device.name} of ${host}: mtu ${device.mtu}`, stamp: place.on.stamp}, ...some.filter((one) => one.device.mtu === right).slice(0, 3).map((one) => ({text: `${one.device.name} of ${one.host}: mtu ${right}`, stamp: one.on.stamp})), ...(wish === undefined ? [] : [{text: `network: MTU ${wish}`, stamp: view.cloudStamp('one.vnets')}])],
          remedy: {text: `Set it to ${right}`, command: {host, script: `ip link set ${device.name} mtu ${right}`}},
          breaks: [node.device(host, vni), ...sends(place)],
          needs: [node.mtu(host)],
        });
      }
    }
  },
};

export const bridge: Check = {
  id: 'mtu.bridge',
  family: 'mtu',
  title: 'A bridge carries what its ports carry',
  explanation: 'Linux gives a bridge the smallest MTU of its ports unless somebody has set it. A bridge below its smallest port was set by hand, and the host\'s own packets and newly plugged taps (libvirt copies the bridge\'s MTU) are cut to it.',
  remedy: 'ip link set BRIDGE mtu MTU.',
  origin: 'NetQ check mtu: Bridge interface',
  holdS: 0,
  run(view, out) {
    withoutLinks(view, out);
    for (const {host, vni, device, on} of places(view)) {
      if (!on.bridge) continue;
      const ports = [device, ...on.ports.flatMap((name) => view.links(host)?.get(name) ?? [])];
      const least = Math.min(...ports.map(({mtu}) => mtu));
      if (on.bridge.mtu >= least) out.pass(() => onVni(host, vni));
      else out.warn({
        subject: onVni(host, vni),
        says: `${on.bridge.name} of ${host} has MTU ${on.bridge.mtu}, its ports at least ${least}`,
        evidence: [{text: `${on.bridge.name} of ${host}: mtu ${on.bridge.mtu}; ${ports.map(({name, mtu}) => `${name} ${mtu}`).join(', ')}`, stamp: on.stamp}],
        remedy: {text: `Set it to ${least}`, command: {host, script: `ip link set ${on.bridge.name} mtu ${least}`}},
        needs: [node.device(host, vni)],
      });
    }
  },
};
