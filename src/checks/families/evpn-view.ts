/** What the EVPN checks share: which networks are EVPN's, and how a VNI on a host is named. */
import type {Realisation, Segment} from '../../model/fabric.ts';
import type {Subject} from '../../model/finding.ts';
import type {View} from '../view.ts';
import {speaksGobgp} from './bgp-pairs.ts';

export const vniSubject = (host: string, vni: number): Subject => ({id: `${host}/${vni}`, label: `VNI ${vni} on ${host}`, hosts: [host], rows: [{resource: 'vnis', id: `${host}/${vni}`}]});

/** In evidence. */
export const vnisOf = (vnis: readonly {readonly vni: number}[]): string => `VNIs ${vnis.map((one) => one.vni).slice(0, 12).join(', ') || 'none'}`;

/** Networks whose flooding EVPN does: one by multicast group has no VNI in FRR, and GoBGP's host none either. */
export const byEvpn = (view: View, {vnet}: Segment, {device, host}: Realisation): boolean => device?.vxlan?.group === undefined && vnet?.vxlanMode !== 'multicast' && !speaksGobgp(view, host);
