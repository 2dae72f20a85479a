/** From what the command line says to the gate of a running fabric: the executor, the journal, the lock, and who it is. */
import {lstatSync, readlinkSync} from 'node:fs';
import {hostname, userInfo} from 'node:os';
import {join} from 'node:path';
import {actions} from '../actions/catalogue.ts';
import {createExecutor} from '../actions/execute.ts';
import {createGate, type Gate} from '../actions/gate.ts';
import type {LockOptions} from '../actions/lock.ts';
import {paths} from '../config/paths.ts';
import type {ResolvedTarget} from '../config/resolve.ts';
import {openJournal, type Journal} from '../journal/journal.ts';
import type {Who} from '../journal/records.ts';
import type {FabricTarget, SshTarget} from '../model/target.ts';
import {builtinFunctions} from '../runbooks/builtin/index.ts';
import {sessionAction, stepAction} from '../runbooks/engine/step-action.ts';
import {flightsOf, keepingFlights} from './flight-keeper.ts';
import type {Io} from './io.ts';
import {openTarget, type Opened} from './run-fabric.ts';
import {resolveFlags, type GlobalFlags} from './target.ts';

export interface OpenedGate {
  readonly gate: Gate;
  readonly opened: Opened;
  readonly journal: Journal;
}

export function openGate(flags: GlobalFlags, io: Io): OpenedGate {
  const resolved = resolveFlags(flags, io);
  const opened = openTarget(resolved.target, io, {hostDefaults: resolved.hostDefaults, ...(flags.timeout === undefined ? {} : {deadlineMs: flags.timeout * 1000})});
  const journal = journalOf(resolved.target, io);
  return {opened, journal, gate: gateOf(opened, journal, readOnlyBy(flags, resolved), io, 'command line')};
}

/** The gate of a fabric that is open already (the console's). `readOnly`: who says so. */
export function gateOf({source, target, reach}: Opened, journal: Journal, readOnly: string | undefined, io: Io, by: Who['by']): Gate {
  const gate = createGate({source, executor: createExecutor(reach), journal, actions: [...actions, sessionAction, stepAction(new Map(builtinFunctions.map((one) => [one.name, one])))], lock: lockOf(target), who: whoAmI(io, by), context: target.name, readOnly});
  return keepingFlights(gate, journal, flightsOf(journal, target.name, io), (says) => void (by === 'command line' && io.stderr.write(`${says}\n`)));
}

export const journalOf = (target: FabricTarget, io: Io): Journal => openJournal({folder: join(paths(io.env, io.home).stateDir, 'journal'), context: target.name});

export const readOnlyBy = (flags: Pick<GlobalFlags, 'readOnly'>, resolved: Pick<ResolvedTarget, 'readOnly' | 'origins'>): string | undefined =>
  flags.readOnly ? '--read-only' : resolved.readOnly ? (resolved.origins['read-only'] ?? 'configuration') : undefined;

/** Where consoles keep each other from changing this fabric at the same time. */
export const lockOf = (target: FabricTarget): LockOptions => ({folder: lockFolder(), fabric: partsOf(target)});

/** What two contexts of one fabric have in common: its reflectors (without one, its hosts), its OpenNebula. */
function partsOf({hosts, cloud}: FabricTarget): readonly string[] {
  const reflectors = hosts.filter(({roles}) => roles.includes('reflector'));
  const address = ({host, port}: SshTarget): string => `${host}:${port ?? 22}`;
  const through = cloud?.tunnel ? ` through ${address(cloud.tunnel)}` : '';
  return [...(reflectors.length > 0 ? reflectors : hosts).map(({ssh}) => `host ${address(ssh)}`), ...(cloud ? [`OpenNebula ${cloud.endpoint}${through}`] : [])];
}

/** The same folder for every user of the machine: /run/lock where all may write there (Debian), else /tmp. */
function lockFolder(): string {
  try {
    return ((lstatSync('/run/lock').mode & 0o002) !== 0 ? '/run/lock' : '/tmp') + '/evpn-tui';
  } catch {
    return '/tmp/evpn-tui';
  }
}

function whoAmI({env}: Io, by: Who['by']): Who {
  const {username, uid} = userInfo();
  const behind = uid === 0 && env['SUDO_USER'] && env['SUDO_USER'] !== 'root' ? ` (sudo of ${env['SUDO_USER'].slice(0, 64)})` : '';
  return {user: `${username}${behind}`, uid, host: hostname(), pid: process.pid, tty: ttyOf(), by};
}

function ttyOf(): string | undefined {
  try {
    const name = readlinkSync('/proc/self/fd/0');
    return /^\/dev\/(pts\/\d+|tty\w*|console)$/.test(name) ? name.slice(5) : undefined;
  } catch {
    return process.stdin.isTTY ? 'a terminal' : undefined;
  }
}
