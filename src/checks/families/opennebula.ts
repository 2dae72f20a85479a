import type {Check} from '../check.ts';

export const opennebulaChecks: readonly Check[] = [];
