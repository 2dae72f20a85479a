/** What fits through: the underlay, VXLAN over it, bridges, taps, and what guests are told. */
import type {Check} from '../check.ts';
import {guest} from './mtu-guest.ts';
import {underlay, outer} from './mtu-underlay.ts';
import {bridge, fits, segment} from './mtu-vxlan.ts';

export const mtuChecks: readonly Check[] = [outer, underlay, fits, segment, bridge, guest];
