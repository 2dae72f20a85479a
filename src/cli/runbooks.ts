/** `evpn-tui runbooks`: which there are. */
import {join} from 'node:path';
import {Option, type Command} from 'commander';
import {actions} from '../actions/catalogue.ts';
import {paths} from '../config/paths.ts';
import {builtinFunctions} from '../runbooks/builtin/index.ts';
import {knownTo, openLibrary, type Library} from '../runbooks/library.ts';
import type {StepFunction} from '../runbooks/model.ts';
import {exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {asJson} from './output/document.ts';
import {plainTable} from './output/plain.ts';

export const functionsByName: ReadonlyMap<string, StepFunction> = new Map(builtinFunctions.map((one) => [one.name, one]));
export const libraryOf = (io: Io): Library => openLibrary(join(paths(io.env, io.home).configDir, 'runbooks'), knownTo(actions, functionsByName));

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('runbooks')
    .description('list the runbooks: those that are built in, and those in the folder "runbooks" of the configuration')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(({output}: {readonly output: 'text' | 'json'}) => {
      const {runbooks, broken} = libraryOf(io).list();
      for (const {message} of broken) io.stderr.write(`${message}\n`);
      io.stdout.write(output === 'json'
        ? asJson({runbooks: runbooks.map(({name, title, stage, explanation, origin, inputs, steps}) => ({name, title, stage: stage ?? null, explanation, origin, inputs: inputs.map((one) => ({name: one.name, title: one.title, type: one.type, default: one.default ?? null, optional: one.optional})), steps: steps.map(({id, title: what}) => ({id, title: what}))}))})
        : `${plainTable(['STAGE', 'RUNBOOK', 'STEPS', 'FROM', 'WHAT'], runbooks.map(({name, stage, steps, origin, title}) => [String(stage ?? '-'), name, String(steps.length), origin, title]))}\n`);
      finish(broken.length > 0 ? exitCode.usage : exitCode.ok);
    });
}
