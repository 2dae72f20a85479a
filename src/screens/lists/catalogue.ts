/** The console's own lists. To add one: a file here, its name in state.ts, its place in places.ts. */
import {events} from './events.ts';
import {ends} from './ends.ts';
import {findings} from './findings.ts';
import {journal} from './journal.ts';
import {runbookList} from '../runbook/list.ts';
import type {LocalList} from './local.ts';

export const localLists: readonly LocalList[] = [findings, events, ends, journal, runbookList];
