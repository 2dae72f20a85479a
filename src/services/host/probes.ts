import type {AnyProbe} from '../probe.ts';
import {identityCommand, parseIdentity} from './identity.ts';

export const hostProbes: readonly AnyProbe[] = [
  {id: 'host.identity', tier: 'slow', deadlineS: 5, maxBytes: 64 * 1024, command: () => identityCommand, parse: parseIdentity},
];
