import type {AnyProbe} from '../probe.ts';
import {applianceCommand, parseAppliance} from './state.ts';

export const applianceProbes: readonly AnyProbe[] = [
  {id: 'vr.state', tier: 'medium', deadlineS: 5, maxBytes: 256 * 1024, command: applianceCommand, parse: parseAppliance},
];
