/** `evpn-tui init`: makes a context, by asking on a terminal or from flags alone. Shows what it writes, then writes. */
import {Option, type Command} from 'commander';
import {createInterface} from 'node:readline/promises';
import {resolve as resolvePath} from 'node:path';
import {stringify} from 'yaml';
import {endpointProblem} from '../config/cloud-target.ts';
import {importInventory} from '../config/inventory.ts';
import {expandHome, paths} from '../config/paths.ts';
import {ConfigError} from '../config/problem.ts';
import {readConfig} from '../config/read.ts';
import {configSchema, contextNamePattern, type ConfiguredContext} from '../config/schema.ts';
import {violations} from '../config/validate.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';

interface InitFlags {
  readonly inventory?: string;
  readonly sshConfig?: string;
  readonly endpoint?: string;
  readonly authFile?: string;
  readonly tunnel?: string;
  readonly user?: string;
  readonly underlay?: string;
  readonly asNumber?: string;
  readonly colour?: string;
  readonly readOnly?: boolean;
  readonly use?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
}
type Ask = (question: string) => Promise<string>;

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('init')
    .argument('[name]', 'name of the context')
    .description('make a context: from --inventory FILE, from --endpoint URL (the hosts are then OpenNebula\'s own), or from both')
    .option('--auth-file <file>', 'the file that holds user:password for OpenNebula')
    .option('--tunnel <host>', 'reach OpenNebula through this host: a host of the inventory, or [user@]host[:port]')
    .option('--user <name>', 'ssh user, for hosts that do not say')
    .option('--underlay <device>', 'device of the underlay, for hosts that do not say')
    .option('--as-number <number>', 'AS number of the fabric')
    .addOption(new Option('--colour <colour>', 'label of the context on the screen').choices(configSchema.properties.contexts.additionalProperties.properties!['colour']!.enum!.map(String)))
    .option('--read-only', 'never change anything in this context')
    .option('--use', 'make it the current context')
    .option('--force', 'replace a context of that name')
    .option('-y, --yes', 'ask nothing')
    .action(async (name: string | undefined, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<InitFlags>();
      if (!io.isTTY || flags.yes) return finish(await init(name, flags, io, undefined));
      const terminal = createInterface({input: io.stdin, output: io.stdout});
      const gone = new Promise<never>((_resolve, reject) => terminal.once('close', () => reject(new CliError(exitCode.usage, 'nothing was written'))));
      gone.catch(() => undefined);
      try {
        finish(await init(name, flags, io, (question) => Promise.race([terminal.question(question), gone])));
      } finally {
        terminal.close();
      }
    });
}

/** `ask` undefined: flags alone. */
async function init(given: string | undefined, flags: InitFlags, io: Io, ask: Ask | undefined): Promise<ExitCode> {
  const where = paths(io.env, io.home);
  const {config} = readConfig(where.configFile); // first of all: a broken file is reported before anything is asked
  const name = given ?? (await answer(ask, 'Name of the context: '));
  if (name === undefined) throw new CliError(exitCode.usage, 'the context needs a name', 'evpn-tui init NAME --inventory FILE [--endpoint URL]');
  if (!new RegExp(contextNamePattern).test(name)) throw new CliError(exitCode.usage, `"${name}" cannot be the name of a context`, 'Letters, digits, ".", "_", "@" and "-" can be used, at most 63, beginning with a letter or digit.');
  const replaces = Object.hasOwn(config.contexts ?? {}, name);
  if (replaces && !flags.force) throw new CliError(exitCode.usage, `there is a context "${name}" already in ${where.configFile}`, 'Give another name, or replace it with --force.');

  const inventory = flags.inventory ?? (await answer(ask, 'Ansible inventory (empty: take the hosts from OpenNebula): '));
  const endpoint = flags.endpoint ?? (await answer(ask, 'OpenNebula endpoint, such as http://10.0.1.87:2633/RPC2 (empty: none): '));
  if (inventory === undefined && endpoint === undefined) throw new CliError(exitCode.usage, 'there is nothing to read the hosts from', 'Give --inventory FILE, --endpoint URL, or both.');
  const problem = endpoint === undefined ? undefined : endpointProblem(endpoint);
  if (problem !== undefined) throw new CliError(exitCode.usage, problem);
  const asked = endpoint === undefined ? undefined : ask;
  const authFile = flags.authFile ?? (await answer(asked, 'File with user:password (empty: as the onevm command finds it): '));
  const tunnel = flags.tunnel ?? (await answer(asked, 'Reach it through which host (empty: directly): '));
  const user = flags.user ?? (await answer(ask, "ssh user, for hosts that do not say (empty: as ssh decides): "));

  const full = (path: string) => resolvePath(io.cwd, expandHome(path, io.home));
  const context = made({...flags, inventory: inventory && full(inventory), endpoint, authFile: authFile && full(authFile), tunnel, user, sshConfig: flags.sshConfig && full(flags.sshConfig)});
  const wrong = violations({contexts: {[name]: context}}, configSchema);
  if (wrong.length > 0) throw new CliError(exitCode.usage, wrong.map(({path, message}) => `${path.slice(2).join('.')}: ${message}`).join('\n'));
  if (inventory !== undefined) io.stdout.write(described(full(inventory)));
  io.stdout.write(`\n${replaces ? 'Replaces' : 'Adds'} in ${where.configFile}:\n\n${stringify({contexts: {[name]: context}})}\n`);
  if (ask && !/^y(es)?$/i.test((await ask('Write it? [y/N] ')).trim())) {
    io.stdout.write('Nothing was written.\n');
    return exitCode.ok;
  }
  const {openStore} = await import('../config/store.ts'); // conf and ajv: only to write
  openStore(where.configDir).put(name, context, {makeCurrent: flags.use ?? false});
  const current = flags.use === true || config['current-context'] === undefined;
  io.stdout.write(`Written. ${current ? 'It is the current context: start with "evpn-tui".' : `Start with "evpn-tui --context ${name}".`}\n`);
  return exitCode.ok;
}

async function answer(ask: Ask | undefined, question: string): Promise<string | undefined> {
  const text = (await ask?.(question))?.trim();
  return text === '' ? undefined : text;
}

function made(flags: {[K in keyof InitFlags]: InitFlags[K] | undefined}): ConfiguredContext {
  const ssh = {...(flags.sshConfig ? {config: flags.sshConfig} : {}), ...(flags.user ? {user: flags.user} : {})};
  const opennebula = {...(flags.endpoint ? {endpoint: flags.endpoint} : {}), ...(flags.authFile ? {'auth-file': flags.authFile} : {}), ...(flags.tunnel ? {tunnel: flags.tunnel} : {})};
  return {
    ...(flags.inventory ? {inventory: flags.inventory} : {}),
    ...(Object.keys(opennebula).length > 0 ? {opennebula} : {}),
    ...(Object.keys(ssh).length > 0 ? {ssh} : {}),
    ...(flags.asNumber ? {'as-number': flags.asNumber} : {}),
    ...(flags.underlay ? {underlay: flags.underlay} : {}),
    ...(flags.readOnly ? {'read-only': true} : {}),
    ...(flags.colour ? {colour: flags.colour} : {}),
  };
}

/** What the inventory holds, before it is trusted. Throws when it cannot be used. */
function described(file: string): string {
  const {hosts, vnets, warnings} = importInventory(file);
  if (hosts.length === 0) throw new ConfigError([{file, line: undefined, column: undefined, message: `has no host in the groups router, node, frontend, vrouter${warnings.map((each) => `\n  ${each}`).join('')}`}]);
  const roles = ['reflector', 'vtep', 'frontend', 'virtual-router'] as const;
  const counts = roles.map((role) => [role, hosts.filter((host) => host.roles.includes(role)).length] as const).filter(([, count]) => count > 0);
  const networks = vnets.length > 0 ? `; virtual networks: ${vnets.map((vnet) => vnet.name).join(', ')}` : '';
  return [`${file}: ${counts.map(([role, count]) => `${count} ${role}`).join(', ')}${networks}`, ...warnings.map((each) => `  warning: ${each}`), ''].join('\n');
}
