import type {Check} from '../check.ts';
import {device} from './vxlan-device.ts';
import {options} from './vxlan-options.ts';
import {presence} from './vxlan-presence.ts';

export const vxlanChecks: readonly Check[] = [...presence, ...device, ...options];
