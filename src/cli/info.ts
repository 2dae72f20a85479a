/** `evpn-tui info`: every path, every setting and where it came from. Secrets never. */
import {Option, type Command} from 'commander';
import {existsSync} from 'node:fs';
import type {HostSpec} from '../model/target.ts';
import {paths} from '../config/paths.ts';
import {ConfigError} from '../config/problem.ts';
import {readConfig} from '../config/read.ts';
import {resolveTarget, type ResolvedTarget, type TargetFlags} from '../config/resolve.ts';
import {exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {version} from './version.ts';

interface Info {
  readonly version: string;
  readonly node: string;
  readonly paths: readonly {readonly name: string; readonly path: string; readonly exists: boolean; readonly origin: string}[];
  readonly contexts: readonly string[];
  readonly settings: ResolvedTarget['settings'];
  readonly hosts: readonly {readonly name: string; readonly roles: readonly string[]; readonly address: string; readonly jumps: readonly string[]; readonly underlay: string; readonly origin: string}[];
  readonly warnings: readonly string[];
  readonly problem: string | undefined;
}

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('info')
    .description('print every path, every setting and where it came from')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action((flags: {output: 'text' | 'json'}, command: Command) => {
      const found = gather(command.optsWithGlobals<TargetFlags>(), io);
      io.stdout.write(flags.output === 'json' ? `${JSON.stringify(found, null, 2)}\n` : asText(found));
      finish(found.problem === undefined ? exitCode.ok : exitCode.usage);
    });
}

function gather(flags: TargetFlags, io: Io): Info {
  const where = paths(io.env, io.home);
  const base = {
    version,
    node: process.versions.node,
    paths: [
      {name: 'config', path: where.configFile, exists: existsSync(where.configFile), origin: where.origins.configDir},
      {name: 'state', path: where.stateDir, exists: existsSync(where.stateDir), origin: where.origins.stateDir},
      {name: 'cache', path: where.cacheDir, exists: existsSync(where.cacheDir), origin: where.origins.cacheDir},
    ],
  };
  let contexts: string[] = [];
  try {
    contexts = Object.keys(readConfig(where.configFile).config.contexts ?? {});
    const {settings, warnings, target} = resolveTarget(flags, io);
    return {...base, contexts, settings, hosts: target.hosts.map(summary), warnings, problem: undefined};
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problem = error.hint === undefined ? error.message : `${error.message}\n${error.hint}`;
    return {...base, contexts, settings: [], hosts: [], warnings: [], problem};
  }
}

const summary = ({name, roles, ssh, underlay, origin}: HostSpec): Info['hosts'][number] => ({
  name,
  roles,
  address: `${ssh.user === undefined ? '' : `${ssh.user}@`}${ssh.host}${ssh.port === undefined ? '' : `:${ssh.port}`}`,
  jumps: ssh.jumps,
  underlay,
  origin,
});

function asText(info: Info): string {
  const lines = [`evpn-tui ${info.version}, Node.js ${info.node}`, '', 'PATHS', ...columns(info.paths.map(({name, path, exists, origin}) => [name, path + (exists ? '' : ' (does not exist)'), origin]))];
  lines.push('', 'CONTEXTS', `  ${info.contexts.join(', ') || 'none'}`);
  if (info.settings.length > 0) lines.push('', 'SETTINGS', ...columns(info.settings.map(({name, value, origin}) => [name, value, origin])));
  if (info.hosts.length > 0) lines.push('', 'HOSTS', ...columns(info.hosts.map(({name, roles, address, jumps, origin}) => [name, roles.join('+') || 'no role', address + (jumps.length > 0 ? ` through ${jumps.join(', ')}` : ''), origin])));
  if (info.warnings.length > 0) lines.push('', 'WARNINGS', ...info.warnings.map((each) => `  ${each}`));
  if (info.problem !== undefined) lines.push('', 'PROBLEM', ...info.problem.split('\n').map((each) => `  ${each}`));
  return `${lines.join('\n')}\n`;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) => `  ${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join('  ')}`);
}
