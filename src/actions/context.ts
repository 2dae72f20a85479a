/** What an action may use of the world, made from the running fabric and the executor. */
import type {ActionContext, CallAnswer, SourceReads} from '../model/action.ts';
import type {FabricSource} from '../fabric/source.ts';
import type {Executor} from './execute.ts';
import {reread, until} from './reread.ts';

/** Calls that only read. Whatever else is called is a step of a plan. */
const reading = /^one\.(\w+pool\.\w*info\w*|\w+pool\.(monitoring|accounting|showback)|\w+\.(info|monitoring)|system\.(version|config))$/;
const rereadMs = 20_000;

export interface ContextParts {
  readonly source: FabricSource;
  readonly executor: Executor;
  readonly now: () => number;
}

export function actionContext({source, executor, now}: ContextParts, signal: AbortSignal, say: {readonly progress: (says: string) => void; readonly note: (kind: string, data: unknown) => void}): ActionContext {
  return {
    fabric: () => source.current(),
    now,
    signal,
    ask: {
      host: (host, script, deadlineS = 15) => executor.host(host, script, {deadlineS, signal}),
      follow: (host, script, onLine, ends, deadlineS = 3600) => executor.host(host, script, {deadlineS, signal: AbortSignal.any([signal, ends]), onLine}),
      one: (method, args): Promise<CallAnswer> => reading.test(method)
        ? executor.one(method, args, {deadlineS: 15, signal})
        : Promise.resolve({ok: false, refused: true, problem: {kind: 'failed', detail: `${method} does not only read: it has to be a step of a plan`}}),
    },
    reread: (reads: readonly SourceReads[], deadlineMs = rereadMs) => reread(source, reads, deadlineMs, signal),
    until: (reads, test, deadlineMs) => until(source, reads, test, deadlineMs, signal),
    progress: say.progress,
    note: say.note,
  };
}
