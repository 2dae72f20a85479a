/** `evpn-tui checks`: the catalogue. */
import {Option, type Command} from 'commander';
import {catalogue} from '../checks/catalogue.ts';
import type {Check} from '../checks/check.ts';
import {exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {apiVersion, asJson} from './output/document.ts';
import {plainTable} from './output/plain.ts';

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('checks')
    .description('list every check: what must hold, and for how long it must fail before the console tells')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .action((flags: {readonly output: 'table' | 'json'}) => {
      io.stdout.write(flags.output === 'json' ? asJson(checksDocument()) : `${plainTable(['CHECK', 'HOLD', 'WHAT MUST HOLD'], catalogue.map(({id, holdS, title}) => [id, `${holdS} s`, title]))}\n`);
      finish(exitCode.ok);
    });
}

export const checkJson = ({id, family, title, explanation, remedy, origin, holdS}: Check) => ({id, family, title, explanation, remedy, origin, holdS});
const checksDocument = () => ({apiVersion, kind: 'checks', items: catalogue.map(checkJson)});
