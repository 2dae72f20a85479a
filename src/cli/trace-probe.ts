/** Sends the probes of a trace, over the connections that read: every command is shown first, and is in the command log. */
import type {Reach} from '../actions/execute.ts';
import {judge, probeDeadlineS, type Probe, type ProbeResult} from '../trace/probe.ts';
import {sanitizeText} from '../text/sanitize.ts';

const maxBytes = 16_384;

/** All at once, on channels of their own: reads do not wait for them. Never rejects. */
export function sendProbes(reach: Reach, probes: readonly Probe[], now: () => number = Date.now): Promise<readonly ProbeResult[]> {
  return Promise.all(probes.map(async (probe, i): Promise<ProbeResult> => {
    const session = reach.session(probe.host);
    if (!session) return judge(probe, {problem: `there is no host ${probe.host} in this context`});
    const chunks: Buffer[] = [];
    const result = await session.stream({id: `probe-${i}`, script: probe.command, deadlineS: probeDeadlineS, maxBytes}, (chunk) => void chunks.push(chunk));
    const judged = judge(probe, result.ok ? {stdout: sanitizeText(Buffer.concat(chunks).toString('utf8')), stderr: sanitizeText(result.output.stderr)} : {problem: `${result.problem.kind}: ${result.problem.detail}`});
    reach.log({at: now(), source: probe.host, command: probe.command, tookMs: result.tookMs, result: judged.says});
    return judged;
  }));
}

/** Before anything is sent. */
export function announced(probes: readonly Probe[]): string {
  if (probes.length === 0) return '\nProbes: none can be sent for this trace\n';
  return `\nProbes, sent now:\n${probes.map(({host, command}) => `  ${host}: ${command}`).join('\n')}\n`;
}

const marks: Readonly<Record<ProbeResult['verdict'], string>> = {agrees: '+', contradicts: 'X', unknown: '?'};
export const probeText = (results: readonly ProbeResult[]): string => (results.length === 0 ? '' : `\nProbes and trace:\n${results.map(({verdict, tests, says}) => `  ${marks[verdict]} ${tests}\n      ${says}`).join('\n')}\n`);

/** As docs/schema/trace.schema.json has them. */
export const probesJson = (results: readonly ProbeResult[]): readonly object[] =>
  results.map(({host, command, tests, expected, sent, received, verdict, says}) => ({host, command, tests, expected, sent: sent ?? null, received: received ?? null, verdict, says}));
