/** What can be read from OpenNebula: which call, how often, and how its answer is read. One list: `cloudProbes`. */
import type {CloudProbeId, CloudValues} from '../../model/fabric.ts';
import type {Reading} from '../../model/reading.ts';
import type {Tier} from '../probe.ts';
import type {OneArgument, OneResult} from './envelope.ts';

/** What a probe needs of a client; the real one is OneClient. */
export interface OneCaller {
  call(method: string, args?: readonly OneArgument[], signal?: AbortSignal): Promise<OneResult>;
}

export interface CloudProbe<K extends CloudProbeId = CloudProbeId> {
  readonly id: K;
  readonly tier: Tier;
  readonly call: string; // "one.vmpool.infoextended(-2, …, -1)", for people; the session is never in it
  /** Never rejects. `signal` gives it up. */
  read(client: OneCaller, signal?: AbortSignal): Promise<Reading<CloudValues[K]>>;
}

/** For lists of probes of different kinds. */
export type AnyCloudProbe = {[K in CloudProbeId]: CloudProbe<K>}[CloudProbeId];
