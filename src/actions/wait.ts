/** Waiting that can be given up. */
import type {ActionContext} from '../model/action.ts';

/** What a wait tells of itself when it ends without what it waited for. */
export interface Watch {
  /** What has really passed. A wait that is given up has not run out: its deadline says nothing of it. */
  readonly passed: () => string;
  /** `missing` accuses, so only when the time was over; of one that was given up nobody knows `whether`. */
  readonly unmet: (missing: string, whether: string, why?: string) => {readonly ok: false | undefined; readonly says: string};
}

/** From now on. */
export function watching(ctx: Pick<ActionContext, 'now' | 'signal'>): Watch {
  const began = ctx.now();
  const passed = (): string => `${Math.round((ctx.now() - began) / 1000)} s`;
  return {passed, unmet: (missing, whether, why) => (ctx.signal.aborted ? {ok: undefined, says: `given up after ${passed()}: whether ${whether} is not known`} : {ok: false, says: `${missing} after ${passed()}${why === undefined ? '' : `: ${why}`}`})};
}

/** Returns early when the signal is aborted. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> => new Promise((resolve) => {
  if (signal.aborted) return resolve();
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    resolve();
  };
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end, {once: true});
});
