/** Every check there is, by family, in the order in which layers rest on one another. */
import type {Check} from './check.ts';
import {accessChecks} from './families/access.ts';
import {wireguardChecks} from './families/wireguard.ts';
import {bgpChecks} from './families/bgp.ts';
import {evpnChecks} from './families/evpn.ts';
import {vxlanChecks} from './families/vxlan.ts';
import {fdbChecks} from './families/fdb.ts';
import {mtuChecks} from './families/mtu.ts';
import {mobilityChecks} from './families/mobility.ts';
import {opennebulaChecks} from './families/opennebula.ts';
import {natChecks} from './families/nat.ts';
import {firewallChecks} from './families/firewall.ts';
import {versionsChecks} from './families/versions.ts';

export const catalogue: readonly Check[] = [
  ...accessChecks,
  ...firewallChecks,
  ...wireguardChecks,
  ...bgpChecks,
  ...evpnChecks,
  ...vxlanChecks,
  ...fdbChecks,
  ...mtuChecks,
  ...mobilityChecks,
  ...opennebulaChecks,
  ...natChecks,
  ...versionsChecks,
];

export const findCheck = (id: string): Check | undefined => catalogue.find((check) => check.id === id);
