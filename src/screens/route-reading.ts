/** Reading routes on demand: one read at a time, with its cost asked about first, and a way to stop it. */
import type {RouteScope} from '../fabric/source.ts';
import type {Control} from './control.ts';
import {scopeOfForm} from './routes-form.ts';

/** What the form says: at once when it is cheap, after a question when it is not. Returns why not. */
export function askRoutes(control: Control): string | undefined {
  const scope = scopeOfForm(control);
  if (!scope) return 'no host with BGP is known yet';
  const cost = control.parts.source.routeCost(scope);
  if (cost.heavy) control.change({mode: {kind: 'ask', cost}});
  else readRoutes(control, scope);
  return undefined;
}

/** The routes of one MAC: those among what was read; before that, the form that reads them. */
export function goToRoutesOf(control: Control, mac: string): undefined {
  const {routes, form} = control.state;
  control.go({kind: 'table', resource: 'routes'});
  control.setTable('routes', {filter: `mac:${mac}`});
  if (routes.phase === 'read' && (routes.scope.type ?? 2) === 2) return;
  control.change({mode: {kind: 'form', field: 0}, form: {...form, type: 2, rd: ''}});
  control.say(`routes are read when asked for: Enter reads those in which ${mac} is looked up`, 'muted');
}

export function readRoutes(control: Control, scope: RouteScope): void {
  control.reading?.abort();
  const abort = new AbortController();
  control.reading = abort;
  control.change({mode: {kind: 'main'}, routes: {phase: 'reading', scope, since: control.parts.now()}});
  const failed = (why: string): void => control.change({routes: {phase: 'failed', scope, why}});
  control.parts.source.readRoutes(scope, abort.signal).then(
    (read) => {
      if (control.reading !== abort) return; // another read took its place, or it was stopped
      control.reading = undefined;
      if (read.ok) control.change({routes: {phase: 'read', scope, read}});
      else failed(`${read.problem.kind}: ${read.problem.detail}`);
    },
    (error: unknown) => {
      if (control.reading !== abort) return;
      control.reading = undefined;
      failed(error instanceof Error ? error.message : String(error));
    },
  );
}

/** True when there was something to stop. */
export function stopReading(control: Control): boolean {
  const {routes} = control.state;
  if (routes.phase !== 'reading') return false;
  control.reading?.abort();
  control.reading = undefined;
  control.change({routes: {phase: 'failed', scope: routes.scope, why: 'stopped before it was read'}});
  return true;
}
