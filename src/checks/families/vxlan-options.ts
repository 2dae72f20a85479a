/** Options of VXLAN devices that must be alike, or off: the UDP port, learning. */
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import {remaking} from './vxlan-commands.ts';
import {carriageOf, isEvpn, majority, onVni, places, withoutLinks, type Place} from './vxlan-view.ts';

const portOf = ({device}: Place): number => device.vxlan.port;

const port: Check = {
  id: 'vxlan.port',
  family: 'vxlan',
  title: 'All VXLAN devices of a VNI use one UDP port',
  explanation: 'Linux uses 8472 unless dstport is given, the standard is 4789. EVPN does not announce the port: VTEPs with different ports exchange routes perfectly and pass no traffic. Where they differ, the one is wrong that is not what IP_LINK_CONF of the network says, or what most others have. All alike is right, whatever it is.',
  remedy: 'Set dstport=4789 in IP_LINK_CONF of the network, delete the device that differs and make it again.',
  origin: 'RFC 7348; ANTA VerifyVxlan1ConnSettings (UDP port)',
  holdS: 0,
  run(view, out) {
    withoutLinks(view, out);
    const all = places(view);
    const overall = majority(all.map(portOf));
    for (const [vni, some] of Map.groupBy(all, (place) => place.vni)) {
      const ports = new Set(some.map(portOf));
      if (ports.size === 1) {
        for (const {host} of some) out.pass(() => onVni(host, vni));
        continue;
      }
      const said = /(?:^|,)\s*dstport\s*=\s*(\d+)/.exec(some[0]!.segment.vnet?.ipLinkConf ?? '')?.[1];
      const right = said === undefined ? (majority(some.map(portOf)) ?? overall) : Number(said);
      const why = said === undefined ? 'as most have' : 'as IP_LINK_CONF of the network says';
      const seen = some.map((place) => ({text: `${place.device.name} of ${place.host}: UDP ${portOf(place)}`, stamp: place.on.stamp}));
      if (right === undefined) out.fail({
        subject: {id: `vni ${vni}`, label: `VNI ${vni}`, hosts: some.map(({host}) => host), rows: some.map(({host}) => ({resource: 'vnis', id: `${host}/${vni}`}))},
        says: `VNI ${vni} uses UDP ${[...ports].join(' and ')} on different hosts`,
        evidence: seen,
        remedy: {text: 'Set dstport in IP_LINK_CONF of the network, and make the devices again'},
        breaks: some.flatMap(carriageOf),
      });
      else for (const place of some) {
        if (portOf(place) === right) out.pass(() => onVni(place.host, vni));
        else out.fail({
          subject: onVni(place.host, vni),
          says: `${place.device.name} of ${place.host} uses UDP ${portOf(place)}, the others ${right}`,
          evidence: [...seen.filter((_, at) => some[at] === place || portOf(some[at]!) === right).slice(0, 5), {text: `expected ${right}, ${why}`}],
          remedy: {text: `Delete ${place.device.name} and make it again with dstport ${right}: the port of a device cannot be changed. OpenNebula makes it when the VMs of the network are migrated away and back`, command: {host: place.host, script: remaking(place.device, {port: right})}},
          breaks: carriageOf(place),
        });
      }
    }
  },
};

const learning: Check = {
  id: 'vxlan.learning',
  family: 'vxlan',
  title: 'VXLAN devices of EVPN networks do not learn by themselves',
  explanation: 'EVPN says where a MAC is. A device that also learns from the frames it gets keeps entries of its own, which stay behind when a VM moves. Nothing is lost until then. `nolearning` without `=` in IP_LINK_CONF is silently dropped by OpenNebula.',
  remedy: 'Write nolearning= in IP_LINK_CONF of the network; ip link set DEVICE type vxlan nolearning.',
  origin: 'NetQ check evpn: EVPN Session (learning disabled on the tunnel interface); FRR EVPN documentation',
  holdS: 0,
  run(view, out) {
    withoutLinks(view, out);
    for (const place of places(view)) {
      if (!isEvpn(place)) continue;
      const {host, vni, device, on, segment} = place;
      if (!device.vxlan.learning) {
        out.pass(() => onVni(host, vni));
        continue;
      }
      out.warn({
        subject: onVni(host, vni),
        says: `${device.name} of ${host} learns by itself`,
        evidence: [{text: `${device.name} of ${host}: learning on; expected off${segment.vnet?.ipLinkConf === undefined ? '' : `, IP_LINK_CONF of the network: ${segment.vnet.ipLinkConf}`}`, stamp: on.stamp}],
        remedy: {text: 'Switch it off', command: {host, script: `ip link set ${device.name} type vxlan nolearning`}},
        breaks: [node.device(host, vni)],
      });
    }
  },
};

export const options: readonly Check[] = [port, learning];
