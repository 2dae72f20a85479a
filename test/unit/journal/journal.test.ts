import {appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {openJournal} from '../../../src/journal/journal.ts';
import type {JournalRecord, Who} from '../../../src/journal/records.ts';
import {foldRecords, unfinished} from '../../../src/journal/runs.ts';
import type {RunStatus} from '../../../src/model/action.ts';
import {runItems} from '../../../src/screens/action/menu.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'evpn-tui-journal-'))));
afterEach(() => rmSync(folder, {recursive: true, force: true}));

const who: Who = {user: 'ann', uid: 1, host: 'here', pid: 7, tty: 'pts/1', by: 'command line'};
const begin = (run: string, undoes?: string): JournalRecord => ({
  type: 'begin', v: 1, run, at: 1, who, context: 'prod', preflight: [], overridden: [],
  plan: {id: run, action: 'link.up', params: {}, undoes, startedAt: 1, done: [], values: {}, plan: {what: 'w', targets: [], notUndoable: [], steps: ['a', 'b'].map((id) => ({id, title: id, effect: {kind: 'watch'}, deadlineS: 1, resume: 'idempotent', cancellable: true} as const))}},
});
const intent = (run: string, step: string): JournalRecord => ({type: 'intent', run, at: 2, step});
const result = (run: string, step: string, outcome: 'ok' | 'failed' = 'ok'): JournalRecord => ({type: 'result', run, at: 3, step, outcome, says: '', value: 5, tookMs: 1});
const end = (run: string, status: RunStatus = 'done'): JournalRecord => ({type: 'end', run, at: 4, status, says: ''});

describe('the journal', () => {
  it('tells of each step how far it came, and which runs have no end', () => {
    const journal = openJournal({folder, context: 'prod'});
    for (const record of [begin('r1'), intent('r1', 'a'), result('r1', 'a'), intent('r1', 'b'), begin('r2'), end('r2')]) journal.append(record);
    const [first, second] = journal.runs();
    expect(first?.steps.map(({state}) => state)).toEqual(['ok', 'open']);
    expect(first?.run).toMatchObject({done: ['a'], values: {a: 5}});
    expect(second?.end?.status).toBe('done');
    expect(unfinished(journal.runs()).map(({run}) => run.id)).toEqual(['r1']);
    journal.append(begin('r3', 'r1'));
    expect(unfinished(journal.runs()).map(({run}) => run.id)).toEqual(['r3']);
    expect(statSync(journal.file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['stale', [end('r2', 'stale')], undefined, undefined, undefined],
    ['given up before its first step', [end('r2', 'cancelled')], undefined, undefined, undefined],
    ['without an end', [], 'r2', 'it was undone by r2', undefined],
    ['failed in its first step', [intent('r2', 'a'), result('r2', 'a', 'failed'), end('r2', 'failed')], 'r2', 'it was undone by r2', undefined],
    ['done', [intent('r2', 'a'), result('r2', 'a'), end('r2')], 'r2', 'it was undone by r2', 'it was undone by r2'],
    ['done, with nothing to do', [end('r2')], 'r2', 'it was undone by r2', 'it was undone by r2'],
  ] as const)('a run that was cut off, and an undoing of it that is %s: one that sent nothing has undone nothing', (_, rest, undoneBy, resume, undo) => {
    const runs = foldRecords([begin('r1'), intent('r1', 'a'), begin('r2', 'r1'), ...rest]);
    expect(runs[0]?.undoneBy).toBe(undoneBy);
    expect(unfinished(runs).some(({run}) => run.id === 'r1')).toBe(undoneBy === undefined);
    expect(runItems(runs[0]!, runs).map(({title, impossible}) => [title, impossible])).toEqual([['Verify', undefined], ['Resume', resume], ['Undo', undo]]);
  });

  it('survives a line torn at any byte, and the next line is not swallowed by it', () => {
    const line = JSON.stringify(begin('torn'));
    for (let cut = 1; cut < line.length; cut += 7) {
      const journal = openJournal({folder, context: `c${cut}`});
      journal.append(begin('r1'));
      appendFileSync(journal.file, line.slice(0, cut));
      journal.append(end('r1'));
      expect(journal.runs().map(({run, end: ended}) => [run.id, ended?.status])).toEqual([['r1', 'done']]);
      expect(journal.records().torn).toBe(1);
    }
  });

  it('rotates by size, and keeps every file that a run without an end is in', () => {
    const journal = openJournal({folder, context: 'a/../b', maxBytes: 10, keep: 1});
    journal.append(begin('open'));
    for (const run of ['r1', 'r2', 'r3', 'r4']) {
      journal.rotate();
      journal.append(begin(run));
      journal.append(end(run));
    }
    expect(unfinished(journal.runs()).map(({run}) => run.id)).toEqual(['open']);
    journal.append(end('open'));
    journal.rotate();
    expect(readdirSync(folder)).toHaveLength(1); // keep, and no current one yet
    expect(readdirSync(folder).every((name) => readFileSync(join(folder, name), 'utf8') !== '')).toBe(true);
  });
});
