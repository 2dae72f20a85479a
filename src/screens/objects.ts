/** What an object is called, in the singular: on its detail, in the menu of what can be done with it, in sentences. Pure. */
import type {Fabric} from '../model/fabric.ts';
import type {ResourceName} from '../rows/resource.ts';
import {peerName} from '../rows/wg.ts';

/** `id`: as the rows of the resource have it. What is gone is called by its id. */
export function objectName(resource: ResourceName, id: string, fabric: Fabric): string {
  switch (resource) {
    case 'hosts':
      return `Host ${id}`;
    case 'wg': {
      const tunnel = fabric.tunnels.find((one) => one.id === id);
      return tunnel ? `WireGuard peer ${peerName(tunnel)} of ${tunnel.host}` : `WireGuard peer ${id}`;
    }
    case 'bgp': {
      const session = fabric.sessions.find((one) => one.id === id);
      return session ? `BGP session of ${session.host} with ${session.peerHost ?? session.address}` : `BGP session ${id}`;
    }
    case 'vnis': {
      const [host = '', vni = ''] = id.split('/');
      return `VNI ${vni} on ${host}`;
    }
    case 'routes':
      return `Route ${id}`;
    case 'macs': {
      const [vni = '', mac = ''] = id.split('/');
      return `MAC ${mac} in VNI ${vni}`;
    }
    case 'vnets': {
      const segment = fabric.segments.find((one) => one.id === id);
      return `Network ${segment?.vnet?.name ?? id}`;
    }
    case 'vms': {
      const vm = fabric.vms.find((one) => String(one.id) === id);
      return vm ? `VM ${id} ${vm.vm.name}` : `VM ${id}`;
    }
    case 'nat': {
      const router = fabric.routers.find((one) => one.id === id || one.mappings.some((mapping) => mapping.id === id));
      const mapping = router?.mappings.find((one) => one.id === id);
      return mapping ? `SDNAT ${mapping.external} on ${router?.host ?? router?.id ?? '?'}` : `Virtual router ${router?.host ?? id}`;
    }
  }
}
