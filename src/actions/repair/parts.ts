/** What the repairs of a host share. Pure. */
import type {ActionContext, Condition, Param, SourceReads, Step} from '../../model/action.ts';
import type {Fabric, HostProbeId, HostValues} from '../../model/fabric.ts';
import type {Evidence} from '../../model/finding.ts';
import {stamp} from '../../model/reading.ts';
import {fails, passes, unknown} from '../action.ts';
import {hostCandidates} from '../hosts.ts';

/** What a host last said to a probe; undefined: it was never read. */
export const reading = <K extends HostProbeId>(fabric: Fabric, host: string | undefined, probe: K): HostValues[K] | undefined => fabric.hosts.get(host ?? '')?.readings[probe]?.value;
export const readsOf = (host: string | undefined, ...probes: readonly HostProbeId[]): readonly SourceReads[] => [{source: host ?? '', probes}];
export const evidenceOf = (fabric: Fabric, host: string, probe: HostProbeId, text: string): readonly Evidence[] => {
  const observation = fabric.hosts.get(host)?.readings[probe];
  return observation ? [{text, stamp: stamp(observation)}] : [];
};

export const hostParam: Param = {name: 'host', title: 'the host', type: 'host', required: true, candidates: hostCandidates};
export const macShape = (value: string): string | undefined => (/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(value) ? undefined : `"${value}" is no MAC in lower case with colons`);
export const vniShape = (value: string): string | undefined => (/^\d{1,8}$/.test(value) && Number(value) >= 1 && Number(value) <= 0xffffff ? undefined : `"${value}" is no VNI`);

/** `ip` and `bridge` are in sbin, which is not in every PATH. */
export const withSbin = (script: string): string => `PATH="$PATH:/sbin:/usr/sbin" ${script}`;
export const onHost = (host: string, id: string, title: string, script: string, more: Partial<Pick<Step, 'deadlineS' | 'resume'>> = {}): Step =>
  ({id, title, effect: {kind: 'host', host, script}, deadlineS: 15, resume: 'idempotent', cancellable: false, ...more});

/** Waits until `holds` is true of a fabric read after the call; fails with what it says of the last one otherwise. */
export async function shown(ctx: ActionContext, name: string, {reads, holds, says, deadlineMs = 20_000}: {
  readonly reads: readonly SourceReads[];
  /** Undefined: what it takes was not read. */
  readonly holds: (fabric: Fabric) => boolean | undefined;
  readonly says: (fabric: Fabric, held: boolean) => string;
  readonly deadlineMs?: number;
}): Promise<Condition> {
  if (await ctx.until(reads, (fabric) => (holds(fabric) ? true : undefined), deadlineMs)) return passes(name, says(ctx.fabric(), true));
  const problems = await ctx.reread(reads);
  const fabric = ctx.fabric();
  if (problems.length > 0) return unknown(name, problems.map(({detail}) => detail).join('; '));
  const held = holds(fabric);
  return held === undefined ? unknown(name, 'it could not be read') : held ? passes(name, says(fabric, true)) : fails(name, says(fabric, false));
}
