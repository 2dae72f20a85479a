/** The runbooks as the console has them: the library, the engine over its own gate, and where reports are written. */
import {writeFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {createExecutor} from '../actions/execute.ts';
import type {Gate} from '../actions/gate.ts';
import type {Journal} from '../journal/journal.ts';
import {createRunbooks} from '../runbooks/engine/session.ts';
import {junit, markdown, type Report} from '../runbooks/report.ts';
import type {Books} from '../screens/runbook/desk.ts';
import type {Io} from './io.ts';
import {asJson, documentOf} from './output/document.ts';
import {functionsByName, libraryOf} from './runbooks.ts';
import type {Opened} from './run-fabric.ts';

export function booksOf({source, reach, target}: Opened, gate: Gate, journal: Journal, io: Io): Books {
  const textOf = (report: Report, file: string): string => (file.endsWith('.json') ? asJson(documentOf('runbook', source.current(), {...report})) : file.endsWith('.xml') ? junit(report) : markdown(report));
  return {
    library: libraryOf(io),
    runbooks: createRunbooks({gate, source, executor: createExecutor(reach), journal, functions: functionsByName}),
    runs: () => journal.runs(),
    context: target.name,
    write: async (report, file) => {
      const path = resolve(file.replace(/^~(?=\/)/, io.home));
      try {
        await writeFile(path, textOf(report, file), {flag: 'wx', mode: 0o600});
      } catch (error) {
        throw new Error((error as NodeJS.ErrnoException).code === 'EEXIST' ? `${path} is there already: name another` : `${path} cannot be written: ${(error as Error).message}`);
      }
      return path;
    },
  };
}
