/** The options that every subcommand understands, and the target that they lead to. */
import {resolveTarget, type ResolvedTarget, type TargetFlags} from '../config/resolve.ts';
import type {Io} from './io.ts';

export interface GlobalFlags extends TargetFlags {
  readonly timeout?: number; // seconds
  readonly color: boolean;
  readonly readOnly?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Throws ConfigError. What in an inventory could not be used is said on stderr, once; it stops nothing. */
export function resolveFlags(flags: GlobalFlags, io: Io): ResolvedTarget {
  const resolved = resolveTarget(flags, io);
  for (const warning of resolved.warnings) io.stderr.write(`warning: ${warning}\n`);
  return resolved;
}
