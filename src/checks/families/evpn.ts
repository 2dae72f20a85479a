import type {Check} from '../check.ts';

export const evpnChecks: readonly Check[] = [];
