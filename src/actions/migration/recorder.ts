/** The flight recorder: everything that is observed while a VM is moved, written into the journal as it comes. */
import {isIP} from 'node:net';
import type {ActionContext} from '../../model/action.ts';
import type {OneVm} from '../../model/cloud.ts';
import type {FlightEvent, FlightNote} from '../../model/flight.ts';
import {askVm, type VmAsked} from '../vm/vm.ts';
import {pause} from '../wait.ts';
import {createAxis, type Axis} from './axis.ts';
import {observe, type Observed} from './observer.ts';
import {parsePing, pingScript} from './observe.ts';
import {cloudWords, observersOf, pingerOf, watchedOf} from './scope.ts';
import {sightsOf} from './sights.ts';
import {fromLabel, toLabel, type Way} from './way.ts';

export interface Recorder {
  readonly axis: Axis;
  /** Resolves when every observer has begun, or has said why not: what they see from then on is of the migration. */
  readonly ready: Promise<string>;
  /** What OpenNebula has just said of the VM. */
  saw(asked: VmAsked): void;
  /** Since when OpenNebula does not answer, on the axis; undefined: it does. */
  silentSince(): number | undefined;
  /** Hosts that were observed and are lost now, each with the reason. */
  lost(): readonly string[];
}

const pollMs = 400;
const flushMs = 500;
const readyMs = 8000;
const answersFirst = 3;
const pingS = 86_400; // as long as OpenNebula may take

/** Runs until the context's signal is aborted; `done` resolves when the last has been written. */
export function startRecorder(ctx: ActionContext, way: Way, vm: OneVm | undefined, {startedAt, ping}: {readonly startedAt: number; readonly ping: boolean}): {readonly recorder: Recorder; readonly done: Promise<void>} {
  const pending: FlightEvent[] = [];
  const axis = createAxis(startedAt, () => ctx.now(), toLabel(way), (event) => {
    pending.push(event);
    if (event.kind !== 'link') ctx.progress(`${(event.atMs / 1000).toFixed(1).padStart(6)} s  ${event.source}: ${event.text}`);
  });
  const note = (more: FlightNote): void => ctx.note('flight', more);
  const flush = (): void => {
    if (pending.length > 0) note({events: pending.splice(0)});
  };
  note({meta: {vm: {id: way.vmId, name: way.vmName}, from: fromLabel(way), to: toLabel(way), live: way.live}});

  const watched = watchedOf(ctx.fabric(), way, vm);
  const observers = observersOf(ctx.fabric(), way, watched).map(({host, script}): Observed => observe(ctx, host, script, axis, sightsOf(host, watched, axis, () => ctx.fabric())));
  const pinging = ping ? startPing() : undefined;
  let silent: number | undefined;
  let said = '';
  let sawAt = 0;
  return {
    recorder: {
      axis, saw, ready: begun(),
      silentSince: () => silent,
      lost: () => observers.flatMap((one) => one.lost() ?? []),
    },
    done: Promise.all([polling(), flushing(), ...observers.map(({done}) => done), pinging?.done]).then(() => {
      flush();
      const downtime = axis.downtime();
      note({phases: axis.phases(), ...(downtime && {downtime})});
    }),
  };

  function saw(asked: VmAsked): void {
    sawAt = ctx.now();
    const text = asked.ok ? cloudWords(ctx.fabric(), asked.info.vm) : `does not answer: ${asked.problem.detail}`;
    silent = asked.ok ? undefined : (silent ?? Math.max(0, ctx.now() - startedAt));
    if (text !== said) axis.add('OpenNebula', 'state', text);
    said = text;
  }

  async function polling(): Promise<void> {
    while (!ctx.signal.aborted) {
      if (ctx.now() - sawAt >= pollMs * 0.8) {
        const asked = await askVm(ctx, way.vmId);
        if (!ctx.signal.aborted) saw(asked);
      }
      await pause(pollMs, ctx.signal);
    }
  }
  async function flushing(): Promise<void> {
    while (!ctx.signal.aborted) {
      await pause(flushMs, ctx.signal);
      flush();
    }
  }

  /** From the virtual router, which is in the network itself. */
  function startPing(): {readonly ready: Promise<unknown>; readonly done: Promise<void>} {
    const from = pingerOf(ctx.fabric(), vm);
    if ('problem' in from || isIP(from.address) !== 4) {
      axis.add('console', 'watch', `no pings: ${'problem' in from ? from.problem : `${from.address} is no IPv4 address`}`);
      return {ready: Promise.resolve(), done: Promise.resolve()};
    }
    const {promise, resolve} = Promise.withResolvers<void>();
    const done = ctx.ask.follow(from.host, pingScript(from.address), (line) => {
      const answer = parsePing(line);
      if (!answer) return;
      if (axis.answers === 0) axis.add(from.host, 'ping', `${from.address} answers (ping every 0.1 s)`);
      const gap = axis.answered(answer.sequence, answer.atMs);
      if (gap !== undefined) axis.add(from.host, 'ping', gap);
      if (axis.answers === answersFirst) resolve();
    }, ctx.signal, pingS).then((end) => {
      // That nobody pings any more is no silence of the VM.
      if (!ctx.signal.aborted) {
        axis.pingsEnded(!end.ok);
        axis.add(from.host, 'watch', `the pings ended: ${end.ok ? `exit ${end.exit} ${end.stderr.split('\n')[0] ?? ''}` : end.problem.detail}`);
      }
      resolve();
    });
    return {ready: promise, done};
  }

  async function begun(): Promise<string> {
    const timeout = pause(readyMs, ctx.signal);
    await Promise.race([Promise.all([...observers.map(({ready}) => ready), pinging?.ready]), timeout]);
    if (ping && pinging && axis.answers < answersFirst) axis.add('console', 'ping', 'no answer to pings before the migration: they will not tell how long it is not reached');
    const names = observers.filter((one) => one.lost() === undefined).map(({host}) => host);
    return names.length > 0 ? `observed: ${names.join(', ')} and OpenNebula` : 'only OpenNebula is observed';
  }
}
