/** A room of a runbook as the body of the frame: its lines, and below a rule what comes next and how to go back. Pure. */
import {fit} from '../../components/table/lines.ts';
import type {Tone} from '../../model/tone.ts';
import {paint, type Theme} from '../../theme/theme.ts';
import {detailLines} from '../detail.ts';
import type {DetailItem} from '../detail-items.ts';
import {footHeight, open, underWay, type BookState, type Desk, type Room} from './desk.ts';
import {progress} from './items.ts';

export interface RoomView {
  readonly desk: Desk | undefined;
  readonly name: string;
  readonly room: Room;
  readonly items: readonly DetailItem[];
  readonly top: number;
  readonly cursor: number;
  readonly width: number;
  readonly height: number;
  readonly now: number;
  readonly theme: Theme;
}
const labels = {plan: 'Plan of', run: 'Run of', report: 'Report of'} as const;

export function roomBody({desk, name, room, items, top, cursor, width, height, now, theme}: RoomView): {readonly lines: readonly string[]; readonly label: string; readonly count: string; readonly note: undefined} {
  const label = `${labels[room]} ${name}`;
  if (!desk) return {lines: ['', paint(theme, fit(`  there is no runbook ${name} any more; R lists those that there are`, width), 'warn')], label, count: '', note: undefined};
  const foot = room === 'report' ? [] : footOf(desk, room, now);
  const room_ = height - (foot.length === 0 ? 0 : footHeight(room));
  const shown = detailLines(items, top, cursor, width, room_, now, theme);
  const blank = Array.from({length: Math.max(0, room_ - shown.length)}, () => '');
  const lines = foot.length === 0 ? shown : [...shown, ...blank, paint(theme, '─'.repeat(Math.max(0, width - 1)), 'muted'), ...foot.slice(0, 2).map(({text, tone}) => paint(theme, fit(` ${text}`, width), tone))];
  return {lines, label, count: `${room === 'plan' ? '' : `${progress(desk)}  `}${Math.min(items.length, top + room_)}/${items.length}`, note: undefined};
}

interface Foot {
  readonly text: string;
  readonly tone: Tone;
}
const line = (text: string, tone: Tone = 'plain'): Foot => ({text, tone});

/** Two lines: what comes next, and how to go back. */
function footOf(desk: Desk, room: Room, now: number): readonly Foot[] {
  const {resolution, planning, planned, runbook, phase, step, says, guards, stopping, asks, all, record} = desk;
  const title = runbook.steps.find(({id}) => id === step)?.title ?? '';
  const [guard] = guards;
  // Rather a second too few: the host has its own clock.
  const left = guard && Math.max(0, Math.floor((guard.until - now) / 1000));
  const back = record?.steps.some(({runs}) => runs.some(({undone}) => !undone)) ? line('u on a step undoes down to it; o shows what was done so far', 'muted') : line('Nothing was changed so far', 'muted');
  if (room === 'plan' && phase === 'plan') {
    const first = resolution.wrong[0] ?? (resolution.missing[0] && `${resolution.missing.map(({input}) => input.name).join(', ')}: Enter on ${resolution.missing.length === 1 ? 'it' : 'each'} gives the value`);
    const todo = planned.filter(({state}) => state === 'to do').length;
    const blocked = planned.filter(({state}) => state === 'blocked').length;
    const later = planned.filter(({state}) => state === 'later').length;
    return [
      first !== undefined ? line(first, 'warn') : planning !== undefined ? line('It is being planned; nothing is changed by that', 'accent') : line(`${todo} to do${later > 0 ? `, ${later} planned when reached` : ''}${blocked > 0 ? `, ${blocked} blocked` : ''}, ${planned.filter(({state}) => state === 'already so').length} already so`, blocked > 0 ? 'bad' : 'plain'),
      line('y runs it step by step, a all at once; Enter changes an input, s skips a step', 'muted'),
    ];
  }
  if (room === 'plan') return [line('This is the plan that the session was begun with; n makes a new one', 'muted'), line('y leads to the run', 'muted')];
  switch (phase) {
    case 'plan': return [line('It was not begun', 'muted'), line('Esc leads to its plan', 'muted')];
    case 'starting': return [line(`${desk.doing} …`, 'accent'), back];
    case 'looking': return [line(`Looking what "${title}" would change; nothing is changed by that`, 'accent'), back];
    case 'waiting': return [line(`y runs it, a all that is left, s skips it, x stops here: ${title}`, 'warn'), back];
    case 'running':
    case 'undoing': return [
      asks !== undefined ? line(`"${asks}" has to be typed to run this: y`, 'warn')
        : guard ? line(`commit-confirmed: ${guards.length === 1 ? guard.host : `${guards.length} hosts`} ${guards.length === 1 ? 'takes' : 'take'} it back in ${left} s unless it is confirmed`, 'warn')
        : stopping !== undefined ? line(`Stopping ${stopping === 'at once' ? 'after the present command' : 'after this step; x again: after the present command'}`, 'warn')
        : line(phase === 'undoing' ? 'Undoing; x stops it' : `${all ? 'All steps that are left are run' : 'It stops before the next step'}; x stops after this one`, 'accent'),
      line('Esc leaves this screen and lets it go on', 'muted'),
    ];
    case 'stopped': return [says ? line(says.bad ? `${says.text.split('\n')[0] ?? ''}` : says.text, says.bad ? 'bad' : 'plain') : line(`This session is not at its end${title === '' ? '' : `: next is "${title}"`}`, 'warn'), line('y next step, a all that are left, s skip, u undo, o report, c leave as it is', 'muted')];
    case 'ended': return [line(`${record?.ended?.how === 'undone' ? 'Undone' : 'Done'}: ${says?.text ?? 'this session is at its end'}`, says?.bad ? 'bad' : 'ok'), line('o shows the report, u on a step undoes down to it, n begins another', 'muted')];
  }
}

/** For the title bar: what goes on while something else is looked at. */
export function bookMark(books: BookState): string {
  const desk = open(books);
  if (!desk) return '';
  const at = desk.runbook.steps.findIndex(({id}) => id === desk.step) + 1;
  return `${underWay(books) ? '▸' : '?'} ${desk.runbook.name} ${at > 0 ? `${at}/${desk.runbook.steps.length}` : ''}  `;
}

/** The question before the console is left while something is sent. */
export function leaveQuestion(books: BookState): string {
  const desk = underWay(books);
  return desk ? `${desk.runbook.name} is under way: y quits after the present step, k quits now (it is cut off, and offered at the next start), n stays` : 'n stays, y quits';
}

