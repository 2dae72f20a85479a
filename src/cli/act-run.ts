/** One prepared change on the command line: shown, confirmed, run with its progress, reported, and its exit code. */
import {createInterface} from 'node:readline/promises';
import {stopping} from '../actions/action.ts';
import {effectText, placeOf} from '../actions/execute.ts';
import type {Gate, Prepared, RunOptions} from '../actions/gate.ts';
import {conditionLines, eventLine, preparedLines} from '../actions/text.ts';
import type {Fabric} from '../model/fabric.ts';
import type {RunResult} from '../model/action.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {asJson, documentOf} from './output/document.ts';

export interface ChangeFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly override?: readonly string[];
  readonly takeOver?: boolean;
  readonly output?: 'text' | 'json';
}

/** Shows it; with --dry-run that is all. Asks on a terminal, wants --yes (and --confirm) elsewhere. Then runs it. */
export async function change(gate: Gate, prepared: Prepared, flags: ChangeFlags, io: Io, fabric: () => Fabric): Promise<ExitCode> {
  const json = flags.output === 'json';
  const print = (lines: readonly string[]): void => void (json ? io.stderr : io.stdout).write(lines.map((line) => `${line}\n`).join(''));
  const finish = (code: ExitCode, result?: RunResult): ExitCode => {
    if (json) io.stdout.write(asJson(documentOf('action', fabric(), {...asData(prepared), dryRun: flags.dryRun === true, result: result ?? null})));
    return code;
  };
  if (!json || !flags.yes) print(preparedLines(prepared));
  if (prepared.wrong.length > 0) return finish(exitCode.usage);
  const stops = stopping(prepared.preflight, flags.override ?? []);
  if (stops.length > 0) return finish(stops.some(({outcome}) => outcome === 'fail') ? exitCode.wrong : exitCode.unread);
  if (prepared.problem !== undefined) return finish(exitCode.wrong);
  if (flags.dryRun) return finish(exitCode.ok);
  const typed = prepared.refusal === undefined ? await confirmed(prepared, flags, io) : undefined;
  const result = await interruptible(io, (options) => gate.run(prepared, {...options, typed, override: flags.override ?? [], takeOver: flags.takeOver ?? false, onEvent: (event) => print([eventLine(event)].flatMap((line) => line ?? []))}));
  return finish(report(result, json, io), result);
}

/** What was typed to confirm it. Throws when it is not confirmed, or nobody can be asked. */
async function confirmed({plan}: Prepared, {yes, confirm}: ChangeFlags, io: Io): Promise<string | undefined> {
  const name = plan?.confirmName;
  if (yes && (name === undefined || confirm !== undefined)) return confirm;
  if (!io.isTTY) {
    throw name === undefined || !yes
      ? new CliError(exitCode.usage, 'there is no terminal to ask on: nothing was done', `Say --yes${name === undefined ? '' : ` and --confirm ${name}`} to run it, or --dry-run to see the plan only`)
      : new CliError(exitCode.usage, 'this is destructive: --yes alone does not do; nothing was done', `Say --confirm ${name} as well`);
  }
  const question = name === undefined ? 'Run it? [y/N] ' : `Type ${name} to run it: `;
  const lines = createInterface({input: io.stdin, output: io.stderr});
  try {
    const answer = (await lines.question(question)).trim();
    if (name === undefined ? !/^y(es)?$/i.test(answer) : answer !== name) throw new CliError(exitCode.usage, 'not confirmed: nothing was done');
    return answer;
  } finally {
    lines.close();
  }
}

/** The first Ctrl-C stops after the step that is under way (or in it, where it can be given up); the second as always. */
export async function interruptible(io: Io, run: (options: Pick<RunOptions, 'signal'>) => Promise<RunResult>): Promise<RunResult> {
  const abort = new AbortController();
  const stop = (): void => {
    io.stderr.write('stopping after the present step; once more to end at once\n');
    abort.abort();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await run({signal: abort.signal});
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

export function report(result: RunResult, json: boolean, io: Io): ExitCode {
  const {status, says, run, verified} = result;
  if (!json) {
    if (verified.length > 0) io.stdout.write(`Verified\n${conditionLines(verified).join('\n')}\n`);
    const text = `${status === 'done' ? 'Done' : status[0]!.toUpperCase() + status.slice(1)}: ${says}${run === undefined ? '' : ` (run ${run})`}\n`;
    (status === 'done' ? io.stdout : io.stderr).write(text);
    if (run !== undefined && (status === 'uncertain' || status === 'failed' || status === 'cancelled')) io.stderr.write(`evpn-tui journal show ${run} tells more; journal verify, resume or undo ${run} go on from there\n`);
  }
  return codeOf(result);
}

function codeOf({status, because, verified}: RunResult): ExitCode {
  switch (status) {
    case 'done': return exitCode.ok;
    case 'refused': return because === 'lock' ? exitCode.unread : because === 'preflight' ? exitCode.wrong : exitCode.usage;
    case 'uncertain': return exitCode.unread;
    case 'unverified': return verified.some(({outcome}) => outcome === 'fail') ? exitCode.wrong : exitCode.unread;
    default: return exitCode.wrong;
  }
}

/** A prepared change for a machine: what is sent stands in `sends`, without secrets. */
export function asData({action, params, wrong, preflight, plan, problem, undoes, refusal}: Prepared): Readonly<Record<string, unknown>> {
  return {
    action: action.id, params, wrong, preflight, problem: problem ?? null, undoes: undoes ?? null, refusal: refusal ?? null,
    plan: plan ? {
      what: plan.what, notUndoable: plan.notUndoable, confirmName: plan.confirmName ?? null, targets: plan.targets.map(({what, state}) => ({what, state})),
      steps: plan.steps.map((step) => ({id: step.id, title: step.title, where: placeOf(step), sends: effectText(step), deadlineS: step.deadlineS, resume: step.resume, files: step.files ?? []})),
    } : null,
  };
}
