/** What was raised, what was cleared, and what could not be read any more while this console has been looking, newest first. */
import {cell} from '../../rows/cells.ts';
import {clock} from '../../text/age.ts';
import {findingItems} from '../finding-items.ts';
import {eventTone, toneOf, wordOf, type FindingEvent} from '../judged.ts';
import {localList} from './local.ts';

export const events = localList<FindingEvent>({
  name: 'events',
  title: 'Events',
  inputs: ({state}) => [state.events],
  rows: ({state}) => state.events,
  shape: {
    id: ({id}) => id,
    tone: eventTone,
    columns: [
      {id: 'at', title: 'AT', cell: ({at}) => cell(clock(at)), sortBy: ({at}) => at},
      {id: 'event', title: 'EVENT', cell: ({kind}) => cell(kind, kind === 'cleared' ? 'ok' : kind === 'not known' ? 'unknown' : 'plain')},
      {id: 'outcome', title: 'WHAT', cell: ({finding}) => cell(wordOf(finding), toneOf(finding))},
      {id: 'says', title: 'SAYS', cell: ({finding}) => cell(finding.says), min: 24, grow: true},
      {id: 'subject', title: 'SUBJECT', cell: ({finding}) => cell(finding.subject.label), min: 10, max: 28, rank: 1},
      {id: 'check', title: 'CHECK', cell: ({finding}) => cell(finding.check, 'muted'), max: 28, rank: 2},
    ],
  },
  open: ({finding}, {judged}) => (judged?.byId.has(finding.id) ? {kind: 'finding', id: finding.id} : 'it was cleared: there is nothing to open'),
  pane: ({finding}, {fabric}, width, now) => findingItems({finding, path: []}, fabric, width, now),
  whole: ({finding}, {judged}) => (judged?.byId.has(finding.id) ? 'about' : undefined),
  empty: () => ({text: 'nothing was raised or cleared yet', tone: 'muted'}),
});
