/** What is typed in the rooms of a runbook: an input, why a step is skipped, what confirms, where a report goes. */
import {choicesOf} from '../../runbooks/engine/facts.ts';
import {typedValue, wrongValue, type Choices} from '../../runbooks/engine/inputs.ts';
import type {RunbookInput} from '../../runbooks/model.ts';
import {reportOf} from '../../runbooks/report.ts';
import type {Control} from '../control.ts';
import type {Mode} from '../state.ts';
import {booksOf, deskOf, liveOf, planAgain, sentence, setDesk} from './desks.ts';
import {skip, undo, undoable} from './driver.ts';
import {shownValue} from './items.ts';

export type Prompt = Extract<Mode, {kind: 'prompt'}>;
export type Purpose = Prompt['purpose'];

export function ask(control: Control, purpose: Purpose, name: string, subject: string, text = ''): void {
  control.change({mode: {kind: 'prompt', purpose, name, subject, text}});
}

const inputOf = (control: Control, {name, subject}: Prompt): RunbookInput | undefined => deskOf(control, name)?.runbook.inputs.find((one) => one.name === subject);

/** What the fabric or the file offers for an input; none: anything of its type. */
function offered(input: RunbookInput, choices: Choices): readonly string[] {
  const type = input.type === 'list' ? input.of : input.type;
  return type === 'bool' ? ['true', 'false'] : type === 'choice' ? input.choices : type === 'host' ? (choices.hosts ?? []) : type === 'vnet' ? (choices.vnets ?? []) : [];
}

function wrongOf(control: Control, prompt: Prompt): string | undefined {
  const desk = deskOf(control, prompt.name);
  const {text} = prompt;
  switch (prompt.purpose) {
    case 'input': {
      const input = inputOf(control, prompt);
      return !input || text === '' ? undefined : wrongValue(input, typedValue(input, text), choicesOf(control.fabric));
    }
    case 'skip':
      return text.trim() === '' ? 'say why: it stands in the report' : undefined;
    case 'undo':
    case 'confirm':
      return text === prompt.subject ? undefined : desk ? `only ${prompt.subject} confirms it` : undefined;
    case 'report':
      return /.\.(md|json|xml)$/.test(text) ? undefined : 'a name that ends in .md, .json or .xml (JUnit)';
  }
}

/** The line that is typed on, and what stands beside it. */
export function promptLine(control: Control, prompt: Prompt): {readonly label: string; readonly aside: string; readonly wrong: boolean} {
  const {purpose, subject, name, text} = prompt;
  const wrong = text === '' ? undefined : wrongOf(control, prompt);
  const desk = deskOf(control, name);
  if (purpose === 'input') {
    const input = inputOf(control, prompt);
    const choices = input ? offered(input, choicesOf(control.fabric)) : [];
    const kind = !input ? '' : input.type === 'list' ? `a list of ${input.of}, with commas` : input.type === 'int' ? `a whole number${input.min === undefined ? '' : `, ${input.min} to ${input.max ?? 'any'}`}` : choices.length > 0 ? `↑ ↓: ${choices.join(', ')}` : input.type;
    return {label: `${subject} = `, aside: wrong ?? (text === '' ? `${kind}; empty: the default` : kind), wrong: wrong !== undefined};
  }
  if (purpose === 'skip') return {label: `Why is ${subject} skipped? `, aside: '', wrong: false};
  if (purpose === 'report') return {label: 'Write the report to: ', aside: wrong ?? '.md, .json or .xml (JUnit)', wrong: wrong !== undefined};
  if (purpose === 'undo') return {label: `Type ${subject} to undo ${desk ? undoable(desk, subject).join(', ') : ''}: `, aside: '', wrong: false};
  return {label: `Type ${subject} to run it: `, aside: '', wrong: false};
}

/** Why it is not taken; undefined: it was. */
export function keepPrompt(control: Control, prompt: Prompt): string | undefined {
  const wrong = wrongOf(control, prompt);
  if (wrong !== undefined) return wrong;
  const {purpose, name, subject, text} = prompt;
  const desk = deskOf(control, name);
  control.change({mode: {kind: 'main'}});
  if (!desk) return undefined;
  const step = desk.runbook.steps.find(({id}) => id === subject);
  switch (purpose) {
    case 'input': {
      const {[subject]: _, ...others} = desk.given;
      setDesk(control, name, {given: text === '' ? others : {...others, [subject]: text}});
      return planAgain(control, name) as undefined;
    }
    case 'skip':
      return step && (skip(control, name, step, text.trim()) as undefined);
    case 'undo':
      return step && (undo(control, name, step) as undefined);
    case 'confirm':
      return liveOf(control, name).typed?.(text) as undefined;
    case 'report': {
      const books = booksOf(control);
      if (!books || !desk.record) return 'there is no session to report';
      books.write(reportOf(desk.runbook, desk.record, books.runs(), books.context), text).then((where) => control.say(`the report is in ${where}`, 'accent'), (error: unknown) => control.say(sentence(error), 'bad'));
      return undefined;
    }
  }
}

export function editPrompt(control: Control, prompt: Prompt, text: string): void {
  control.change({mode: {...prompt, text}});
}

/** The next of what is offered; of a list the last element is exchanged. */
export function choosePrompt(control: Control, prompt: Prompt, by: number): string | undefined {
  const input = prompt.purpose === 'input' ? inputOf(control, prompt) : undefined;
  const all = input ? offered(input, choicesOf(control.fabric)) : [];
  if (!input || all.length === 0) return 'there is nothing to choose from: type it';
  const before = input.type === 'list' && prompt.text.includes(',') ? prompt.text.slice(0, prompt.text.lastIndexOf(',') + 1) : '';
  const at = all.indexOf(prompt.text.slice(before.length).trim());
  return editPrompt(control, prompt, `${before}${all[(at + by + all.length) % all.length] ?? ''}`) as undefined;
}

/** The value that an input has now, to be changed. */
export const presentValue = (control: Control, name: string, input: string): string => {
  const desk = deskOf(control, name);
  return desk?.given[input] ?? shownValue(desk?.resolution.values.find((one) => one.name === input)?.value ?? null);
};
