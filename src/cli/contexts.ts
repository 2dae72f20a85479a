/** `evpn-tui contexts`: which there are; `contexts use NAME` makes one current. */
import type {Command} from 'commander';
import {paths} from '../config/paths.ts';
import {readConfig} from '../config/read.ts';
import type {ConfiguredContext} from '../config/schema.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {plainTable} from './output/plain.ts';

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const contexts = program.command('contexts').description('the stored contexts').action(() => {
    const {config} = readConfig(paths(io.env, io.home).configFile);
    const all = Object.entries(config.contexts ?? {});
    io.stdout.write(all.length === 0 ? 'no contexts yet: evpn-tui init makes one\n' : `${plainTable(['', 'CONTEXT', 'READS'], all.map(([name, context]) => [name === config['current-context'] ? '*' : '', name, what(context)]))}\n`);
    finish(exitCode.ok);
  });
  contexts
    .command('use')
    .argument('[name]', 'asked for on a terminal when it is not given')
    .description('make a context the current one')
    .action(async (given: string | undefined) => {
      const where = paths(io.env, io.home);
      const stored = readConfig(where.configFile).config.contexts ?? {};
      const name = given ?? (await ask(stored, io));
      const context = stored[name];
      if (!context) throw new CliError(exitCode.usage, `there is no context "${name}"`, 'evpn-tui contexts lists them');
      (await import('../config/store.ts')).openStore(where.configDir).put(name, context, {makeCurrent: true});
      io.stdout.write(`current context: ${name}\n`);
      finish(exitCode.ok);
    });
}

const what = ({inventory, hosts, opennebula}: ConfiguredContext): string =>
  [inventory && `inventory ${inventory}`, hosts && `${hosts.length} hosts`, opennebula && `OpenNebula ${opennebula.endpoint ?? '(default endpoint)'}`].filter(Boolean).join(', ') || 'nothing';

/** On a terminal, which of the contexts; an error that lists them elsewhere. */
export async function ask(stored: Readonly<Record<string, ConfiguredContext>>, io: Io): Promise<string> {
  const names = Object.keys(stored);
  if (!io.isTTY || names.length === 0) throw new CliError(exitCode.usage, 'which context?', names.length > 0 ? `There are: ${names.join(', ')}` : 'Make one with: evpn-tui init');
  const {choose} = await import('../screens/Choice.tsx');
  const name = await choose('Which context?', names.map((value) => ({value, label: `${value}  ${what(stored[value] ?? {})}`})));
  if (name === undefined) throw new CliError(exitCode.usage, 'no context was chosen');
  return name;
}
