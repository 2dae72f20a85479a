import type {AnyProbe} from '../probe.ts';
import {parseWireguard, wireguardCommand} from './interfaces.ts';

export const wireguardProbes: readonly AnyProbe[] = [
  {id: 'wg.interfaces', tier: 'fast', deadlineS: 5, maxBytes: 1024 * 1024, command: () => wireguardCommand, parse: parseWireguard},
];
