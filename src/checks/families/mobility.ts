import type {Check} from '../check.ts';

export const mobilityChecks: readonly Check[] = [];
