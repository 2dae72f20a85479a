/** Answers of pings in the lines of their trace. Pure. */
import type {Tone} from '../model/tone.ts';
import type {Trace} from '../model/trace.ts';
import {ago} from '../text/age.ts';
import type {TraceLine} from '../trace/lines.ts';
import type {Probe, ProbeResult} from '../trace/probe.ts';

/** Sends them, all at once; never rejects. */
export type Probing = (probes: readonly Probe[]) => Promise<readonly ProbeResult[]>;

export interface Probed {
  readonly trace: string; // viewKey
  readonly at: number;
  readonly probes: readonly Probe[];
  readonly results: readonly ProbeResult[] | undefined; // undefined: under way
}

const tones: Readonly<Record<ProbeResult['verdict'], Tone>> = {agrees: 'ok', contradicts: 'bad', unknown: 'unknown'};
const marks: Readonly<Record<ProbeResult['verdict'], string>> = {agrees: '+', contradicts: 'X', unknown: '?'};

/** The lines of a trace with the answers in their places: under the hop that crosses the underlay, the others at the end. */
export function withResults(lines: readonly TraceLine[], trace: Trace, {probes, results, at}: Probed, now: number): readonly TraceLine[] {
  const when = ago(now - at);
  const asLine = (probe: Probe, indent: number): TraceLine => {
    const result = results?.[probes.indexOf(probe)];
    return {kind: 'evidence', indent, spans: result ? [{text: `${marks[result.verdict]} ping: ${result.says.replace(/^ping /, '')} `, tone: tones[result.verdict]}, {text: `(${probe.tests}; ${when})`, tone: 'muted'}] : [{text: `… ping under way (${probe.tests})`, tone: 'accent'}]};
  };
  const placed = new Map<TraceLine, Probe[]>();
  const rest = probes.filter((probe) => {
    const last = lines.findLast(({hop}) => {
      if (!hop || trace[hop.leg].hops.find(({kind}) => kind === 'tap')?.host !== probe.host) return false;
      const {kind, host} = trace[hop.leg].hops[hop.index] ?? {};
      return (kind === 'wireguard' || kind === 'route') && host === probe.host;
    });
    if (!last || !probe.tests.startsWith('underlay')) return true;
    placed.set(last, [...(placed.get(last) ?? []), probe]);
    return false;
  });
  return [
    ...lines.flatMap((line) => [line, ...(placed.get(line) ?? []).map((probe) => ({...asLine(probe, 14), ...(line.hop ? {hop: line.hop} : {})}))]),
    ...(rest.length === 0 ? [] : [{kind: 'blank', indent: 0, spans: []} satisfies TraceLine, {kind: 'note', indent: 0, spans: [{text: 'Pings:', tone: 'accent'}]} satisfies TraceLine, ...rest.map((probe) => ({...asLine(probe, 2), kind: 'note' as const}))]),
  ];
}
