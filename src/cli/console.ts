/** `evpn-tui`: the console on a terminal; one snapshot as text where there is none. */
import {existsSync} from 'node:fs';
import type {FabricSource} from '../fabric/source.ts';
import type {gateOf as gateOfType} from './act-gate.ts';
import type {Journal} from '../journal/journal.ts';
import type {Command} from '../keys/commands.ts';
import type {Probing} from '../screens/trace-answers.ts';
import type {Changes} from '../screens/action/flow.ts';
import type {FabricTarget} from '../model/target.ts';
import {exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import type {Opened} from './run-fabric.ts';
import type {GlobalFlags} from './target.ts';

export async function openConsole(flags: GlobalFlags, io: Io): Promise<ExitCode> {
  const context = await chosenContext(flags, io);
  const wanted = context === undefined ? flags : {...flags, context};
  return showConsole(io, async () => {
    const [{resolveFlags}, {openTarget}, gate] = await Promise.all([import('./target.ts'), import('./run-fabric.ts'), import('./act-gate.ts')]);
    const resolved = resolveFlags(wanted, io);
    const opened = openTarget(resolved.target, io, {hostDefaults: resolved.hostDefaults, ...(wanted.timeout === undefined ? {} : {deadlineMs: wanted.timeout * 1000})});
    return {...opened, changes: await changesOf(gate.gateOf, opened, gate.journalOf(resolved.target, io), gate.readOnlyBy(wanted, resolved), io)};
  }, wanted.context ?? wanted.inventory, wanted.context === undefined && (wanted.inventory ?? wanted.endpoint) !== undefined);
}

/** `open` is called after the first frame is on the screen: nobody should wait for a blank one. `flagged`: no context takes part. */
export async function showConsole(io: Io, open: () => Promise<Opened & {readonly changes?: Changes}>, name: string | undefined, flagged = false): Promise<ExitCode> {
  if (!io.isTTY) {
    const opened = await open();
    try {
      return await (await import('./status.ts')).printStatus(opened, io, 'text');
    } finally {
      await opened.close();
    }
  }
  const commands = await commandsOf(io, flagged);
  const [{runConsole}, {resources}, {doctorInThread}] = await Promise.all([import('../screens/run-console.tsx'), import('../rows/catalogue.ts'), import('../screens/doctor.ts')]);
  let opened: (Opened & {readonly changes?: Changes}) | undefined;
  const source = new Promise<FabricSource>((resolve, reject) => {
    setImmediate(() => {
      open().then((o) => {
        opened = o;
        resolve(o.source);
      }, reject);
    });
  });
  try {
    await runConsole({source, resources, name, ...(commands ? {commands} : {}), changes: () => opened?.changes, probing: () => probing(opened), doctor: () => doctorInThread({expectVteps: expectsVteps(opened?.target)})});
    return exitCode.ok;
  } finally {
    await opened?.close();
  }
}

/** Keys of the operator's own. Without a file nothing is loaded: the first frame comes first. */
async function commandsOf(io: Io, adHoc: boolean): Promise<readonly Command[] | undefined> {
  const {configFile} = (await import('../config/paths.ts')).paths(io.env, io.home);
  return existsSync(configFile) ? (await import('./own-keys.ts')).ownCommands(io, adHoc) : undefined;
}

/** Pings that a trace is held against: over the connections that read, in the command log. */
const probing = (opened: Opened | undefined): Probing | undefined => opened && (async (probes) => (await import('./trace-probe.ts')).sendProbes(opened.reach, probes));

type GateOf = typeof gateOfType;
/** What the screens may do: through the gate, and into the journal. */
export async function changesOf(gateOf: GateOf, opened: Opened, journal: Journal, readOnly: string | undefined, io: Io): Promise<Changes> {
  const gate = gateOf(opened, journal, readOnly, io, 'console');
  return {gate, runs: () => journal.runs(), books: (await import('./books.ts')).booksOf(opened, gate, journal, io)};
}

/** As the source has it: hosts of an inventory, or those of OpenNebula's pool, are what there should be. */
const expectsVteps = (target: FabricTarget | undefined): boolean => target !== undefined && (target.hosts.some(({roles}) => roles.includes('vtep')) || (target.hosts.length === 0 && target.cloud !== undefined));

/** Several contexts, none current, none named: on a terminal the operator is asked. */
async function chosenContext(flags: GlobalFlags, io: Io): Promise<string | undefined> {
  const named = flags.context ?? flags.inventory ?? flags.endpoint ?? io.env['EVPN_TUI_CONTEXT'] ?? io.env['EVPN_TUI_INVENTORY'] ?? io.env['EVPN_TUI_ENDPOINT'];
  if (named !== undefined || !io.isTTY) return undefined;
  const [{paths}, {readConfig}] = await Promise.all([import('../config/paths.ts'), import('../config/read.ts')]);
  const {config} = readConfig(paths(io.env, io.home).configFile);
  const stored = config.contexts ?? {};
  if (config['current-context'] !== undefined || Object.keys(stored).length < 2) return undefined;
  return (await import('./contexts.ts')).ask(stored, io);
}
