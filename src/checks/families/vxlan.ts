import type {Check} from '../check.ts';

export const vxlanChecks: readonly Check[] = [];
