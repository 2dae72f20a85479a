/** Virtual routers and SDNAT: the appliance, its mappings, the aliases that want them, and the gateway. */
import type {Missing} from '../../model/finding.ts';
import type {NatMapping} from '../../model/fabric.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {enabled, failover, forwarding, routerVm, service} from './nat-appliance.ts';
import {addressesIn, nameOf, nodes, routersOf, routerSubject, type RouterView} from './nat-router.ts';
import {cloudSubject, indexOf, isFabricNet, missingPools, placeOf, pool, vmSubject, vnetSubject} from './opennebula-view.ts';

const mappingSubject = (one: RouterView, {id, external}: NatMapping) => ({id, label: `SDNAT ${external} on ${nameOf(one)}`, hosts: one.hosts, rows: [{resource: 'nat' as const, id}]});

/** What a verdict about a mapping takes: the router's rules and addresses, and what OpenNebula wants. */
function missingOf(view: View, {router}: RouterView): readonly Missing[] {
  const {host} = router;
  if (host === undefined) return view.missingRouter(router);
  return [
    ...(['nf.firewall', 'ip.addresses'] as const).flatMap((probe) => (view.read(host, probe) ? [] : [view.missing(host, probe)])),
    ...(view.fabric.cloud ? missingPools(view, ['one.vms', 'one.vrouters']) : []),
  ];
}

const mapping: Check = {
  id: 'nat.mapping', family: 'nat', holdS: 40,
  title: 'Each SDNAT mapping that is wanted is there, whole, and no other',
  explanation: 'Wanted: external aliases of VMs whose network and whose parent\'s network are both the router\'s. There: its SNAT4 and DNAT4 rules and the address on lo labelled SDNAT4. Missing or in part is a failure; so is a rule that leads elsewhere. What nobody wants any more is a warning. The appliance asks every 30 s, so a new alias takes that long. Without OpenNebula nothing is known of what is wanted.',
  remedy: 'On the router: rc-service one-sdnat4 restart writes all anew; /var/log/one-appliance/one-sdnat4.log says what OneGate answered.',
  origin: 'OpenNebula one-apps: VRouter appliance, SDNAT4',
  run(view, out) {
    for (const one of routersOf(view)) {
      const {router} = one;
      if (router.mappings.length === 0) {
        // A router that cannot be read may have mappings that nobody wants.
        continue;
      }
      const missing = missingOf(view, one);
      for (const each of router.mappings) {
        const subject = mappingSubject(one, each);
        const {verdict, external, internal, note, snat, dnat, address} = each;
        const needs = [node.router(router.id), nodes.sdnat(router.id)];
        if (missing.length > 0 || verdict === 'unknown') {
          const why = missing.length > 0 ? missing : [{source: router.id, probe: router.unsure === undefined ? 'one.vrouters' : 'vr.state', why: note ?? 'what is wanted is not known'}];
          out.unknown(subject, why, [...needs, node.cloud()]);
        } else if (verdict === 'ok') out.pass(() => subject);
        else {
          const unwanted = verdict === 'stale' && each.intended === false;
          const host = router.host!;
          out[unwanted ? 'warn' : 'fail']({
            subject,
            says: unwanted ? `${external} is translated to ${internal ?? '?'} on ${host}, and no VM has that alias any more` : `${external} does not lead to ${internal ?? '?'}${each.vmId === undefined ? '' : ` (VM ${each.vmId})`}: ${note ?? verdict}`,
            evidence: [
              {text: `${host}: SNAT4 ${snat?.text ?? 'no rule'}; DNAT4 ${dnat?.text ?? 'no rule'}`, stamp: view.stamp(host, 'nf.firewall')},
              {text: `${host}: ${address ? `${address.ip}/${address.prefixLength} on lo, label SDNAT4` : `${external} is not on lo`}`, stamp: view.stamp(host, 'ip.addresses')},
              {text: each.intended ? `OpenNebula: external alias of VM ${each.vmId}` : 'OpenNebula: no external alias', stamp: view.cloudStamp('one.vms')},
            ],
            remedy: (router.state?.failover ?? 'MASTER') !== 'MASTER' ? {text: `Only a MASTER has rules and addresses: see why ${host} is ${router.state?.failover}. Restarted there, the service would claim the addresses all the same.`} : {text: 'Let the service write all mappings anew. If it does not help: does OneGate answer on the router (onegate vrouter show), and does the alias have EXTERNAL=YES?', command: {host, script: 'rc-service one-sdnat4 restart'}},
            breaks: unwanted ? [] : [node.mapping(each.id)],
            needs,
          });
        }
      }
    }
  },
};

const backend: Check = {
  id: 'nat.backend', family: 'nat', holdS: 0,
  title: 'SDNAT rules are in the back end that the appliance works with',
  explanation: 'iptables has two back ends, nf_tables and legacy; the kernel obeys both, each program sees only its own. Today\'s appliance uses nf_tables: rules in the legacy one translate, and the service neither sees nor removes them. Where only one back end is installed nothing is reported; rules in both count twice.',
  remedy: 'Move the rules: iptables-legacy -t nat -F SNAT4 and DNAT4, then restart one-sdnat4, which writes its own.',
  origin: 'iptables(8), xtables-nft(8)',
  run(view, out) {
    for (const one of routersOf(view)) {
      for (const host of one.hosts) {
        const subject = {...routerSubject(one), id: `${one.router.id}/${host}`, label: `NAT back ends of ${host}`, hosts: [host]};
        const firewall = view.read(host, 'nf.firewall');
        if (!firewall) {
          out.unknown(subject, [view.missing(host, 'nf.firewall')]);
          continue;
        }
        const rules = firewall.nat.filter(({chain, action}) => (chain === 'SNAT4' && action === 'SNAT') || (chain === 'DNAT4' && action === 'DNAT'));
        if (rules.length === 0) continue;
        const legacy = rules.filter((rule) => rule.backend === 'iptables-legacy');
        if (legacy.length === 0 || !firewall.backends.includes('iptables-nft')) {
          out.pass(() => subject);
          continue;
        }
        const both = legacy.length < rules.length;
        out.warn({
          subject,
          says: both ? `SDNAT rules of ${host} are in both iptables back ends` : `SDNAT rules of ${host} are in legacy iptables: one-sdnat4, which uses nf_tables, neither sees nor removes them`,
          evidence: legacy.slice(0, 4).map(({text}) => ({text: `${host}: iptables-legacy: ${text}`, stamp: view.stamp(host, 'nf.firewall')})),
          remedy: {text: 'Empty the legacy chains and let the service write its own. Connections are cut for a moment.', command: {host, script: 'iptables-legacy -w -t nat -F SNAT4; iptables-legacy -w -t nat -F DNAT4; rc-service one-sdnat4 restart'}},
        });
      }
    }
  },
};

const aliasRegion: Check = {
  id: 'nat.alias-region', family: 'nat', holdS: 0,
  title: 'Each external alias is of a public network that its virtual router serves',
  explanation: 'An external alias is translated only when one virtual router has both its network and the network of its parent NIC. Public addresses belong to a region: when the router runs in a cluster that the public network is not in, the provider cannot bring the address to it.',
  remedy: 'Detach the alias and take one of the public network of the router (onevm nic-detach, nic-attach with NIC_ALIAS), or give the router a NIC in that network.',
  origin: 'OpenNebula one-apps: SDNAT4; elastic networks of edge clusters',
  run(view, out) {
    const vms = pool(view, out, 'one.vms');
    if (!vms) return;
    const aliased = vms.filter(({nics}) => nics.some(({alias}) => alias?.external));
    if (aliased.length === 0) return;
    const missing = missingPools(view, ['one.vrouters', 'one.vnets', 'one.hosts']);
    const routers = routersOf(view).filter(({router}) => router.vrouter);
    const vnets = new Map((view.cloud('one.vnets') ?? []).map((vnet) => [vnet.id, vnet]));
    const {ours, clusterOfHost} = indexOf(view);
    for (const vm of aliased) {
      const at = placeOf(vm);
      for (const nic of vm.nics) {
        if (!nic.alias?.external || nic.networkId === undefined) continue;
        const subject = {...vmSubject(vm, at && ours.get(at.id)), id: `vm ${vm.id}/${nic.ip ?? nic.name}`, label: `alias ${nic.ip ?? nic.name} of VM ${vm.id} ${vm.name}`};
        if (missing.length > 0) {
          out.unknown(subject, missing, [node.cloud()]);
          continue;
        }
        const parent = vm.nics.find((one) => !one.alias && one.id === nic.alias?.parentId)?.networkId;
        const has = (one: RouterView, id: number | undefined): boolean => one.router.vrouter!.nics.some(({networkId}) => networkId === id);
        const near = routers.filter((one) => has(one, parent));
        const serving = near.find((one) => has(one, nic.networkId));
        const vnet = vnets.get(nic.networkId);
        const name = vnet?.name ?? nic.network;
        const away = serving && vnet && elsewhere(serving, vnet.clusterIds, clusterOfHost);
        if (serving && away === undefined) {
          out.pass(() => subject);
          continue;
        }
        out.fail({
          subject,
          says: serving
            ? `VM ${vm.id} ${vm.name} has ${nic.ip ?? 'an address'} of ${name}, which is of another cluster than virtual router ${nameOf(serving)}: nobody can bring it there`
            : `VM ${vm.id} ${vm.name} has ${nic.ip ?? 'an address'} of ${name}, a network that no virtual router of its private network has: nobody translates it`,
          evidence: [
            {text: `alias ${nic.ip ?? nic.name}: network ${nic.networkId} ${name}, clusters ${vnet?.clusterIds.join(', ') || 'none'}; parent ${nic.alias.parent} in network ${parent ?? '?'}`, stamp: view.cloudStamp('one.vms')},
            ...near.map((one) => ({text: `virtual router ${nameOf(one)}: networks ${one.router.vrouter!.nics.map((each) => each.network || each.networkId).join(', ')}${away === undefined ? '' : `, runs in cluster ${away}`}`, stamp: view.cloudStamp('one.vrouters')})),
          ],
          remedy: {text: `Detach the alias (onevm nic-detach ${vm.id} ${nic.id}) and attach one of the public network that the virtual router of its region has${near[0] ? ` (${near[0].router.vrouter!.nics.filter(({networkId}) => networkId !== parent).map((each) => each.network || each.networkId).join(', ')})` : ''}.`},
          needs: [node.cloud()],
        });
      }
    }
  },
};

/** The cluster that the router runs in, when the network is in clusters, and not in that one. */
function elsewhere({vms}: RouterView, clusters: readonly number[], clusterOfHost: ReadonlyMap<number, number>): number | undefined {
  if (clusters.length === 0) return undefined; // said by opennebula.vnet-cluster
  const places = vms.flatMap((vm) => clusterOfHost.get(placeOf(vm)?.id ?? -1) ?? []);
  return places.length === 0 || places.some((cluster) => clusters.includes(cluster)) ? undefined : places[0];
}

const gateway: Check = {
  id: 'nat.gateway', family: 'nat', holdS: 0,
  title: 'The virtual router has the address that its private network calls the gateway',
  explanation: 'GATEWAY of a private network is what its VMs send to. When a virtual router is in the network, one of its addresses there (the floating one, or that of its VM) must be it. OpenNebula hands out addresses in turn: instantiated after the VMs, the router gets another. A network without a gateway or without a router is not looked at.',
  remedy: 'Instantiate the router with that address (NIC IP, or FLOATING_IP), after releasing it from the VM that has it; or change GATEWAY (onevnet update), which VMs take at their next start.',
  origin: 'OpenNebula: virtual routers',
  run(view, out) {
    const vnets = pool(view, out, 'one.vnets');
    if (!vnets) return;
    const wanting = vnets.filter((vnet) => isFabricNet(vnet) && vnet.gateway !== undefined);
    const missing = missingPools(view, ['one.vrouters', 'one.vms']);
    if (missing.length > 0) {
      if (wanting.length > 0) out.unknown(cloudSubject, missing, [node.cloud()]);
      return;
    }
    for (const vnet of wanting) {
      const inside = routersOf(view).filter(({router}) => router.vrouter?.nics.some(({networkId}) => networkId === vnet.id));
      if (inside.length === 0) continue;
      const addresses = inside.flatMap((one) => addressesIn(one, vnet));
      if (addresses.length === 0) continue; // its VM is not there: said by nat.router-vm
      if (addresses.includes(vnet.gateway!)) {
        out.pass(() => vnetSubject(view, vnet));
        continue;
      }
      const holder = vnet.leases?.find(({ip}) => ip === vnet.gateway);
      out.fail({
        subject: vnetSubject(view, vnet),
        says: `VMs of ${vnet.name} send to ${vnet.gateway}, and virtual router ${nameOf(inside[0]!)} has ${[...new Set(addresses)].join(', ')}${holder?.vmId !== undefined ? `; VM ${holder.vmId} has the gateway's address` : ''}`,
        evidence: [{text: `network ${vnet.id}: GATEWAY ${vnet.gateway}; its lease: ${holder === undefined ? 'nobody\'s' : holder.held ? 'held' : `VM ${holder.vmId ?? '-'}`}`, stamp: view.cloudStamp('one.vnets')}],
        remedy: {text: `Give the router ${vnet.gateway} (instantiate it with that IP${holder ? ', after freeing the address' : ''}), or set GATEWAY of the network to its address (onevnet update ${vnet.id}).`},
        breaks: inside.map(({router}) => node.router(router.id)),
        needs: [node.cloud()],
      });
    }
  },
};

export const natChecks: readonly Check[] = [routerVm, failover, service, forwarding, enabled, mapping, backend, aliasRegion, gateway];
