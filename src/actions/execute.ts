/**
 * The only place from which anything is sent that can change something: a script to a host (as root, on a channel of
 * its own), a call to OpenNebula. Everything that is sent goes to the command log, verbatim but for secrets.
 */
import type {CallAnswer, Effect, HostAnswer, Step, StepOutcome} from '../model/action.ts';
import type {Problem} from '../model/reading.ts';
import type {SentCommand} from '../fabric/source.ts';
import type {OneClient} from '../services/opennebula/client.ts';
import type {HostSession} from '../services/session.ts';
import {sanitizeLine, sanitizeText} from '../text/sanitize.ts';
import {openNebula} from './action.ts';
import {redacted} from './redact.ts';

/** The connections of a running fabric, and where it is written down what went over them. */
export interface Reach {
  readonly session: (host: string) => HostSession | undefined;
  readonly one: Pick<OneClient, 'call' | 'endpoint'> | undefined;
  readonly log: (entry: SentCommand) => void;
}

export interface Executed {
  readonly outcome: StepOutcome;
  readonly says: string;
  readonly value?: string | number | boolean;
}

type Value = string | number | boolean;
export interface Executor {
  host(host: string, script: string, more: {readonly deadlineS: number; readonly signal?: AbortSignal | undefined; readonly onLine?: (line: string) => void; readonly secrets?: readonly string[]}): Promise<HostAnswer>;
  one(method: string, args: readonly Value[], more: {readonly deadlineS: number; readonly signal?: AbortSignal | undefined; readonly secrets?: readonly string[]}): Promise<CallAnswer>;
  /** One step of kind `host` or `one`. Never rejects. */
  step(step: Step, values: Readonly<Record<string, Value>>, signal: AbortSignal | undefined): Promise<Executed>;
}

const mostBytes = 4 << 20; // of stdout of one command

export function createExecutor(reach: Reach, now: () => number = Date.now): Executor {
  const executor: Executor = {host, one, step};
  return executor;

  async function host(name: string, script: string, {deadlineS, signal, onLine, secrets = []}: Parameters<Executor['host']>[2]): Promise<HostAnswer> {
    const session = reach.session(name);
    if (!session) return {ok: false, problem: {kind: 'failed', detail: `there is no host ${name} in this context`}};
    const chunks: Buffer[] = [];
    let rest = '';
    const onChunk = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (!onLine) return;
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(sanitizeLine(line));
    };
    const startedAt = now();
    // A host that has just been lost is tried again at once: what is asked here is asked by a person.
    session.retry();
    const result = await session.stream({id: 'action', script, deadlineS, maxBytes: mostBytes}, onChunk, signal);
    const answer: HostAnswer = result.ok
      ? {ok: true, exit: result.output.exit, stdout: sanitizeText(Buffer.concat(chunks).toString('utf8')), stderr: sanitizeText(result.output.stderr)}
      : {ok: false, problem: result.problem};
    reach.log({at: now(), source: name, command: redacted(script, secrets), tookMs: now() - startedAt, result: redacted(answer.ok ? wordsOf(answer.exit, answer.stdout, answer.stderr) : `${answer.problem.kind}: ${answer.problem.detail}`, secrets)});
    return answer;
  }

  async function one(method: string, args: readonly Value[], {deadlineS, signal, secrets = []}: Parameters<Executor['one']>[2]): Promise<CallAnswer> {
    if (!reach.one) return {ok: false, refused: true, problem: {kind: 'failed', detail: 'there is no OpenNebula in this context'}};
    const startedAt = now();
    const deadline = AbortSignal.timeout(deadlineS * 1000);
    const result = await reach.one.call(method, args, signal ? AbortSignal.any([signal, deadline]) : deadline);
    const problem: Problem | undefined = result.ok ? undefined : deadline.aborted ? {kind: 'timeout', detail: `OpenNebula did not answer ${method} within ${deadlineS} s`} : result.problem;
    reach.log({at: now(), source: reach.one.endpoint, command: redacted(callText(method, args), secrets), tookMs: now() - startedAt, result: problem ? redacted(`${problem.kind}: ${problem.detail}`, secrets) : 'ok'});
    return result.ok ? {ok: true, value: result.value} : {ok: false, problem: problem!, refused: result.refusal !== undefined};
  }

  async function step({effect, deadlineS, secrets = [], cancellable}: Step, values: Readonly<Record<string, Value>>, signal: AbortSignal | undefined): Promise<Executed> {
    const ends = cancellable ? signal : undefined;
    if (effect.kind === 'host') {
      const shut = effect.fresh ? await reach.session(effect.host)?.renew() : undefined;
      if (shut) return {outcome: 'failed', says: `no new connection to ${effect.host}, so nothing is sent: ${shut.kind}: ${shut.detail}`};
      const answer = await host(effect.host, effect.script, {deadlineS, signal: ends, secrets});
      if (!answer.ok) return lost(answer.problem, ends);
      if (answer.exit === 124 || answer.exit === 137) return {outcome: 'uncertain', says: `it did not end within ${deadlineS} s on ${effect.host}`};
      return {outcome: answer.exit === 0 ? 'ok' : 'failed', says: redacted(wordsOf(answer.exit, answer.stdout, answer.stderr), secrets)};
    }
    if (effect.kind === 'one') {
      const args = resolved(effect, values);
      if (!Array.isArray(args)) return {outcome: 'failed', says: args as string};
      const answer = await one(effect.method, args as readonly Value[], {deadlineS, signal: ends, secrets});
      if (answer.ok) return {outcome: 'ok', says: 'ok', value: typeof answer.value === 'string' ? redacted(sanitizeLine(answer.value, 200), secrets) : answer.value};
      return answer.refused ? {outcome: 'failed', says: redacted(`OpenNebula refuses: ${answer.problem.detail}`, secrets)} : lost(answer.problem, ends);
    }
    return {outcome: 'failed', says: 'there is nothing to send'};
  }
}

/** Sent, perhaps, and no answer: nobody can say whether it has had its effect. */
const lost = (problem: Problem, signal: AbortSignal | undefined): Executed =>
  signal?.aborted ? {outcome: 'cancelled', says: 'given up while it ran'} : {outcome: 'uncertain', says: `${problem.kind}: ${problem.detail}`};

function resolved(effect: Extract<Effect, {kind: 'one'}>, values: Readonly<Record<string, Value>>): readonly Value[] | string {
  const args: Value[] = [];
  for (const arg of effect.args) {
    const value = typeof arg === 'object' ? values[arg.resultOf] : arg;
    if (value === undefined) return `the step ${typeof arg === 'object' ? arg.resultOf : ''} has left no value`;
    args.push(value);
  }
  return args;
}

function wordsOf(exit: number, stdout: string, stderr: string): string {
  const words = sanitizeLine((stderr.trim() || stdout.trim()).split('\n').slice(0, 3).join('; '), 300);
  return `exit ${exit}${words === '' ? '' : `: ${words}`}`;
}

const callText = (method: string, args: readonly Value[]): string => `${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`;

/** An effect as it is shown in a plan, in the log and in the journal: verbatim but for secrets. */
export function effectText({effect, secrets = []}: Pick<Step, 'effect' | 'secrets'>): string {
  if (effect.kind === 'host') return redacted(effect.script, secrets);
  if (effect.kind === 'one') return redacted(`${effect.method}(${effect.args.map((arg) => (typeof arg === 'object' ? `<result of ${arg.resultOf}>` : JSON.stringify(arg))).join(', ')})`, secrets);
  return 'nothing is sent: wait for the fabric';
}

/** Where a step happens. */
export const placeOf = ({effect}: Pick<Step, 'effect'>): string => (effect.kind === 'host' ? effect.host : effect.kind === 'one' ? openNebula : 'console');
