/** From what the command line says to a running fabric. */
import type {Command} from 'commander';
import type {Io} from './io.ts';
import {openTarget, type Opened} from './run-fabric.ts';
import {resolveFlags, type GlobalFlags} from './target.ts';

export type {Opened};

export const globalFlags = (command: Command): GlobalFlags => command.optsWithGlobals<GlobalFlags>();

export function openFabric(flags: GlobalFlags, io: Io): Opened {
  const {target, hostDefaults} = resolveFlags(flags, io);
  return openTarget(target, io, {hostDefaults, ...(flags.timeout === undefined ? {} : {deadlineMs: flags.timeout * 1000})});
}
