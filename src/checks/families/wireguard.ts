import type {Check} from '../check.ts';

export const wireguardChecks: readonly Check[] = [];
