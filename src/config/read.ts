/** Reads config.yaml. The one way in: the console at start, and conf before it writes, both come through parseConfig. */
import {readFileSync} from 'node:fs';
import {basename} from 'node:path';
import {LineCounter, parseDocument, type Document} from 'yaml';
import {ConfigError, type FileProblem} from './problem.ts';
import {offsetOf} from './place.ts';
import {configSchema, type Config} from './schema.ts';
import {violations} from './validate.ts';

export interface ParsedConfig {
  readonly config: Config;
  readonly document: Document; // keeps comments and layout for edits
}

const maxBytes = 1 << 20;
const leftAlone = 'The file was left as it is: correct it, and try again.';

/** Throws ConfigError with every problem of the file, each with line and column. Empty text is an empty config. */
export function parseConfig(text: string, file: string): ParsedConfig {
  const lines = new LineCounter();
  const name = basename(file);
  let document: Document;
  try {
    document = parseDocument(text, {lineCounter: lines, prettyErrors: false, strict: true, logLevel: 'error'});
  } catch (error) { // nested deeper than the stack
    throw new ConfigError([{file: name, line: undefined, column: undefined, message: `not valid YAML: ${(error as Error).message}`}], leftAlone);
  }
  const at = (offset: number | undefined, message: string): FileProblem => {
    const position = offset === undefined ? undefined : lines.linePos(offset);
    return {file: name, line: position?.line, column: position?.col, message};
  };
  if (document.errors.length > 0) {
    throw new ConfigError(document.errors.map((error) => at(error.pos[0], `not valid YAML: ${error.message}`)), leftAlone);
  }
  let value: unknown;
  try {
    value = document.toJS({maxAliasCount: 100}) as unknown;
  } catch (error) {
    throw new ConfigError([at(undefined, `not valid YAML: ${(error as Error).message}`)], leftAlone);
  }
  if (value === null || value === undefined) return {config: {}, document};
  const problems = violations(value, configSchema).map((violation) => {
    const path = violation.path.join('.');
    return at(offsetOf(document, violation.path, violation.atKey), path === '' ? violation.message : `${path}: ${violation.message}`);
  });
  if (problems.length > 0) throw new ConfigError(problems, leftAlone);
  return {config: value as Config, document};
}

/** A file that does not exist is an empty config; one that cannot be read or used throws ConfigError. */
export function readConfig(file: string): {config: Config; exists: boolean} {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {config: {}, exists: false};
    throw new ConfigError([{file, line: undefined, column: undefined, message: `cannot be read: ${(error as Error).message}`}]);
  }
  if (text.length > maxBytes) {
    throw new ConfigError([{file, line: undefined, column: undefined, message: `is larger than ${maxBytes} bytes: this is no config.yaml`}], leftAlone);
  }
  return {config: parseConfig(text, file).config, exists: true};
}
