/** `evpn-tui get RESOURCE`: one reading of the fabric, printed. */
import {Option, type Command} from 'commander';
import type {FabricSource, RouteScope} from '../fabric/source.ts';
import type {Fabric} from '../model/fabric.ts';
import {findResource, resources} from '../rows/catalogue.ts';
import type {AnyResource} from '../rows/resource.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {globalFlags, openFabric} from './open.ts';
import {asJson, asYaml, documentOf} from './output/document.ts';
import {chooseColumns, sortRows} from './output/select.ts';
import {tableText} from './output/table.ts';
import {settle} from './settle.ts';

interface GetFlags {
  readonly output: 'table' | 'wide' | 'json' | 'yaml';
  readonly columns?: string;
  readonly sort?: string;
  readonly reverse?: boolean;
  readonly host?: string;
  readonly type?: string;
  readonly rd?: string;
  readonly vni?: string;
  readonly force?: boolean;
}

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('get')
    .argument('<resource>', `one of ${resources.map((resource) => resource.name).join(', ')}, or an alias of theirs`)
    .description('read the fabric once and print one kind of row')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'wide', 'json', 'yaml']).default('table'))
    .option('--columns <ids>', 'only these columns, comma-separated')
    .option('--sort <column>', 'sort by a column')
    .option('--reverse', 'with --sort: descending')
    .option('--host <name>', 'routes: the host that is asked (default: a reflector)')
    .option('--type <2|3|5>', 'routes: only this type')
    .option('--rd <rd>', 'routes: only this route distinguisher')
    .option('--vni <vni>', 'routes: only this VNI')
    .option('--force', 'routes: read a table that is costly to ask for')
    .action(async (name: string, flags: GetFlags, command: Command) => {
      const resource = findResource(name);
      if (!resource) throw new CliError(exitCode.usage, `there is no resource "${name}"`, `There are: ${resources.map((r) => r.name).join(', ')}`);
      const opened = openFabric(globalFlags(command), io);
      try {
        const {fabric, late} = await settle(opened.source, opened);
        const rows = resource.name === 'routes' ? await readRoutes(opened.source, fabric, flags) : resource.rows(fabric, Date.now());
        await print(resource, rows, fabric, flags, io);
        finish(report(fabric, late, io));
      } finally {
        await opened.close();
      }
    });
}

async function print(resource: AnyResource, rows: readonly unknown[], fabric: Fabric, flags: GetFlags, io: Io): Promise<void> {
  const now = Date.now();
  const sorted = sortRows(rows, resource, flags.sort, flags.reverse ?? false, now);
  if (flags.output === 'json' || flags.output === 'yaml') {
    const document = documentOf(resource.name, fabric, {items: sorted.map((row) => resource.toJson(row, now))});
    io.stdout.write(flags.output === 'json' ? asJson(document) : asYaml(document));
    return;
  }
  const columns = chooseColumns(resource, flags.output === 'wide', flags.columns);
  io.stdout.write(sorted.length === 0 ? `no ${resource.title}\n` : await tableText(io, columns, sorted, now, {full: flags.output === 'wide'}));
}

async function readRoutes(source: FabricSource, fabric: Fabric, flags: GetFlags): Promise<readonly unknown[]> {
  const host = flags.host ?? reflector(fabric);
  if (!fabric.hosts.has(host)) throw new CliError(exitCode.usage, `there is no host ${host} in this context`, `It has: ${[...fabric.hosts.keys()].join(', ')}`);
  const type = flags.type === undefined ? undefined : Number(flags.type);
  if (type !== undefined && type !== 2 && type !== 3 && type !== 5) throw new CliError(exitCode.usage, `--type ${flags.type}: there are types 2, 3 and 5`);
  const vni = flags.vni === undefined ? undefined : Number(flags.vni);
  if (vni !== undefined && !(Number.isInteger(vni) && vni > 0 && vni < 2 ** 24)) throw new CliError(exitCode.usage, `--vni ${flags.vni}: a VNI is a number from 1 to 16777215`);
  const scope: RouteScope = {host, ...(type ? {type} : {}), ...(flags.rd ? {rd: flags.rd} : {}), ...(vni ? {vni} : {})};
  const cost = source.routeCost(scope);
  if (cost.heavy && !flags.force) throw new CliError(exitCode.usage, `costly: ${cost.sentence}`, 'Narrow it with --type, --rd or --vni, or say --force');
  const read = await source.readRoutes(scope);
  if (!read.ok) throw new CliError(exitCode.unread, `routes of ${host}: ${read.problem.kind}: ${read.problem.detail}`);
  return Array.from({length: read.table.length}, (_, i) => read.table.at(i));
}

/** The reflector has all routes; without one, any host that speaks BGP. */
function reflector(fabric: Fabric): string {
  const states = [...fabric.hosts.values()];
  const found = states.find((state) => state.spec.roles.includes('reflector')) ?? states.find((state) => state.readings['frr.summary']?.value);
  if (!found) throw new CliError(exitCode.unread, 'no host of this context speaks BGP', 'Name one with --host');
  return found.spec.name;
}

/** What could not be read goes to stderr, so that a pipe stays clean; the exit code says it too. */
export function report(fabric: Fabric, late: readonly string[], io: Io): ExitCode {
  const lost = [...fabric.hosts.values()].filter(({access}) => access.phase !== 'ready');
  for (const {spec, access} of lost) io.stderr.write(`${spec.name}: not read: ${access.problem ? `${access.problem.kind}: ${access.problem.detail}` : access.phase}\n`);
  const cloud = fabric.cloud?.access.problem;
  if (cloud) io.stderr.write(`OpenNebula: not read: ${cloud.kind}: ${cloud.detail}\n`);
  for (const name of late) if (!lost.some((state) => state.spec.name === name)) io.stderr.write(`${name}: had not answered everything in time\n`);
  return lost.length > 0 || cloud || late.length > 0 ? exitCode.unread : exitCode.ok;
}
