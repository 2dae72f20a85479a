/** All about one finding, as lines: what was read and when, what to do, what explains it and what it explains. Pure. */
import {findCheck} from '../checks/catalogue.ts';
import {flatten} from '../checks/fold.ts';
import {wrapHard, wrapWords} from '../components/wrap.ts';
import type {Fabric} from '../model/fabric.ts';
import type {Evidence, Finding, Remedy} from '../model/finding.ts';
import {stampFreshness} from '../model/reading.ts';
import {age, ago, clock} from '../text/age.ts';
import type {DetailItem} from './detail-items.ts';
import {alike, toneOf, wordOf, type Placed} from './judged.ts';
import {objectName} from './objects.ts';

const shownSymptoms = 40;

export function findingItems({finding, path}: Placed, fabric: Fabric, width: number, now: number): readonly DetailItem[] {
  const {id, check, says, since, evidence, remedy, missing, symptoms, subject} = finding;
  const about = findCheck(check);
  const all = [...flatten(symptoms)];
  const explains = alike(all, (one) => `${wordOf(one)} ${one.says}`);
  let next = 0;
  const text = (line: string, tone: Extract<DetailItem, {kind: 'text'}>['tone'] = 'plain', indent = 2): readonly DetailItem[] =>
    wrapWords(line, Math.max(10, width - indent - 1)).map((part, i) => ({kind: 'text', id: `${next++}`, text: `${' '.repeat(i === 0 ? indent : indent + 2)}${part}`, tone, whole: line}));
  // With an age or a count in the line, a name of its own: the cursor stays on it.
  const title = (line: string, name = line): DetailItem => ({kind: 'title', id: `# ${name}`, title: line});
  const seen = since > 0 ? `since ${clock(since)} (${age(now - since)})` : '';
  return [
    title(`${wordOf(finding)} ${check}  ${seen}`, 'finding'),
    ...text(says, toneOf(finding)),
    ...text(`${id}`, 'muted'),
    ...(evidence.length > 0 ? [title('What was read'), ...evidence.flatMap((one) => [...text(one.text), ...text(originOf(one, now), isStale(one, now) ? 'stale' : 'muted', 4)])] : []),
    ...(missing.length > 0 ? [title('Not read'), ...missing.flatMap(({source, probe, why}) => text(`${probe} of ${source}: ${why}`, 'unknown'))] : []),
    ...(remedy ? [title('What to do'), ...text(remedy.text), ...remedyLines(remedy, width).map((line): DetailItem => ({kind: 'text', id: `${next++}`, tone: 'accent', ...line}))] : []),
    ...(path.length > 0 ? [title('Explained by'), ...path.map((one) => relation(one))] : []),
    ...(explains.length > 0 ? [title(`Explains ${all.length}`, 'explains'), ...explains.slice(0, shownSymptoms).map(({one, times}) => relation(one, times)), ...(explains.length > shownSymptoms ? text(`and ${explains.length - shownSymptoms} more`, 'muted') : [])] : []),
    ...(subject.rows.length > 0 ? [title('Concerns'), ...subject.rows.map((ref, i): DetailItem => ({kind: 'relation', id: `row ${i}`, label: objectName(ref.resource, ref.id, fabric), tone: 'accent', view: {kind: 'detail', ref: {...ref, label: objectName(ref.resource, ref.id, fabric)}}}))] : []),
    ...(about ? [title(about.title), ...text(about.explanation, 'muted'), ...text(`Origin: ${about.origin}`, 'muted')] : []),
  ];
}

const relation = (finding: Finding, times = ''): DetailItem => ({kind: 'relation', id: `→ ${finding.id}`, label: `${wordOf(finding)} ${times}${finding.says}`, tone: toneOf(finding), view: {kind: 'finding', id: finding.id}});

const isStale = ({stamp}: Evidence, now: number): boolean => stamp !== undefined && stampFreshness(stamp, now) !== 'fresh';
function originOf({stamp}: Evidence, now: number): string {
  if (!stamp) return 'from several readings';
  if (stamp.at === undefined) return `never read, ${stamp.source} ${stamp.probe}`;
  return `${stampFreshness(stamp, now) === 'stale' ? `as of ${clock(stamp.at)}` : ago(now - stamp.at)}, ${stamp.source} ${stamp.probe}`;
}

/** Verbatim, as it is typed on that host; and what the gate would run. Each line with what is copied from it: all of the script, without the prompt. */
function remedyLines({command, action}: Remedy, width: number): readonly {readonly text: string; readonly whole: string}[] {
  const room = Math.max(10, width - 5);
  const lines = (shown: string, whole: string): {readonly text: string; readonly whole: string}[] => wrapHard(shown, room).map((line) => ({text: `    ${line}`, whole}));
  const typed = command ? command.script.split('\n').flatMap((line, i) => lines(`${i === 0 ? `${command.host}# ` : '  '}${line}`, command.script)) : [];
  const call = action && `${action.id} ${Object.entries(action.params).map(([name, value]) => `${name}=${value}`).join(' ')}`;
  return [...typed, ...(call === undefined ? [] : lines(`f runs it: ${call}`, call))];
}
