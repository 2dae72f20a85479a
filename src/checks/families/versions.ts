import type {Check} from '../check.ts';

export const versionsChecks: readonly Check[] = [];
