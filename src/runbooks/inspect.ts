/** What the schema cannot say: names that must exist, keys that go together, expressions and scripts that can be used. */
import {didYouMean} from '../text/did-you-mean.ts';
import {ExpressionError} from './engine/expression.ts';
import {notKept} from './engine/kept.ts';
import {loneExpression, mentions, parseScript, parseTemplate, type Part} from './engine/template.ts';
import {wrongValue} from './engine/inputs.ts';
import type {Place, Runbook, RunbookInput, RunbookStep, Value} from './model.ts';

/** What a step may name. */
export interface Known {
  /** Actions of the gate: id → its parameters. */
  readonly actions: ReadonlyMap<string, {readonly params: readonly {readonly name: string; readonly required: boolean}[]}>;
  readonly functions: ReadonlyMap<string, {readonly with: Readonly<Record<string, {readonly required?: boolean}>>}>;
}
export interface Found {
  readonly place: Place;
  readonly message: string;
}
type Path = readonly (string | number)[];
type PlaceOf = (path: Path, atKey?: boolean) => Place;

const scripts = ['check', 'apply', 'verify', 'undo', 'value'] as const;
/** The name of a secret, and not of where it is. */
const secretName = /^(?!.*(file|path|dir|folder)$).*(password|passwd|passphrase|secret|token|private_?key|preshared_?key)/i;
const selector = /^(all|router|role:(reflector|vtep|frontend|virtual-router)|host:\S+|\{\{[^\n]+\}\})$/;

export function inspect(runbook: Runbook, known: Known, placeOf: PlaceOf): readonly Found[] {
  const ids = new Set<string>();
  return [
    ...runbook.inputs.flatMap((input, at) => inspectInput(input, runbook.inputs.slice(0, at).map(({name}) => name), (path) => placeOf(['inputs', input.name, ...path]))),
    ...runbook.steps.flatMap((step, at): Found[] => {
      const place: PlaceOf = (path, atKey) => placeOf(['steps', at, ...path], atKey);
      const twice = ids.has(step.id) ? [{place: place(['id']), message: `there is a step "${step.id}" above`}] : [];
      const found = inspectStep(step, {inputs: runbook.inputs.map(({name}) => name), steps: [...ids], known}, place);
      ids.add(step.id);
      return [...twice, ...found];
    }),
  ];
}

function inspectInput(input: RunbookInput, before: readonly string[], place: (path: Path) => Place): Found[] {
  const {type, choices, pattern} = input;
  const found: Found[] = [];
  const say = (path: Path, message: string): void => void found.push({place: place(path), message: `inputs.${input.name}: ${message}`});
  if (secretName.test(input.name)) say([], 'an input stands in the journal and in reports: no secret can be given so; a step with "secret" makes it on its host');
  if (type === 'choice' && choices.length === 0) say([], 'a choice needs choices');
  if (type !== 'choice' && choices.length > 0) say(['choices'], 'choices are for type choice');
  if (pattern !== undefined) {
    try {
      new RegExp(`^(?:${pattern})$`, 'u');
    } catch (error) {
      say(['pattern'], (error as Error).message);
    }
  }
  if (typeof input.default === 'string' && input.default.includes('{{')) {
    expressions(input.default, 'text', (message) => say(['default'], message), (parts) => [...wrongNames(parts, ['inputs', 'hosts', 'fabric'], before)]);
  } else if (input.default !== undefined && input.default !== null) {
    const wrong = wrongValue(input, input.default);
    if (wrong !== undefined) say(['default'], wrong);
  }
  return found;
}

interface Around {
  readonly inputs: readonly string[];
  readonly steps: readonly string[]; // above
  readonly known: Known;
}

function inspectStep(step: RunbookStep, {inputs, steps, known}: Around, place: PlaceOf): Found[] {
  const found: Found[] = [];
  const say = (path: Path, message: string, atKey = false): void => void found.push({place: place(path, atKey), message: `step ${step.id}: ${message}`});
  for (const [at, one] of step.target.entries()) if (!selector.test(one)) say(step.target.length > 1 ? ['target', at] : ['target'], `"${one}" selects nothing; expected all, router, role:reflector, role:vtep, role:frontend, role:virtual-router, host:NAME or {{ a list of hosts }}`);

  const names = ['inputs', 'hosts', 'fabric', ...(step.target.length > 0 ? ['host'] : []), ...(step.each === undefined ? [] : ['item'])];
  const look = (path: Path, text: string | undefined, how: 'script' | 'text' | 'file' | 'expression', seen: readonly string[] = names): void => {
    if (text === undefined) return;
    expressions(text, how, (message) => say(path, message), (parts) => [...wrongNames(parts, seen, inputs), ...wrongSteps(parts, steps)]);
  };
  for (const [at, one] of step.target.entries()) if (one.includes('{{')) look(step.target.length > 1 ? ['target', at] : ['target'], one, 'expression', ['inputs', 'hosts', 'fabric']);
  look(['each'], step.each, 'expression', names.filter((name) => name !== 'item'));
  look(['when'], step.when, 'expression');
  for (const key of scripts) look([key], step[key], 'script');
  const again = (path: Path, text: string | undefined): void => {
    // What stands for a value is looked at when the step is planned.
    const lost = text === undefined ? undefined : notKept(text.replaceAll(/\{\{.*?\}\}/g, '$value'));
    if (lost !== undefined) say(path, lost);
  };
  if (step.apply !== undefined || step.file !== undefined || step.secret !== undefined) for (const key of ['check', 'verify', 'undo'] as const) again([key], step[key]);
  again(['file', 'after'], step.file?.after);
  look(['file', 'path'], step.file?.path, 'text');
  look(['file', 'content'], step.file?.content, 'file');
  look(['file', 'after'], step.file?.after, 'script');
  look(['secret', 'path'], step.secret?.path, 'text');
  look(['secret', 'make'], step.secret?.make, 'script');
  look(['secret', 'public'], step.secret?.public, 'script');
  for (const key of ['title', 'expect'] as const) look([key], step[key], 'text');
  const through = (path: Path, value: Value): void => {
    if (typeof value === 'string') look(path, value, 'text');
    else if (typeof value === 'object' && value !== null) for (const [key, one] of Object.entries(value as object)) through([...path, Array.isArray(value) ? Number(key) : key], one as Value);
  };
  through(['with'], step.with);
  together(step, say);
  naming(step, known, say);
  return found;
}

/** Which keys go with which. */
function together(step: RunbookStep, say: (path: Path, message: string, atKey?: boolean) => void): void {
  const ways = ([['uses', step.uses], ['run', step.run], ['file', step.file], ['secret', step.secret], ['apply', step.apply], ['check', step.check]] as const).filter(([, value]) => value !== undefined).map(([key]) => key);
  const way = ways[0];
  if (way === undefined) return say([], 'it does nothing: expected one of uses, run, file, secret, apply or check');
  const not = (keys: readonly (keyof RunbookStep)[], why: string): void => {
    for (const key of keys) if (step[key] !== undefined) say([key], `"${key}" does not go with "${way}": ${why}`, true);
  };
  if (way === 'uses' || way === 'run') {
    for (const other of ways.slice(1)) if (way === 'run' || other !== 'check') say([other], `"${other}" does not go with "${way}": a step has one way`, true);
    if (way === 'uses' && step.check !== undefined && step.target.length === 0) say(['check'], 'it has no target: where is this to be looked at?', true);
    not(way === 'uses' ? ['verify', 'undo', 'value', 'commitConfirmedS'] : ['verify', 'undo'], way === 'uses' ? 'an action verifies and undoes itself' : 'a step function says so itself');
  } else {
    if (way === 'file' || way === 'secret') for (const other of ways.slice(1)) say([other], `"${other}" does not go with "${way}": it is compared by itself`, true);
    if (way === 'secret') not(['undo', 'value'], way === 'secret' ? 'its public part is its value' : '');
    if (way === 'file') not(['undo'], 'the file is put back as it was');
    if (Object.keys(step.with).length > 0) say(['with'], '"with" is for uses and run', true);
    if (step.target.length === 0) say([], 'it has no target: where is this to be done?');
    if (way === 'check') not(['undo', 'verify', 'commitConfirmedS'], 'a step that only checks changes nothing');
    if (step.apply !== undefined && step.check === undefined) say(['apply'], 'apply needs a check that tells whether it is already so', true);
    if (step.commitConfirmedS !== undefined && step.file === undefined && step.undo === undefined) say(['commit-confirmed'], 'the host can take back a file, or what has an undo', true);
  }
  if (step.expect !== undefined && (way !== 'check' || step.apply !== undefined)) say(['expect'], '"expect" is for a step with check alone', true);
}

function naming(step: RunbookStep, {actions, functions}: Known, say: (path: Path, message: string, atKey?: boolean) => void): void {
  const unknown = (what: string, name: string, all: readonly string[]): string => {
    const meant = didYouMean(name, all);
    return `there is no ${what} "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
  };
  const given = Object.keys(step.with);
  const hold = (all: readonly {readonly name: string; readonly required: boolean}[]): void => {
    for (const name of given) if (!all.some((one) => one.name === name)) say(['with', name], `unknown parameter "${name}"; known: ${all.map((one) => one.name).join(', ') || 'none'}`, true);
    for (const {name, required} of all) if (required && !given.includes(name)) say([step.uses === undefined ? 'run' : 'uses'], `the parameter "${name}" is missing`);
  };
  if (step.uses !== undefined) {
    const action = actions.get(step.uses);
    if (action) hold(action.params);
    else say(['uses'], unknown('action', step.uses, [...actions.keys()]));
  } else if (step.run !== undefined) {
    const one = functions.get(step.run);
    if (one) hold(Object.entries(one.with).map(([name, {required}]) => ({name, required: required === true})));
    else say(['run'], unknown('step function', step.run, [...functions.keys()]));
  }
}

function expressions(text: string, how: 'script' | 'text' | 'file' | 'expression', say: (message: string) => void, more: (parts: readonly Part[]) => readonly string[]): void {
  const where = (at: number): string => {
    const lines = text.slice(0, at).split('\n');
    return text.includes('\n') ? `line ${lines.length} of the text: ` : '';
  };
  try {
    if (how === 'expression') loneExpression(text);
    const parts = how === 'script' ? parseScript(text) : parseTemplate(how === 'expression' ? text.trim() : text, {blocks: how === 'file'});
    for (const message of more(parts)) say(message);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    say(`${where(error.at)}${error.message}`);
  }
}

function wrongNames(parts: readonly Part[], names: readonly string[], inputs: readonly string[]): readonly string[] {
  const found = mentions(parts);
  return [
    ...found.names.filter(({name}) => !names.includes(name)).map(({name}) => `there is nothing called "${name}" here; there is: ${names.join(', ')}`),
    ...found.inputs.filter(({name}) => !inputs.includes(name)).map(({name}) => `there is no input "${name}"; there are: ${inputs.join(', ') || 'none'}`),
  ];
}
const wrongSteps = (parts: readonly Part[], above: readonly string[]): readonly string[] => mentions(parts).steps.filter((one) => !above.includes(one)).map((one) => `value("${one}", …): there is no step "${one}" above`);
