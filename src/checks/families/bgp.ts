import type {Check} from '../check.ts';

export const bgpChecks: readonly Check[] = [];
