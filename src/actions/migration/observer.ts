/** One host observed on a channel of its own, begun again when the connection is lost. */
import type {ActionContext} from '../../model/action.ts';
import {pause} from '../wait.ts';
import type {Axis} from './axis.ts';

export interface Observed {
  readonly host: string;
  readonly ready: Promise<void>; // its first round is complete, or it cannot be observed
  readonly done: Promise<void>;
  /** Why nothing comes from it now: "kvm2 (connect timed out)"; undefined: it is observed. */
  lost(): string | undefined;
}

const limitS = 6 * 3600;
const againMs = 2000;
const silentMs = 4000; // it prints something every 0.4 s
const lookMs = 1000;

export function observe(ctx: ActionContext, host: string, script: string, axis: Axis, onLine: (line: string) => void): Observed {
  const {promise: ready, resolve} = Promise.withResolvers<void>();
  let why: string | undefined = 'not begun';
  let heardAt = ctx.now();
  const said = (now: string | undefined): void => {
    if (now === undefined && why !== undefined && why !== 'not begun') axis.add(host, 'watch', 'is heard again');
    if (now !== undefined && (why === undefined || why === 'not begun')) axis.add(host, 'watch', `is not heard any more: ${now}`);
    why = now;
  };

  async function following(): Promise<void> {
    while (!ctx.signal.aborted) {
      const end = await ctx.ask.follow(host, script, (line) => {
        heardAt = ctx.now();
        if (line !== 'H') return onLine(line);
        if (why !== undefined) said(undefined);
        resolve();
      }, ctx.signal, limitS);
      if (ctx.signal.aborted) return;
      said(end.ok ? `its observer ended (exit ${end.exit})` : end.problem.detail);
      resolve();
      await pause(againMs, ctx.signal);
    }
  }
  /** A host without network says nothing, and its connection is not known to be lost for a while. */
  async function listening(): Promise<void> {
    while (!ctx.signal.aborted) {
      await pause(lookMs, ctx.signal);
      if (!ctx.signal.aborted && why === undefined && ctx.now() - heardAt > silentMs) said(`silent for ${Math.round((ctx.now() - heardAt) / 1000)} s`);
    }
  }
  const done = Promise.all([following(), listening()]).then(() => resolve());
  return {host, ready, done, lost: () => (why === undefined ? undefined : `${host} (${why})`)};
}
