/** `evpn-tui runbook lint FILE`, `runbook show NAME`, `runbook schema`, `runbook functions`: for those who write runbooks. */
import type {Command} from 'commander';
import {ConfigError} from '../config/problem.ts';
import {runbookSchema} from '../runbooks/schema.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {asJson} from './output/document.ts';
import {plainTable} from './output/plain.ts';
import {shellFaults} from './runbook-shell.ts';
import {functionsByName, libraryOf} from './runbooks.ts';

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const runbook = program.command('runbook').description('write runbooks: lint, show, schema, functions');
  runbook.command('lint').argument('<file...>').description('say what is wrong in a file, with line and column; exit 0 nothing, 4 something').action((files: readonly string[]) => {
    let wrong = false;
    for (const file of files) {
      try {
        const found = libraryOf(io).find(file.includes('/') ? file : `./${file}`)!;
        const faults = shellFaults(found);
        wrong ||= faults.length > 0;
        if (faults.length > 0) io.stderr.write(`${faults.join('\n')}\n`);
        else io.stdout.write(`${file}: ${found.name}, ${found.inputs.length} inputs, ${found.steps.length} steps: nothing wrong\n`);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        wrong = true;
        io.stderr.write(`${error.message}\n`);
      }
    }
    finish(wrong ? exitCode.wrong : exitCode.ok);
  });
  runbook.command('show').argument('<name>').description('its inputs and steps, with their explanations').action((name: string) => {
    const found = libraryOf(io).find(name);
    if (!found) throw new CliError(exitCode.usage, `there is no runbook "${name}"`, 'evpn-tui runbooks lists them');
    const text = (says: string, by: string): string[] => says.trim().split('\n').filter((line) => line !== '' || says.includes('\n')).map((line) => `${by}${line}`.trimEnd());
    io.stdout.write(`${[
      `${found.name}: ${found.title} (${found.origin})`, ...(found.explanation === '' ? [] : text(found.explanation, '')),
      ...(found.inputs.length === 0 ? [] : ['', 'Inputs', ...found.inputs.map((one) => `  ${one.name} (${one.type}${one.optional ? ', optional' : ''}): ${one.title}${one.default === undefined ? '' : `; default ${typeof one.default === 'string' ? one.default : JSON.stringify(one.default)}`}`)]),
      '', 'Steps', ...found.steps.flatMap((step, at) => [`  ${at + 1}. ${step.id}: ${step.title}${step.target.length > 0 ? ` (${step.target.join(', ')})` : ''}`, ...(step.explanation === '' ? [] : text(step.explanation, '     '))]),
    ].join('\n')}\n`);
    finish(exitCode.ok);
  });
  runbook.command('schema').description('print the JSON schema of a runbook, for editors').action(() => {
    io.stdout.write(asJson(runbookSchema));
    finish(exitCode.ok);
  });
  runbook.command('functions').description('list the step functions that "run:" can name').action(() => {
    const rows = [...functionsByName.values()].map(({name, description, with: params}) => [name, Object.entries(params).map(([param, {required}]) => (required ? param : `[${param}]`)).join(' '), description]);
    io.stdout.write(`${plainTable(['FUNCTION', 'WITH', 'WHAT'], rows)}\n`);
    finish(exitCode.ok);
  });
}
