import type {Check} from '../check.ts';

export const mtuChecks: readonly Check[] = [];
