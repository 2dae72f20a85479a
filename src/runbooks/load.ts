/** A runbook file from text: read as YAML, held to the schema, with every problem at its line and column. */
import {createHash} from 'node:crypto';
import {LineCounter, parseDocument, visit, type Document} from 'yaml';
import {offsetOf} from '../config/place.ts';
import {ConfigError, type FileProblem} from '../config/problem.ts';
import {violations} from '../config/validate.ts';
import {inspect, type Known} from './inspect.ts';
import type {InputType, Place, Runbook, RunbookInput, RunbookStep, Value} from './model.ts';
import {runbookSchema} from './schema.ts';

const mostBytes = 1 << 20;
type Path = readonly (string | number)[];
type Raw = Readonly<Record<string, unknown>>;

/** Throws ConfigError with all problems. `known`: the actions and step functions that a step may name. */
export function loadRunbook(text: string, file: string, known: Known, origin: string = file): Runbook {
  const lines = new LineCounter();
  const nowhere = (message: string): ConfigError => new ConfigError([{file, line: undefined, column: undefined, message}]);
  if (text.length > mostBytes) throw nowhere(`is larger than ${mostBytes} bytes: this is no runbook`);
  let document: Document;
  let value: unknown;
  let dangling: {readonly name: string; readonly at: number} | undefined;
  try {
    document = parseDocument(text, {lineCounter: lines, prettyErrors: false, strict: true, logLevel: 'error'});
    dangling = document.errors.length === 0 ? danglingAlias(document) : undefined;
    if (document.errors.length === 0 && !dangling) value = document.toJS({maxAliasCount: 100});
  } catch (error) {
    throw nowhere(`not valid YAML: ${(error as Error).message}`);
  }
  const placeAt = (offset: number): Place => {
    const {line, col} = lines.linePos(offset);
    return {line, column: col};
  };
  const problem = (place: Place | undefined, message: string): FileProblem => ({file, line: place?.line, column: place?.column, message});
  if (document.errors.length > 0) throw new ConfigError(document.errors.slice(0, 20).map((error) => problem(placeAt(error.pos[0]), `not valid YAML: ${error.message}`)));
  if (dangling) throw new ConfigError([problem(placeAt(dangling.at), `not valid YAML: *${dangling.name} is an alias, and nothing above it is marked &${dangling.name}`)]);
  const placeOf = (path: Path, atKey = false): Place => placeAt(offsetOf(document, path, atKey) ?? 0);

  const wrong = violations(value, runbookSchema).map((one) => problem(placeOf(one.path, one.atKey), `${one.path.length === 0 ? '' : `${dotted(one.path)}: `}${one.message}`));
  if (wrong.length > 0) throw new ConfigError(wrong);
  const runbook = runbookOf(value as Raw, file, origin, createHash('sha256').update(text).digest('hex'));
  const found = inspect(runbook, known, (path, atKey) => placeOf(path, atKey)).toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column).map(({place, message}) => problem(place, message));
  if (found.length > 0) throw new ConfigError(found);
  return runbook;
}

/** The parser itself finds it when it makes values, and then does not know where it stands. */
function danglingAlias(document: Document): {readonly name: string; readonly at: number} | undefined {
  let found: {readonly name: string; readonly at: number} | undefined;
  visit(document, {
    Alias: (_key, node) => {
      if (node.resolve(document)) return undefined;
      found = {name: node.source, at: node.range?.[0] ?? 0};
      return visit.BREAK;
    },
  });
  return found;
}

const dotted = (path: Path): string => path.map((part) => (typeof part === 'number' ? `[${part + 1}]` : `.${part}`)).join('').replace(/^\./, '');

function runbookOf(raw: Raw, file: string, origin: string, digest: string): Runbook {
  return {
    name: raw['name'] as string, title: raw['title'] as string, stage: raw['stage'] as number | undefined, explanation: textOf(raw, 'explanation') ?? '', file, origin, digest,
    inputs: Object.entries((raw['inputs'] ?? {}) as Readonly<Record<string, Raw>>).map(([name, one]) => inputOf(name, one)),
    steps: (raw['steps'] as readonly Raw[]).map(stepOf),
  };
}

function inputOf(name: string, raw: Raw): RunbookInput {
  return {
    name, title: raw['title'] as string, type: raw['type'] as InputType, default: raw['default'] as Value | undefined,
    optional: raw['optional'] === true, choices: (raw['choices'] ?? []) as readonly string[], of: (raw['of'] ?? 'string') as InputType,
    min: raw['min'] as number | undefined, max: raw['max'] as number | undefined, pattern: textOf(raw, 'pattern'),
  };
}

function stepOf(raw: Raw): RunbookStep {
  const file = raw['file'] as Raw | undefined;
  const secret = raw['secret'] as Raw | undefined;
  const target = raw['target'] as string | readonly string[] | undefined;
  return {
    id: raw['id'] as string, title: raw['title'] as string, explanation: textOf(raw, 'explanation') ?? '',
    target: target === undefined ? [] : typeof target === 'string' ? [target] : target,
    each: textOf(raw, 'each'), when: textOf(raw, 'when'), check: textOf(raw, 'check'), apply: textOf(raw, 'apply'), verify: textOf(raw, 'verify'), undo: textOf(raw, 'undo'), value: textOf(raw, 'value'),
    file: file && {path: file['path'] as string, content: file['content'] as string, mode: textOf(file, 'mode'), owner: textOf(file, 'owner'), after: textOf(file, 'after')},
    secret: secret && {path: secret['path'] as string, make: secret['make'] as string, public: textOf(secret, 'public')},
    uses: textOf(raw, 'uses'), run: textOf(raw, 'run'), with: (raw['with'] ?? {}) as Readonly<Record<string, Value>>,
    deadlineS: (raw['deadline'] ?? 60) as number, verifyWithinS: (raw['verify-within'] ?? 30) as number,
    commitConfirmedS: raw['commit-confirmed'] as number | undefined, together: raw['together'] === true, expect: textOf(raw, 'expect'),
  };
}

const textOf = (raw: Raw, key: string): string | undefined => raw[key] as string | undefined;
