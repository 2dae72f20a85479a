/** Versions whose known defects this fabric meets, and versions that nobody has tried. Different versions side by side are normal. */
import type {FrrVersion} from '../../model/frr.ts';
import type {Subject} from '../../model/finding.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {speaksGobgp} from './bgp-pairs.ts';
import {cloudSubject, indexOf, isFabricNet, listed, missingPools, vnetSubject} from './opennebula-view.ts';
import {devicesOf} from './opennebula-vnets.ts';

const hostSubject = (host: string): Subject => ({id: host, label: host, hosts: [host], rows: [{resource: 'hosts', id: host}]});

/** OpenNebula/one issue 7589: from 10.6.0; put right after 10.7. */
const ignoresNoLocal = ({major, minor}: FrrVersion): boolean => major === 10 && (minor === 6 || minor === 7);
const tep = (vnet: number): string => `vxlan-tep ${vnet}`;
/** FRR is not what speaks there, or not installed: nothing of FRR is asked of the host. */
const withoutFrr = (view: View, host: string): boolean => speaksGobgp(view, host) || (view.read(host, 'frr.version') === undefined && ['not-installed', 'unsupported'].includes(view.problem(host, 'frr.version')?.kind ?? ''));

const vxlanLocal: Check = {
  id: 'versions.frr-vxlan-local', family: 'versions', holdS: 0,
  title: 'FRR takes VXLAN devices as they were made',
  explanation: 'FRR 10.6 and 10.7 never hand a VNI to bgpd whose VXLAN device has no local address, as OpenNebula makes it by default (VXLAN_TEP=dev): none of its routes is announced. Other versions take the router-id instead, and pass. On these versions every VXLAN device is looked at.',
  remedy: 'Set VXLAN_TEP=local_ip on the networks and make the devices anew, or install FRR 10.5 (deb.frrouting.org, suite frr-10.5).',
  origin: 'OpenNebula/one issue 7589; FRR commit 920c13716c',
  run(view, out) {
    const intent = new Map((view.cloud('one.vnets') ?? []).filter((vnet) => isFabricNet(vnet) && vnet.vxlanTep !== 'local_ip').map((vnet) => [vnet.vlanId, vnet.id]));
    for (const host of view.hosts('vtep')) {
      if (withoutFrr(view, host)) continue;
      const version = view.read(host, 'frr.version');
      const links = view.read(host, 'ip.links');
      if (!version || (ignoresNoLocal(version) && !links)) {
        out.unknown(hostSubject(host), [view.missing(host, version ? 'ip.links' : 'frr.version')]);
        continue;
      }
      const without = ignoresNoLocal(version) ? (links ?? []).filter(({vxlan}) => vxlan && vxlan.local === undefined) : [];
      if (without.length === 0) {
        out.pass(() => hostSubject(host));
        continue;
      }
      const vnis = without.map(({vxlan}) => vxlan!.vni);
      const [first] = without;
      out.fail({
        subject: {...hostSubject(host), rows: [...vnis.map((vni) => ({resource: 'vnis' as const, id: `${host}/${vni}`})), {resource: 'hosts', id: host}]},
        says: `FRR ${version.text} on ${host} ignores VXLAN devices without a local address: VNI ${listed(vnis)} ${vnis.length === 1 ? 'is' : 'are'} not announced`,
        evidence: [
          {text: `${host}: FRR ${version.text}; 10.6 and 10.7 have the defect`, stamp: view.stamp(host, 'frr.version')},
          ...without.slice(0, 6).map(({name, vxlan}) => ({text: `${host}: ${name} id ${vxlan!.vni} dev ${vxlan!.device ?? '?'}, no local`, stamp: view.stamp(host, 'ip.links')})),
        ],
        remedy: {text: `Set VXLAN_TEP=local_ip on the network, and make the device anew with "local ${view.underlayAddress(host) ?? 'ADDRESS'}" (${first!.name} goes and comes with the VMs of its network); or install FRR 10.5 or one after 10.7.`},
        breaks: vnis.flatMap((vni) => [node.taken(host, vni), node.vni(host, vni)]),
        // A device that is not as its network wants it is the reason; so is a network that wants it so.
        needs: vnis.flatMap((vni) => (intent.has(vni) ? [tep(intent.get(vni)!)] : [node.device(host, vni)])),
      });
    }
  },
};

const vxlanTep: Check = {
  id: 'versions.vxlan-tep', family: 'versions', holdS: 0,
  title: 'VXLAN_TEP of each network suits the FRR of its hosts',
  explanation: 'VXLAN_TEP=dev (the default) makes VXLAN devices without a local address, which FRR 10.6 and 10.7 ignore. A network with it in a cluster that has a host with such an FRR fails, also when no VM of it runs there yet. Where the value is not set and every device has a local address, the driver\'s configuration says local_ip.',
  remedy: 'onevnet update: VXLAN_TEP=local_ip. Devices that are there stay as they are until the last VM of the network has left the host.',
  origin: 'OpenNebula/one issue 7589',
  run(view, out) {
    if (!view.fabric.cloud) return;
    const missing = missingPools(view, ['one.vnets', 'one.hosts']);
    if (missing.length > 0) {
      out.unknown(cloudSubject, missing, [node.cloud()]);
      return;
    }
    const {clusters, ours} = indexOf(view);
    for (const vnet of view.cloud('one.vnets') ?? []) {
      if (!isFabricNet(vnet)) continue;
      const devices = devicesOf(view, vnet);
      if (vnet.vxlanTep === 'local_ip' || (vnet.vxlanTep === undefined && devices.length > 0 && devices.every(({device}) => device.vxlan?.local))) {
        out.pass(() => vnetSubject(view, vnet));
        continue;
      }
      const hosts = vnet.clusterIds.flatMap((id) => (clusters.get(id) ?? []).flatMap((one) => ours.get(one.id) ?? [])).filter((host) => !withoutFrr(view, host));
      const affected = hosts.filter((host) => { const version = view.read(host, 'frr.version'); return version && ignoresNoLocal(version); });
      const unread = hosts.filter((host) => view.read(host, 'frr.version') === undefined);
      if (affected.length > 0) {
        out.fail({
          subject: vnetSubject(view, vnet),
          says: `network ${vnet.name} has VXLAN_TEP ${vnet.vxlanTep ?? 'not set (dev)'}, and FRR of ${listed(affected)} ignores devices without a local address`,
          evidence: [{text: `network ${vnet.id}: VXLAN_TEP ${vnet.vxlanTep ?? '-'}`, stamp: view.cloudStamp('one.vnets')}, ...affected.slice(0, 6).map((host) => ({text: `${host}: FRR ${view.read(host, 'frr.version')!.text}`, stamp: view.stamp(host, 'frr.version')}))],
          remedy: {text: `onevnet update ${vnet.id}: VXLAN_TEP=local_ip; then let the devices be made anew. Or install FRR 10.5 on ${listed(affected)}.`},
          breaks: [tep(vnet.id)],
          needs: [node.cloud()],
        });
      } else if (unread.length > 0) out.unknown(vnetSubject(view, vnet), unread.map((host) => view.missing(host, 'frr.version')));
      else out.pass(() => vnetSubject(view, vnet));
    }
  },
};

const oldest: readonly [number, number] = [7, 5];
const newest: readonly [number, number] = [10, 7];
const compare = (major: number, minor: number, [otherMajor, otherMinor]: readonly [number, number]): number => major - otherMajor || minor - otherMinor;

const frr: Check = {
  id: 'versions.frr', family: 'versions', holdS: 0,
  title: 'FRR is of a version that this console knows',
  explanation: 'FRR 7.5 to 10.7 were tried. Different versions side by side speak the same BGP and are normal. What an older or newer one answers may be read wrongly: a warning.',
  remedy: 'Install a version from 7.5 to 10.7; of 10.6 and 10.7, mind versions.frr-vxlan-local.',
  origin: 'vtysh output of FRR 7.5.1 to 10.7.1',
  run(view, out) {
    for (const host of view.hosts('reflector', 'vtep')) {
      if (withoutFrr(view, host)) continue;
      const version = view.read(host, 'frr.version');
      if (!version) out.unknown(hostSubject(host), [view.missing(host, 'frr.version')]);
      else {
        const old = compare(version.major, version.minor, oldest) < 0;
        if (!old && compare(version.major, version.minor, newest) <= 0) out.pass(() => hostSubject(host));
        else out.warn({subject: hostSubject(host), says: `FRR ${version.text} on ${host} is ${old ? 'older than 7.5' : 'newer than 10.7'}: it was not tried with this console`, evidence: [{text: `${host}: FRR ${version.text}`, stamp: view.stamp(host, 'frr.version')}], remedy: {text: old ? 'Install a newer FRR.' : 'Look for a newer console; hold what looks odd against vtysh itself.'}});
      }
    }
  },
};

const kernel: Check = {
  id: 'versions.kernel', family: 'versions', holdS: 0,
  title: 'The kernel is new enough for WireGuard and VXLAN with EVPN',
  explanation: 'Linux 4.18 and later was tried (WireGuard is part of it from 5.6, a module before). Different kernels and distributions side by side are normal.',
  remedy: 'Install a newer kernel; with one before 5.6 see that the wireguard module is built for it.',
  origin: 'WireGuard: installation; kernel change logs',
  run(view, out) {
    for (const host of view.hosts('reflector', 'vtep')) {
      const identity = view.read(host, 'host.identity');
      const [, major, minor] = /^(\d+)\.(\d+)/.exec(identity?.kernel ?? '') ?? [];
      if (!identity || major === undefined) out.unknown(hostSubject(host), [identity ? {source: host, probe: 'host.identity', why: `"${identity.kernel}" is no version of Linux`} : view.missing(host, 'host.identity')]);
      else if (compare(Number(major), Number(minor), [4, 18]) >= 0) out.pass(() => hostSubject(host));
      else out.warn({subject: hostSubject(host), says: `the kernel of ${host} is ${identity.kernel}: older than 4.18, not tried`, evidence: [{text: `${host}: uname -r ${identity.kernel}`, stamp: view.stamp(host, 'host.identity')}], remedy: {text: 'Install a newer kernel.'}});
    }
  },
};

const opennebula: Check = {
  id: 'versions.opennebula', family: 'versions', holdS: 0,
  title: 'OpenNebula is of a version that this console knows',
  explanation: 'OpenNebula 6.8 to 7.4: calls, states and shapes of what it answers were compared. Another version may answer otherwise: a warning.',
  remedy: 'Use OpenNebula 6.8 to 7.4, or a console that knows yours.',
  origin: 'OpenNebula XML-RPC API, 6.8 to 7.4',
  run(view, out) {
    if (!view.fabric.cloud) return;
    const version = view.cloud('one.version');
    const [, major, minor] = /^(\d+)\.(\d+)/.exec(version ?? '') ?? [];
    if (version === undefined || major === undefined) out.unknown(cloudSubject, [version === undefined ? view.missingCloud('one.version') : {source: 'OpenNebula', probe: 'one.version', why: `"${version}" is no version`}], [node.cloud()]);
    else if (compare(Number(major), Number(minor), [6, 8]) >= 0 && compare(Number(major), Number(minor), [7, 4]) <= 0) out.pass(() => cloudSubject);
    else out.warn({subject: cloudSubject, says: `OpenNebula ${version} is not among those tried (6.8 to 7.4)`, evidence: [{text: `one.system.version: ${version}`, stamp: view.cloudStamp('one.version')}], remedy: {text: 'Hold what looks odd against OpenNebula\'s own command line.'}});
  },
};

export const versionsChecks: readonly Check[] = [vxlanLocal, vxlanTep, frr, kernel, opennebula];
