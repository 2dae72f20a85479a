/** What holds for each VXLAN device by itself: up, over its lower device, in its bridge, not learning, with the right source address. */
import type {Link} from '../../model/network.ts';
import type {Check, Said} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {remaking} from './vxlan-commands.ts';
import {isEvpn, onVni, places, underlayAddresses, underlayDevice, withoutLinks, type Place} from './vxlan-view.ts';

type Trouble = Omit<Said, 'subject' | 'breaks'>;

/** Each place passes or has one trouble, which breaks its device. */
const eachPlace = (judge: (view: View, place: Place) => Trouble | undefined, applies: (place: Place) => boolean = () => true): Check['run'] => (view, out) => {
  withoutLinks(view, out);
  for (const place of places(view)) {
    if (!applies(place)) continue;
    const trouble = judge(view, place);
    if (trouble) out.fail({...trouble, subject: onVni(place.host, place.vni), breaks: [node.device(place.host, place.vni)]});
    else out.pass(() => onVni(place.host, place.vni));
  }
};

const flags = (host: string, {name, flags: all, operState}: Link): string => `${name} of ${host}: flags ${all.join(',')}, state ${operState}`;

const up: Check = {
  id: 'vxlan.up',
  family: 'vxlan',
  title: 'VXLAN devices are up, over a device that exists',
  explanation: 'A VXLAN device that is down carries nothing, and zebra takes the VNI back from BGP. One made with `dev` needs that lower device.',
  remedy: 'ip link set DEVICE up.',
  origin: 'suzieq interface assert: state; FRR zebra takes a VNI only while its interface is up',
  holdS: 5,
  run: eachPlace((view, {host, device, on}) => {
    if (!device.up) return {
      says: `${device.name} of ${host} is down`,
      evidence: [{text: flags(host, device), stamp: on.stamp}],
      remedy: {text: `Set ${device.name} up`, command: {host, script: `ip link set ${device.name} up`}, action: {id: 'link.up', params: {host, device: device.name}}},
    };
    const lower = device.vxlan.device;
    if (lower !== undefined && view.links(host)?.has(lower) === false) return {
      says: `${device.name} of ${host} runs over ${lower}, which does not exist`,
      evidence: [{text: `${device.name} of ${host}: dev ${lower}; no link ${lower}`, stamp: on.stamp}],
      remedy: {text: `Bring ${lower} up, then make ${device.name} again`},
      needs: [node.underlay(host)],
    };
    return undefined;
  }),
};

const bridged: Check = {
  id: 'vxlan.bridge',
  family: 'vxlan',
  title: 'Each VXLAN device is a port of the bridge of its network, and the bridge is up',
  explanation: 'Frames of the VMs reach the overlay through the bridge only. A device in no bridge, in the bridge of another network, or in a bridge that is down carries none of them; FRR then does not take the VNI either, or takes back what it has learned behind the ports.',
  remedy: 'ip link set DEVICE master BRIDGE; ip link set BRIDGE up.',
  origin: 'OpenNebula vxlan driver: ip link set <dev> master <bridge>; suzieq interface assert',
  holdS: 5,
  run: eachPlace((view, {host, vni, device, on, segment}) => {
    const expected = segment.vnet?.bridge ?? siblingBridge(view, vni, host);
    const enslave = expected === undefined ? {} : {command: {host, script: `ip link set ${device.name} master ${expected}`}, action: {id: 'link.enslave', params: {host, device: device.name, bridge: expected}}};
    if (device.master === undefined) return {
      says: `${device.name} of ${host} is in no bridge`,
      evidence: [{text: `${device.name} of ${host} has no master${expected === undefined ? '' : `; expected ${expected}`}`, stamp: on.stamp}],
      remedy: {text: expected === undefined ? 'Put it into the bridge of its network' : `Put it into ${expected}`, ...enslave},
    };
    if (segment.vnet?.bridge !== undefined && device.master !== segment.vnet.bridge) return {
      says: `${device.name} of ${host} is in ${device.master}, the bridge of network ${segment.vnet.name} is ${segment.vnet.bridge}`,
      evidence: [{text: `${device.name} of ${host}: master ${device.master}`, stamp: on.stamp}, {text: `network ${segment.vnet.name}: BRIDGE ${segment.vnet.bridge}`, stamp: view.cloudStamp('one.vnets')}],
      remedy: {text: `Put it into ${segment.vnet.bridge}`, ...enslave},
    };
    const bridge = view.links(host)?.get(device.master);
    if (bridge?.up === false) return {
      says: `${bridge.name} of ${host}, the bridge of VNI ${vni}, is down`,
      evidence: [{text: flags(host, bridge), stamp: on.stamp}],
      remedy: {text: `Set ${bridge.name} up`, command: {host, script: `ip link set ${bridge.name} up`}, action: {id: 'link.up', params: {host, device: bridge.name}}},
    };
    return undefined;
  }),
};

/** The bridge of that VNI on another host, when the host itself has one of that name. */
function siblingBridge(view: View, vni: number, host: string): string | undefined {
  const other = places(view).find((place) => place.vni === vni && place.host !== host && place.device.master !== undefined)?.device.master;
  return other !== undefined && view.links(host)?.has(other) ? other : undefined;
}

const local: Check = {
  id: 'vxlan.local',
  family: 'vxlan',
  title: 'VXLAN devices send from the address of the underlay device',
  explanation: 'With VXLAN_TEP=local_ip the device has `local` = the address of PHYDEV, and this address is announced as the VTEP: another one (the public address, say) sends all traffic of the host around the tunnels, or nowhere. With VXLAN_TEP=dev it has a lower device and no local address: normal, and zebra then shows 0.0.0.0. A device made in the other way than the network says is a warning: an existing device is kept silently by OpenNebula.',
  remedy: 'Delete the device and make it again with the right local address, or migrate the VMs of the network away and back: OpenNebula then makes it.',
  origin: 'OpenNebula VXLAN_TEP; ANTA VerifyVxlan1ConnSettings (source interface)',
  holdS: 0,
  run(view, out) {
    withoutLinks(view, out);
    for (const place of places(view)) {
      if (!isEvpn(place)) continue;
      const {host, vni, device, segment, on} = place;
      const options = device.vxlan;
      const under = underlayDevice(view, place);
      const subject = onVni(host, vni);
      if (options.local === undefined) {
        // What the network does not say, the other hosts may: they were made by the same driver.
        const others = segment.hosts.filter((other) => other.host !== host && other.device?.vxlan);
        const way = segment.vnet?.vxlanTep ?? (others.length > 0 && others.every((other) => other.device?.vxlan?.local !== undefined) ? 'others' : undefined);
        if ((way === undefined || way === 'dev') && options.device !== undefined) out.pass(() => subject);
        else out.warn({
          subject,
          says: `${device.name} of ${host} has no local address${way === 'local_ip' ? ', and the network says VXLAN_TEP=local_ip' : way === 'others' ? ', those of the other hosts have' : ''}`,
          evidence: [{text: `${device.name} of ${host}: ${options.device === undefined ? 'neither local nor dev' : `dev ${options.device}, no local`}`, stamp: on.stamp}],
          remedy: {text: `Delete ${device.name} and let OpenNebula make it again (migrate the VMs of the network away and back). FRR 8 takes it as it is; 10.6 and 10.7 do not`},
          // Where the FRR of the host does not take it, that is the cause.
          needs: [node.taken(host, vni)],
        });
        continue;
      }
      const addresses = underlayAddresses(view, host, under);
      if (!addresses || addresses.length === 0) {
        out.unknown(subject, [addresses ? {source: host, probe: 'ip.addresses', why: `${under} has no address`} : view.missing(host, 'ip.addresses')], [node.underlay(host)]);
      } else if (addresses.includes(options.local)) out.pass(() => subject);
      else {
        const others = segment.hosts.flatMap((other) => (other.host === host ? [] : [other.host]));
        out.fail({
          subject,
          says: `${device.name} of ${host} sends from ${options.local}, ${under} has ${addresses.join(', ')}`,
          evidence: [{text: `${device.name} of ${host}: local ${options.local}`, stamp: on.stamp}, {text: `${under} of ${host}: ${addresses.join(', ')}`, stamp: view.stamp(host, 'ip.addresses')}],
          remedy: {text: `Delete ${device.name} and make it again with local ${addresses[0]}`, command: {host, script: remaking(device, {local: addresses[0]})}},
          breaks: [node.device(host, vni), ...others.flatMap((other) => [node.flood(other, host, vni), node.carriage(other, host, vni), node.carriage(host, other, vni)])],
        });
      }
    }
  },
};

export const device: readonly Check[] = [up, bridged, local];
