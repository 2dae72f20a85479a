/** `evpn-tui actions`: what can be changed, and what each action wants to be told. */
import {Option, type Command} from 'commander';
import {actions} from '../actions/catalogue.ts';
import {exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {asJson} from './output/document.ts';
import {plainTable} from './output/plain.ts';

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('actions')
    .description('what can be changed with "act"')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(({output}: {readonly output: 'text' | 'json'}) => {
      io.stdout.write(output === 'json'
        ? asJson(actions.map(({id, title, description, destructive, params}) => ({id, title, description, destructive, params: params.map(({name, title: what, type, required}) => ({name, title: what, type, required}))})))
        : `${plainTable(['ACTION', 'PARAMETERS', 'WHAT IT DOES'], actions.map(({id, description, params, destructive}) => [id, params.map(({name, required}) => (required ? `${name}=` : `[${name}=]`)).join(' '), `${description}${destructive ? ' (destructive)' : ''}`]))}\n`);
      finish(exitCode.ok);
    });
}
