/** The bars around a screen: where we are, what was said; key-bar.ts has the one of the keys. Pure. */
import {fit} from '../components/table/lines.ts';
import {clock} from '../text/age.ts';
import {cut, widthOf} from '../text/width.ts';
import {bold, glyph, inverse, paint, type Theme} from '../theme/theme.ts';
import {withoutCauses, type Judged} from './judged.ts';
import type {ScreenBadge} from './badges.ts';
import {nothingCalled, offers} from './palette.ts';
import {placeOf, screens, shortTitle} from './places.ts';
import type {Control} from './control.ts';
import {bookMark, leaveQuestion} from './runbook/body.ts';
import {promptLine} from './runbook/prompt.ts';
import {currentView, type ConsoleState} from './state.ts';

/** "✗2 ▲1 ?3": causes by outcome, on every screen. */
function causesText(judged: Judged | undefined, theme: Theme): {readonly plain: string; readonly painted: string} {
  if (!judged) return {plain: '? ', painted: paint(theme, '? ', 'unknown')};
  const parts = ([['fail', 'bad'], ['warn', 'warn'], ['unknown', 'unknown']] as const).flatMap(([outcome, tone]) => (judged.causes[outcome] > 0 ? [{text: `${glyph(theme, tone)}${judged.causes[outcome]}`, tone}] : []));
  const shown = parts.length > 0 ? parts : [{text: glyph(theme, withoutCauses(judged).tone), tone: withoutCauses(judged).tone}];
  return {plain: `${shown.map(({text}) => text).join(' ')}  `, painted: `${shown.map(({text, tone}) => paint(theme, text, tone)).join(' ')}  `};
}

interface TitleForm {
  readonly title: (title: string, here: boolean) => string;
  readonly gap: string; // between the key and the title
  readonly sides: string;
  readonly counts: boolean;
}
const whole = (title: string): string => title;
const othersShort = (title: string, here: boolean): string => (here ? title : shortTitle(title));
const onlyHere = (title: string, here: boolean): string => (here ? title : '');
/** From all that there is to say down to what must be said: the present screen by its name, the others by their keys. */
const titleForms: readonly TitleForm[] = [
  {title: whole, gap: ' ', sides: ' ', counts: true},
  {title: whole, gap: ' ', sides: ' ', counts: false},
  {title: othersShort, gap: '', sides: ' ', counts: true},
  {title: othersShort, gap: '', sides: '', counts: true},
  {title: othersShort, gap: '', sides: '', counts: false},
  {title: shortTitle, gap: '', sides: '', counts: false},
  {title: onlyHere, gap: '', sides: '', counts: true},
  {title: onlyHere, gap: '', sides: '', counts: false},
];
const nameAtLeast = 5; // of the name, before titles go
const wholeName = 16; // so much of it is left beside whole titles

/** "1 Overview  2 Hosts ✗1 …" in the fullest form for which there is room. */
function titleTexts(all: readonly {readonly key: string; readonly title: string}[], here: number, badges: ReadonlyMap<number, ScreenBadge>, columns: number, right: {readonly all: number; readonly must: number}, theme: Theme): {readonly texts: readonly string[]; readonly used: number} {
  let made: {texts: readonly string[]; used: number} = {texts: [], used: 0};
  for (const [i, form] of titleForms.entries()) {
    let used = 0;
    const texts = all.map(({key, title}, at) => {
      const current = at === here;
      const badge = form.counts ? badges.get(at) : undefined;
      const tone = badge && badge.fail > 0 ? 'bad' : 'warn';
      const mark = badge ? `${glyph(theme, tone)}${badge.fail > 0 ? badge.fail : badge.warn}` : '';
      const own = form.title(title, current);
      const lead = form.sides || (current || at === 0 ? ' ' : '');
      const body = `${key}${own === '' ? '' : form.gap}${own}`;
      used += widthOf(lead) + widthOf(body) + (mark ? (form.gap ? 1 : 0) + widthOf(mark) : 0) + 1;
      const shown = `${body}${mark ? `${form.gap}${paint(theme, mark, tone)}` : ''}`;
      if (!current) return `${lead}${shown} `;
      return inverse(theme, bold(theme, theme.attributes ? `${lead}${shown} ` : `[${shown}]`));
    });
    made = {texts, used};
    if (used + Math.min(right.all, right.must + (i < 2 ? wholeName : nameAtLeast)) <= columns) break;
  }
  return made;
}

/** "1 Overview  2 Hosts …        prod" */
export function titleBar(state: ConsoleState, name: string, theme: Theme, readOnly = false, badges: ReadonlyMap<number, ScreenBadge> = new Map()): string {
  const {columns} = state.size;
  const here = placeOf(currentView(state)).screen;
  const causes = causesText(state.frozen ? state.frozen.judged : state.judged, theme);
  const right = `${bookMark(state.books)}${readOnly ? 'READ-ONLY  ' : ''}${state.frozen ? `FROZEN ${clock(state.frozen.at)}  ` : ''}${name} `;
  const {texts, used} = titleTexts(screens.map(({key, title}) => ({key, title})), here, badges, columns - widthOf(causes.plain), {all: widthOf(right), must: widthOf(right) - widthOf(name)}, theme);
  const tabs = texts.join('');
  const room = columns - used - widthOf(causes.plain);
  const text = fit(right, Math.max(0, Math.min(room, widthOf(right))));
  return `${tabs}${' '.repeat(Math.max(0, room - widthOf(text)))}${causes.painted}${state.frozen || readOnly ? paint(theme, text, 'warn') : text}`;
}

/** The view, its neighbours and its filter; on the right what `count` says. */
export function crumbBar(state: ConsoleState, label: string, count: string, theme: Theme): string {
  const view = currentView(state);
  const {screen, at} = placeOf(view);
  const views = screens[screen]?.views ?? [];
  const {columns} = state.size;
  const tabs = state.mode.kind !== 'action' && views.length > 1 && view.kind !== 'detail' && view.kind !== 'finding' && view.kind !== 'run' && view.kind !== 'book' ? views.map(({title}, i) => (i === at ? `[${title}]` : ` ${title} `)).join(' ') : label;
  const right = cut(count, Math.floor(columns / 2));
  const room = Math.max(0, columns - 1 - widthOf(right) - 1);
  return ` ${bold(theme, fit(tabs, room))}${paint(theme, right, 'muted')} `;
}

/** What was said about the last key; else what is being typed. */
export function statusBar(control: Control, note: string | undefined, theme: Theme): string {
  const {mode, notice, size} = control.state;
  const width = size.columns;
  if (mode.kind === 'leave') return paint(theme, fit(` ${leaveQuestion(control.state.books)}`, width), 'warn');
  if (mode.kind === 'prompt') {
    const {label, aside, wrong} = promptLine(control, mode);
    const more = notice?.text ?? aside;
    const room = Math.max(4, width - widthOf(label) - 4);
    const shown = widthOf(mode.text) > room ? `…${[...mode.text].slice(1 - room).join('')}` : mode.text;
    return paint(theme, fit(` ${label}${shown}█${more === '' ? '' : `   (${more})`}`, width), wrong ? 'warn' : 'plain');
  }
  const typed = mode.kind === 'filter' ? `/${control.table(mode.resource).filter}█` : mode.kind === 'palette' ? `:${mode.text}█` : undefined;
  if (notice && typed === undefined) return paint(theme, fit(` ${notice.text}`, width), notice.tone);
  const aside = notice?.text ?? note;
  if (typed !== undefined) return fit(` ${typed}${aside ? `   (${aside})` : ''}`, width);
  const {flow} = control.state;
  if (flow?.phase === 'running' && mode.kind !== 'action') return paint(theme, fit(` ${flow.title}: ${flow.doing}; a shows it`, width), 'accent');
  return note ? paint(theme, fit(` ${note}`, width), 'warn') : ' '.repeat(width);
}

/** Completions under the palette. */
export function paletteLines(control: Control, height: number, theme: Theme): readonly string[] {
  const {mode, size} = control.state;
  if (mode.kind !== 'palette') return [];
  const found = offers(control, mode.text);
  if (found.length === 0) return [paint(theme, fit(` ${nothingCalled(control, mode.text)}`, size.columns), 'warn')];
  const top = Math.max(0, Math.min(mode.chosen - height + 1, found.length - height));
  return found.slice(top, top + height).map(({name, what}, i) => {
    const line = `${fit(name, 32)} ${fit(what, Math.max(0, size.columns - 35))}`;
    return top + i === mode.chosen ? inverse(theme, `▸ ${line}`) : `  ${line}`;
  });
}
