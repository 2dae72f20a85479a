/** The runbooks: those that come with the console, the operator's own, and the files that cannot be used. */
import type {Tone} from '../../model/tone.ts';
import type {SessionRecord} from '../../runbooks/model.ts';
import {cell, none} from '../../rows/cells.ts';
import {toneOfState} from '../../runbooks/journaled.ts';
import {clock} from '../../text/age.ts';
import {wrapWords} from '../../components/wrap.ts';
import type {DetailItem} from '../detail-items.ts';
import {localList} from '../lists/local.ts';
import {sessionWord, type BookRow} from './desk.ts';

const day = (at: number): string => `${new Date(at).toISOString().slice(5, 10)} ${clock(at)}`;

export const sessionTone = (record: SessionRecord): Tone => toneOfState(sessionWord(record));
const nameOf = (row: BookRow): string => (row.kind === 'book' ? row.runbook.name : (row.file.split('/').at(-1) ?? row.file));
const lastOf = (row: BookRow): SessionRecord | undefined => (row.kind === 'book' ? row.last : undefined);

/** What a runbook does, what it asks for, and how its last session went. */
function paneOf(row: BookRow, width: number): readonly DetailItem[] {
  let id = 0;
  const text = (says: string, tone: Tone = 'plain'): DetailItem[] => wrapWords(says, Math.max(10, width - 2)).map((line) => ({kind: 'text', id: String(id++), text: ` ${line}`, tone}));
  if (row.kind === 'broken') return [...text('This file cannot be used:', 'bad'), ...row.message.split('\n').flatMap((line) => text(line)), ...text('r reads it again', 'muted')];
  const {runbook, last} = row;
  return [
    ...text(runbook.title, 'accent'),
    ...(last ? text(`Last: session ${last.session} by ${last.by}, ${sessionWord(last)}${last.ended ? '' : `: ${last.steps.map(({step, state}) => `${step} ${state}`).join(', ') || 'no step was begun'}`}`, sessionTone(last)) : []),
    ...runbook.explanation.trim().split('\n').filter((line) => line !== '').flatMap((line) => text(line)),
    ...text('Steps', 'accent'), ...runbook.steps.flatMap((step, at) => text(`${at + 1}. ${step.title}`)),
    ...(runbook.inputs.length === 0 ? [] : [...text('Inputs', 'accent'), ...runbook.inputs.flatMap(({name, title}) => text(`${name}: ${title}`))]),
    ...text(`From: ${runbook.origin}`, 'muted'),
  ];
}

export const runbookList = localList<BookRow>({
  name: 'runbooks',
  title: 'Runbooks',
  inputs: ({state}) => [state.books.rows],
  rows: ({state}) => state.books.rows,
  shape: {
    id: (row) => (row.kind === 'book' ? row.runbook.name : row.file),
    tone: (row) => (row.kind === 'broken' ? 'bad' : row.last ? sessionTone(row.last) : 'plain'),
    columns: [
      {id: 'stage', title: '#', cell: (row) => (row.kind === 'book' && row.runbook.stage !== undefined ? cell(row.runbook.stage, 'muted') : none), sortBy: (row) => (row.kind === 'book' ? row.runbook.stage ?? 100 : 0)},
      {id: 'name', title: 'RUNBOOK', cell: (row) => cell(nameOf(row)), min: 12, max: 28},
      {id: 'last', title: 'LAST RUN', cell: (row) => (lastOf(row) ? cell(day(lastOf(row)!.startedAt)) : none), sortBy: (row) => lastOf(row)?.startedAt ?? 0},
      {id: 'status', title: 'STATUS', cell: (row) => (row.kind === 'broken' ? cell('broken', 'bad') : row.last ? cell(sessionWord(row.last), sessionTone(row.last)) : cell('never run', 'muted')), max: 14},
      {id: 'what', title: 'WHAT', cell: (row) => (row.kind === 'broken' ? cell(row.message.split('\n')[0] ?? '', 'bad') : cell(row.runbook.title)), min: 20, grow: true},
      {id: 'steps', title: 'STEPS', cell: (row) => (row.kind === 'book' ? cell(row.runbook.steps.length) : none), rank: 1},
      {id: 'from', title: 'FROM', cell: (row) => cell(row.kind === 'book' ? row.runbook.origin : row.file, 'muted'), max: 24, rank: 1},
    ],
  },
  open: (row) => (row.kind === 'broken' ? 'this file cannot be used: what is wrong stands with it' : {kind: 'book', name: row.runbook.name, room: row.last && !row.last.ended ? 'run' : 'plan'}),
  pane: (row, _seen, width) => paneOf(row, width),
  empty: ({state}) => (state.books.readAt === undefined ? {text: 'this console has no runbooks: it was opened without a gate', tone: 'muted'} : {text: 'there are no runbooks', tone: 'unknown'}),
});
