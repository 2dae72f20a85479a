import type {Check} from '../check.ts';

export const natChecks: readonly Check[] = [];
