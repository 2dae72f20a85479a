/**
 * A probe: one thing that can be read from a host. Command, parser and budget in one place, pure apart from the text
 * it gets. To read something new is to add a probe (see CONTRIBUTING.md).
 */
import type {HostProbeId, HostReadings, HostValues} from '../model/fabric.ts';
import type {Problem, Reading} from '../model/reading.ts';
import type {HostSpec} from '../model/target.ts';

export type Tier = 'fast' | 'medium' | 'slow';

/** What a probe may look at to choose its command: never the answer to itself. */
export interface ProbeContext {
  readonly spec: HostSpec;
  readonly readings: HostReadings; // e.g. frr.version decides the form; sizes decide whether to ask at all
}

/** What came back for one section of a round. stdout is capped at the probe's maxBytes (then `truncated`). */
export interface ProbeOutput {
  readonly exit: number; // shell exit status; 124 when the remote `timeout` ended it
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

export interface Probe<K extends HostProbeId = HostProbeId> {
  readonly id: K;
  readonly tier: Tier;
  readonly deadlineS: number; // remote `timeout`, whole seconds
  readonly maxBytes: number;
  /** The POSIX sh text to run on the host (root already arranged by the caller), or why not to ask now. */
  command(context: ProbeContext): string | Problem;
  /** Pure; never throws; never invents. `context` as it was when the command was sent. */
  parse(output: ProbeOutput, context: ProbeContext): Reading<HostValues[K]>;
}

/** For lists of probes of different kinds. */
export type AnyProbe = {[K in HostProbeId]: Probe<K>}[HostProbeId];
