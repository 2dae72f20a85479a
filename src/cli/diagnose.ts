/** One diagnosis for a command that ends: read once, and what does not pass a second time. */
import {flatten} from '../checks/fold.ts';
import {createDiagnoser, type DiagnoserOptions} from '../checks/diagnose.ts';
import type {Diagnosis} from '../model/finding.ts';
import type {Fabric} from '../model/fabric.ts';
import {exitCode, type ExitCode} from './exit.ts';
import type {Opened} from './run-fabric.ts';
import {settle} from './settle.ts';

export interface Diagnosed {
  readonly diagnosis: Diagnosis;
  readonly fabric: Fabric;
  readonly late: readonly string[]; // sources that had not answered everything in time
  readonly rounds: 1 | 2;
}

/** What checks want of OpenNebula besides what `settle` waits for anyway. */
export const settling = (opened: Opened): Opened => (opened.target.cloud ? {...opened, cloudProbes: [...new Set([...opened.cloudProbes, 'one.clusters', 'one.datastores'])]} : opened);

/** A transient (convergence, a move under way) is mostly gone in the second round; a fault is not. */
export async function diagnoseOnce(opened: Opened, selection: Omit<DiagnoserOptions, 'hold'>): Promise<Diagnosed> {
  const options = settling(opened);
  const diagnose = createDiagnoser({...selection, hold: false});
  const first = await settle(opened.source, options);
  const diagnosis = diagnose(first.fabric, Date.now());
  if (diagnosis.causes.length === 0) return {...first, diagnosis, rounds: 1};
  const since = Date.now();
  opened.source.refresh();
  const second = await settle(opened.source, {...options, since});
  return {...second, diagnosis: diagnose(second.fabric, Date.now()), rounds: 2};
}

/** A failure outweighs what is not known; a warning alone is well, and what it keeps from being known is not. */
export function codeOf({causes}: Diagnosis, late: readonly string[] = []): ExitCode {
  if (causes.some(({outcome}) => outcome === 'fail')) return exitCode.wrong;
  return late.length > 0 || [...flatten(causes)].some(({outcome}) => outcome === 'unknown') ? exitCode.unread : exitCode.ok;
}
