/** What was changed from here, newest first. */
import {wrapPlan} from '../../components/wrap.ts';
import type {RecordedRun} from '../../journal/records.ts';
import type {Tone} from '../../model/tone.ts';
import {cell} from '../../rows/cells.ts';
import {linesOfRun, stateOfRun, toneOfSession} from '../../runbooks/journaled.ts';
import {clock} from '../../text/age.ts';
import {toneOfStatus} from '../action/flow.ts';
import type {DetailItem} from '../detail-items.ts';
import {localList} from './local.ts';

const toneOf = (run: RecordedRun): Tone => toneOfSession(run) ?? (run.end ? toneOfStatus(run.end.status) : 'unknown');

export const runItemsOf = (run: RecordedRun, width: number): readonly DetailItem[] =>
  linesOfRun(run).flatMap((line) => wrapPlan(line, Math.max(20, width - 2)).map((text) => ({text, whole: line.trim()}))).map(({text, whole}, i): DetailItem => ({kind: 'text', id: String(i), text: ` ${text}`, whole, tone: i === 0 ? 'accent' : 'plain'}));

export const journal = localList<RecordedRun>({
  name: 'journal',
  title: 'Journal',
  inputs: ({state}) => [state.runs],
  rows: ({state}) => state.runs.toReversed(),
  shape: {
    id: ({run}) => run.id,
    tone: toneOf,
    columns: [
      {id: 'at', title: 'BEGAN', cell: ({run}) => cell(`${new Date(run.startedAt).toISOString().slice(5, 10)} ${clock(run.startedAt)}`), sortBy: ({run}) => run.startedAt},
      {id: 'state', title: 'STATE', cell: (row) => cell(stateOfRun(row), toneOf(row)), max: 18},
      {id: 'what', title: 'WHAT', cell: ({run}) => cell(run.plan.what), min: 20, grow: true},
      {id: 'by', title: 'BY', cell: ({who}) => cell(who.user), max: 20},
      {id: 'action', title: 'ACTION', cell: ({run}) => cell(run.action, 'muted'), max: 20, rank: 1},
      {id: 'run', title: 'RUN', cell: ({run}) => cell(run.id, 'muted'), max: 22, rank: 1},
    ],
  },
  open: ({run}) => ({kind: 'run', id: run.id}),
  pane: (row, _seen, width) => runItemsOf(row, width),
  whole: () => 'open',
  empty: () => ({text: 'nothing was changed from here yet', tone: 'muted'}),
});
