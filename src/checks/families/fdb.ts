import type {Check} from '../check.ts';

export const fdbChecks: readonly Check[] = [];
