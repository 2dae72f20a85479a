/** `evpn-tui run NAME`: a runbook planned, run step by step or all at once, taken up again, undone, and reported. */
import {writeFile} from 'node:fs/promises';
import {Option, type Command} from 'commander';
import {createExecutor} from '../actions/execute.ts';
import {eventLine} from '../actions/text.ts';
import {doneText, leftToUndo} from '../runbooks/engine/records.ts';
import {createRunbooks, type RunbookSession, type Runbooks, type StepOptions, type StepResult} from '../runbooks/engine/session.ts';
import type {Resolved} from '../runbooks/engine/inputs.ts';
import {typedValue, wrongValue} from '../runbooks/engine/inputs.ts';
import type {PlannedStep} from '../runbooks/engine/plan.ts';
import {junit, markdown, reportOf} from '../runbooks/report.ts';
import {inputLines, plannedLines, resultLine} from '../runbooks/text.ts';
import type {Runbook, RunbookStep, Value} from '../runbooks/model.ts';
import {paramsOf, sayInterrupted} from './act.ts';
import {lockHolder} from '../actions/lock.ts';
import {membershipOf} from '../runbooks/engine/step-action.ts';
import {following} from '../runbooks/procedure.ts';
import {lockOf, openGate, type OpenedGate} from './act-gate.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {globalFlags} from './open.ts';
import {question} from './question.ts';
import {asJson, documentOf} from './output/document.ts';
import {functionsByName, libraryOf} from './runbooks.ts';
import {settle} from './settle.ts';

interface RunFlags {
  readonly input: readonly string[];
  readonly plan?: boolean;
  readonly step?: boolean;
  readonly skip: readonly string[];
  readonly resume?: boolean | string;
  readonly undoTo?: string;
  readonly report: readonly string[];
  readonly confirm: readonly string[];
  readonly takeOver?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly output: 'text' | 'json' | 'junit';
}

const several = (one: string, all: readonly string[]): readonly string[] => [...all, one];

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program.command('run').argument('<runbook>', 'a name that "evpn-tui runbooks" lists, or a file')
    .description('run a runbook: plans all of it, asks, then does it step by step; what is already so is left alone. Exit 0 all is so, 3 could not or not known, 4 a step failed')
    .option('-I, --input <name=value>', 'an input; a list with commas; repeatable', several, [])
    .option('--plan', 'show what every step would change, and end (as --dry-run)')
    .option('--step', 'ask before each step: run it, skip it with a reason, or stop')
    .option('--skip <step=reason>', 'do not run this step; repeatable', several, [])
    .option('--resume [session]', 'go on with the last session that has not ended, or with this one')
    .option('--undo-to <step>', 'undo the last session, from its end down to and with this step')
    .option('--report <format:file>', 'write a report: md:FILE, json:FILE or junit:FILE; repeatable', several, [])
    .option('--confirm <name>', 'the name that a destructive action of a step wants typed; repeatable', several, [])
    .option('--take-over', 'take over the lock of a console that has ended')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json', 'junit']).default('text'))
    .action(async (name: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<RunFlags>();
      for (const one of flags.report) if (!/^(md|json|junit):./.test(one)) throw new CliError(exitCode.usage, `--report ${one}: md:FILE, json:FILE or junit:FILE was expected`);
      const runbook = libraryOf(io).find(name);
      if (!runbook) throw new CliError(exitCode.usage, `there is no runbook "${name}"`, 'evpn-tui runbooks lists them; a file is named with its path');
      finish(await new Runner(runbook, name, flags, command, io).all());
    });
}

class Runner {
  readonly runbook: Runbook;
  readonly named: string; // as it was: a name, or the path of a file
  readonly flags: RunFlags;
  readonly io: Io;
  readonly opened: OpenedGate;
  readonly runbooks: Runbooks;
  readonly abort = new AbortController();
  readonly skips: ReadonlyMap<string, string>; // step → reason

  constructor(runbook: Runbook, named: string, flags: RunFlags, command: Command, io: Io) {
    this.runbook = runbook;
    this.named = named;
    this.flags = flags;
    this.skips = new Map(flags.skip.map((one) => [one.split('=')[0]!, one.includes('=') ? one.slice(one.indexOf('=') + 1) : 'told to'] as const));
    this.io = io;
    this.opened = openGate(globalFlags(command), io);
    const {gate, journal, opened: {source, reach}} = this.opened;
    this.runbooks = createRunbooks({gate, source, executor: createExecutor(reach), journal, functions: functionsByName});
  }

  async all(): Promise<ExitCode> {
    const stop = (): void => {
      this.io.stderr.write('stopping after the present step; once more to end at once\n');
      this.abort.abort();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    try {
      for (const id of this.skips.keys()) this.stepNamed(id);
      if (this.flags.step && !this.flags.plan && !this.flags.dryRun && !this.io.isTTY) throw new CliError(exitCode.usage, '--step asks: it needs a terminal', 'Say --yes to run all of it');
      await settle(this.opened.opened.source, this.opened.opened);
      if ((this.flags.undoTo !== undefined || this.flags.resume !== undefined) && !this.flags.plan && !this.flags.dryRun) this.mayChange();
      if (this.flags.undoTo !== undefined) return await this.undo(this.flags.undoTo);
      if (this.flags.resume !== undefined && !this.flags.plan && !this.flags.dryRun) return await this.go(await this.taken());
      sayInterrupted(this.opened.gate, this.io);
      return await this.begin();
    } finally {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      await this.opened.opened.close();
    }
  }

  print(lines: readonly string[]): void {
    (this.flags.output === 'text' ? this.io.stdout : this.io.stderr).write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Each step would be refused by the gate: said before the first. */
  mayChange(): void {
    const {readOnly} = this.opened.gate;
    if (readOnly !== undefined) throw new CliError(exitCode.usage, `read-only (${readOnly}): nothing is changed from here`, 'Say --plan to see what would be changed');
  }

  ask(text: string): Promise<string> {
    return question(this.io, text, this.abort.signal, () => process.kill(process.pid, 'SIGINT'));
  }

  /** Of a session that is begun: where it is stopped at a question it ends as at any other place, with its report. */
  async asking<T>(answer: Promise<T>, stopped: T): Promise<T> {
    return answer.catch((error: unknown) => {
      if (this.abort.signal.aborted) return stopped;
      throw error;
    });
  }

  async begin(): Promise<ExitCode> {
    const inputs = await this.inputs();
    this.print([`${this.runbook.name}: ${this.runbook.title}`, ...inputLines(inputs), 'Plan']);
    const only = this.flags.plan === true || this.flags.dryRun === true;
    // With --yes nobody reads it, and each step is planned again when it is reached.
    const planned = !only && this.flags.yes ? [] : await this.runbooks.plan(this.runbook, inputs, this.abort.signal, (one) => this.print(plannedLines(one, this.runbook.steps.indexOf(one.step) + 1)));
    if (only) {
      if (this.flags.output === 'json') this.io.stdout.write(asJson(documentOf('runbook-plan', this.opened.opened.source.current(), {runbook: this.runbook.name, inputs, steps: planned.map(planData)})));
      return planned.some(({state}) => state === 'blocked') ? exitCode.wrong : exitCode.ok;
    }
    this.mayChange();
    if (!this.flags.yes && !this.flags.step) {
      if (!this.io.isTTY) throw new CliError(exitCode.usage, 'there is no terminal to ask on: nothing was done', 'Say --yes to run it, or --plan to see the plan only');
      const answer = (await this.ask('Run it? [y]es all at once, [s]tep by step, [N]o ')).toLowerCase();
      if (!['y', 'yes', 's', 'step'].includes(answer)) throw new CliError(exitCode.usage, 'not confirmed: nothing was done');
      if (answer.startsWith('s')) return this.go(await this.started(inputs), true);
    }
    return this.go(await this.started(inputs));
  }

  async started(inputs: readonly Resolved[]): Promise<RunbookSession> {
    const session = await this.runbooks.start(this.runbook, inputs, {takeOver: this.flags.takeOver ?? false});
    if (typeof session === 'string') throw new CliError(exitCode.unread, session);
    return session;
  }

  async taken(): Promise<RunbookSession> {
    const session = await this.runbooks.resume(this.runbook, typeof this.flags.resume === 'string' ? this.flags.resume : undefined);
    if (typeof session === 'string') throw new CliError(exitCode.usage, session);
    for (const [name, text] of Object.entries(paramsOf(this.flags.input))) {
      const input = this.runbook.inputs.find((one) => one.name === name);
      const begun = session.inputs.find((one) => one.name === name)?.value;
      if (input && JSON.stringify(typedValue(input, text)) !== JSON.stringify(begun)) throw new CliError(exitCode.usage, `${name}=${text}: session ${session.id} was begun with ${JSON.stringify(begun ?? null)}, and goes on with that`, `Leave --input out, or begin another: evpn-tui run ${this.named} --input ${name}=${text}`);
    }
    return session;
  }

  async inputs(): Promise<readonly Resolved[]> {
    let given: Readonly<Record<string, Value>> = paramsOf(this.flags.input);
    for (;;) {
      const {values, missing, wrong} = this.runbooks.resolve(this.runbook, given);
      if (wrong.length > 0) throw new CliError(exitCode.usage, wrong.join('\n'));
      const [first] = missing;
      if (!first) return values;
      if (!this.io.isTTY) throw new CliError(exitCode.usage, missing.map(({input, why}) => `the input ${input.name} has no value: ${input.title}${why === undefined ? '' : ` (${why})`}`).join('\n'), 'Say --input NAME=VALUE');
      const {input, why} = first;
      const text = await this.ask(`${input.title}${why === undefined ? '' : ` (${why})`}${input.choices.length > 0 ? ` [${input.choices.join(', ')}]` : ''}: `);
      const bad = wrongValue(input, typedValue(input, text));
      if (bad !== undefined) this.io.stderr.write(`${bad}\n`);
      else given = {...given, [input.name]: text};
    }
  }

  /** The lock of a console that was killed while it ran this session, or was about to: who resumes or undoes it knows that it is dead. */
  leftBehind({id, record}: RunbookSession): boolean {
    const {journal, opened: {target}} = this.opened;
    const held = lockHolder(lockOf(target));
    if (held?.state !== 'dead' || !held.holder || held.holder.context !== target.name || held.holder.since < record().startedAt) return false;
    const known = journal.find(held.holder.run);
    return known === undefined || membershipOf(known.run)?.session === id;
  }

  options(session: RunbookSession): StepOptions {
    return {
      signal: this.abort.signal, takeOver: this.flags.takeOver === true || this.leftBehind(session),
      onEvent: (event) => this.print([eventLine(event)].flatMap((line) => (line === undefined ? [] : [`  ${line}`]))),
      typed: async (name) => (this.flags.confirm.includes(name) ? name : this.io.isTTY ? this.asking<string | undefined>(this.ask(`Type ${name} to run it: `), undefined) : undefined),
    };
  }

  /** The steps that are left, one after the other. */
  async go(session: RunbookSession, asking = this.flags.step === true): Promise<ExitCode> {
    for (let step = session.next(); step !== undefined; step = session.next()) {
      if (this.abort.signal.aborted) return this.end(session, undefined);
      const number = this.runbook.steps.indexOf(step) + 1;
      const skip = this.skips.get(step.id);
      if (skip !== undefined) {
        this.print([resultLine(session.skip(step, skip), step, number)]);
        continue;
      }
      if (asking && (await this.asking(this.asked(session, step, number), 'stop')) === 'stop') return this.end(session, undefined);
      if (session.next() !== step) continue; // skipped
      this.print([`${number}. ${step.title}`]);
      const result = await session.run(step, this.options(session));
      this.print([resultLine(result, step, number)]);
      if (!['done', 'already so', 'not needed'].includes(result.state)) {
        if (asking && !this.abort.signal.aborted && /^r/i.test(await this.asking(this.ask('[r]etry or [S]top? '), ''))) continue;
        return this.end(session, result);
      }
    }
    session.end('done');
    return this.end(session, undefined);
  }

  async asked(session: RunbookSession, step: RunbookStep, number: number): Promise<'run' | 'stop'> {
    const planned = await session.plan(step, this.abort.signal);
    this.print([...(step.explanation === '' ? [] : [step.explanation.trim()]), ...plannedLines(planned, number)]);
    if (planned.state !== 'to do') return 'run';
    const answer = await this.ask('[y] run it, [k] skip it, [N] stop here: ');
    if (/^k/i.test(answer)) {
      session.skip(step, (await this.ask('Why is it skipped? ')) || 'no reason given');
      return 'run';
    }
    return /^y/i.test(answer) ? 'run' : 'stop';
  }

  stepNamed(id: string): RunbookStep {
    const step = this.runbook.steps.find((one) => one.id === id);
    if (!step) throw new CliError(exitCode.usage, `${this.runbook.name} has no step "${id}"`, `It has: ${this.runbook.steps.map((one) => one.id).join(', ')}`);
    return step;
  }

  async undo(id: string): Promise<ExitCode> {
    const step = this.stepNamed(id);
    // A session that found everything so has nothing to undo: the last one that did something is meant. One whose undoing
    // was cut off at its very end is that, too: it is brought to its end, and not the one before it undone.
    const mine = this.runbooks.sessions().filter((one) => one.runbook === this.runbook.name && one.ended?.how !== 'undone');
    const named = typeof this.flags.resume === 'string' ? this.flags.resume : (mine.findLast(({steps}) => steps.some(({runs}) => runs.length > 0)) ?? mine.at(-1))?.session;
    const session = named === undefined ? `there is no session of ${this.runbook.name} to undo` : await this.runbooks.resume(this.runbook, named);
    if (typeof session === 'string') throw new CliError(exitCode.usage, session);
    this.print([`Undo session ${session.id} of ${this.runbook.name}: ${leftToUndo(this.runbook, session.record(), step.id).join(', ') || 'nothing'}`]);
    if (this.flags.dryRun || this.flags.plan) return exitCode.ok;
    if (!this.flags.yes) {
      if (!this.io.isTTY) throw new CliError(exitCode.usage, 'there is no terminal to ask on: nothing was done', 'Say --yes to undo it');
      if (!/^y(es)?$/i.test(await this.ask('Undo it? [y/N] '))) throw new CliError(exitCode.usage, 'not confirmed: nothing was done');
    }
    const results = await session.undoTo(step, this.options(session));
    this.print(results.map((result) => resultLine(result, this.stepNamed(result.step), this.runbook.steps.findIndex((one) => one.id === result.step) + 1)));
    const last = results.at(-1);
    const whole = last === undefined || last.state === 'undone';
    // Only with nothing left of it is a session at its end: what was done above the step stays, and can be gone on from.
    if (whole && leftToUndo(this.runbook, session.record()).length === 0) session.end('undone');
    return this.end(session, whole ? undefined : last, whole ? step : undefined);
  }

  /** `undone`: down to which step it was just taken back, without a failure. */
  async end(session: RunbookSession, stopped: StepResult | undefined, undone?: RunbookStep): Promise<ExitCode> {
    const record = session.record();
    const report = reportOf(this.runbook, record, this.opened.journal.runs(), this.opened.opened.target.name);
    const json = (): string => asJson(documentOf('runbook', this.opened.opened.source.current(), {...report}));
    for (const one of this.flags.report) {
      const [format, file] = [one.slice(0, one.indexOf(':')), one.slice(one.indexOf(':') + 1)];
      await writeFile(file, format === 'md' ? markdown(report) : format === 'junit' ? junit(report) : json());
    }
    if (this.flags.output !== 'text') this.io.stdout.write(this.flags.output === 'json' ? json() : junit(report));
    if (undone && record.ended?.how !== 'undone') {
      this.print([`Undone down to ${undone.id} (session ${session.id})`, `  evpn-tui run ${this.named} --resume ${session.id} goes on, --undo-to STEP goes further back`]);
      return exitCode.ok;
    }
    if (record.ended) {
      const after = record.ended.how === 'undone' || this.runbook.stage === undefined ? undefined : following(libraryOf(this.io).list().runbooks, this.runbook);
      const skipped = record.ended.how === 'done' && record.steps.some(({state}) => state === 'skipped') ? `: ${doneText(record)}` : '';
      this.print([`${record.ended.how === 'undone' ? 'Undone' : 'Done'} (session ${session.id})${skipped}`, ...(after ? [`  evpn-tui run ${after.name} comes next: ${after.title}`] : [])]);
      return exitCode.ok;
    }
    this.io.stderr.write(`Stopped${stopped ? ` at ${stopped.step}: ${stopped.says}` : ''} (session ${session.id})\n  evpn-tui run ${this.named} --resume goes on, --undo-to STEP goes back\n`);
    return stopped === undefined ? exitCode.wrong : ['uncertain', 'unverified'].includes(stopped.state) ? exitCode.unread : exitCode.wrong;
  }
}

const planData = ({step, state, says, works, uses, origins}: PlannedStep): Readonly<Record<string, unknown>> => ({
  step: step.id, title: step.title, state, says, origins,
  works: works.map((work) => ({id: work.id, host: work.host ?? null, state: work.state, says: work.says, diffs: work.diffs, changes: work.changes ?? null, conditions: work.conditions})),
  uses: uses.map(({action, params, already}) => ({action, params, already})),
});
