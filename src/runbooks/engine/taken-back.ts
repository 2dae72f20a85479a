/** What became of a change that its host takes back by itself unless it is confirmed: awaited, so that it can be said. */
import {pause} from '../../actions/wait.ts';
import type {ActionContext} from '../../model/action.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {PlannedWork} from './plan.ts';
import {keepFolder, takenBackScript} from './scripts.ts';

/** Beyond the time that the host gives itself: its undo, and the way back to it. */
const graceS = 45;
const betweenMs = 1500;

/** A sentence for each work of a step that was not confirmed; waits until its host has taken it back. */
export async function takenBack(ctx: ActionContext, session: string, step: string, works: readonly PlannedWork[], progress: (says: string) => void): Promise<readonly string[]> {
  const guarded = works.filter(({state, host, confirmWithinS}) => state === 'to do' && host !== undefined && confirmWithinS !== undefined);
  const said = await Promise.all(guarded.map(async ({id, host, confirmWithinS}): Promise<string | undefined> => {
    const until = ctx.now() + (confirmWithinS! + graceS) * 1000;
    const script = takenBackScript(keepFolder(session, step, id));
    let told = false;
    for (;;) {
      const answer = await ctx.ask.host(host!, script, 10);
      const [how = '', ...rest] = answer.ok && answer.exit === 0 ? answer.stdout.trim().split(' ') : [];
      if (how === 'none') return undefined;
      if (how === 'confirmed') return `${host} has confirmed it: it stays`;
      if (how === 'back') return `${host} has taken it back by itself`;
      if (how === 'kept-on') return `${host} tried to take it back and could not: ${sanitizeLine(rest.join(' '), 200)}`;
      if (ctx.now() >= until || ctx.signal.aborted) return `whether ${host} has taken it back is not known: ${answer.ok ? 'it has not said so' : answer.problem.detail}`;
      if (!told) progress(`waiting until ${host} takes it back by itself, ${confirmWithinS} s after the change at the latest`);
      told = true;
      await pause(betweenMs, ctx.signal);
    }
  }));
  return said.flatMap((one) => one ?? []);
}
