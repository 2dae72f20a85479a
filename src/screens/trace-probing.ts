/** Pings of a trace, asked for on its screen: what would be sent is shown, a question is asked, answers stand beside the hops. */
import {View as Checked} from '../checks/view.ts';
import {fit} from '../components/table/lines.ts';
import {wrapHard, wrapWords} from '../components/wrap.ts';
import {bold, paint, type Theme} from '../theme/theme.ts';
import {probesOf, type Probe, type ProbeResult} from '../trace/probe.ts';
import type {Control} from './control.ts';
import type {Probed} from './trace-answers.ts';
import {viewKey} from './state.ts';

/** P: shows what would be sent, and asks. Returns why not. */
export function askProbes(control: Control): string | undefined {
  const {view, parts} = control;
  if (view.kind !== 'trace') return 'pings are held against a trace: Trace begins one';
  if (!parts.probing) return 'no pings can be sent from this console';
  const {probed} = control.state;
  if (probed && !probed.results) return 'pings are under way';
  const traced = control.traced();
  if (!traced?.ok) return traced?.says ?? 'there is no trace';
  const probes = probesOf(new Checked(control.fabric, parts.now()), traced.trace);
  if (probes.length === 0) return 'no ping can be sent for this trace: no underlay between two hosts was read on its way, and no virtual router is in its network';
  control.change({mode: {kind: 'probe', probes}});
  return undefined;
}

const verdictWords: Readonly<Record<ProbeResult['verdict'], string>> = {agrees: 'agrees with the trace', contradicts: 'contradicts the trace', unknown: 'tells nothing'};

export function sendAsked(control: Control): void {
  const {mode} = control.state;
  const {view, parts} = control;
  if (mode.kind !== 'probe' || !parts.probing) return;
  const begun: Probed = {trace: viewKey(view), at: parts.now(), probes: mode.probes, results: undefined};
  control.change({mode: {kind: 'main'}, probed: begun});
  const ended = (results: readonly ProbeResult[]): void => {
    if (control.state.probed !== begun) return;
    control.change({probed: {...begun, at: parts.now(), results}});
    const against = results.filter(({verdict}) => verdict === 'contradicts').length;
    const agree = results.filter(({verdict}) => verdict === 'agrees').length;
    const open = results.length - agree - against;
    const [only] = results;
    const text = results.length === 1 && only ? `the ping ${verdictWords[only.verdict]}: ${only.says}` : [against > 0 ? `${against} of ${results.length} pings contradict the trace` : '', agree > 0 ? `${agree} agree${agree === 1 ? 's' : ''} with it` : '', open > 0 ? `${open} tell${open === 1 ? 's' : ''} nothing` : ''].filter(Boolean).join(', ');
    control.say(text, against > 0 ? 'bad' : open > 0 ? 'warn' : 'accent');
  };
  parts.probing(mode.probes).then(ended, (error: unknown) => ended(mode.probes.map((probe) => ({...probe, sent: undefined, received: undefined, verdict: 'unknown', says: error instanceof Error ? error.message : String(error)}))));
}

/** The question: from where to where, verbatim. */
export function askLines(probes: readonly Probe[], width: number, theme: Theme): readonly string[] {
  return [
    bold(theme, fit(` Send ${probes.length === 1 ? 'this ping' : `these ${probes.length} pings`}? Three packets each, over the connections that read`, width)),
    '',
    ...probes.flatMap(({host, command, tests}) => [
      ...wrapWords(tests, width - 4).map((line) => `  ${line}`),
      ...wrapHard(`${host}: ${command}`, width - 8).map((line) => paint(theme, `      ${line}`, 'accent')),
    ]),
    '',
    bold(theme, paint(theme, fit('  y sends them, n does not', width), 'warn')),
  ];
}
