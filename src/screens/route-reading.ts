/** Reading routes on demand: one read at a time, with its cost asked about first, and a way to stop it. */
import type {RouteScope} from '../fabric/source.ts';
import type {Control} from './control.ts';
import {scopeOfForm} from './routes-form.ts';

export class RouteReading {
  private readonly control: Control;
  private abort: AbortController | undefined;

  constructor(control: Control) {
    this.control = control;
  }

  /** What the form says: at once when it is cheap, after a question when it is not. Returns why not. */
  ask(): string | undefined {
    const scope = scopeOfForm(this.control);
    if (!scope) return 'no host with BGP is known yet';
    const cost = this.control.parts.source.routeCost(scope);
    if (cost.heavy) this.control.change({mode: {kind: 'ask', cost}});
    else this.begin(scope);
    return undefined;
  }

  confirm(): void {
    const scope = scopeOfForm(this.control);
    if (scope) this.begin(scope);
  }

  begin(scope: RouteScope): void {
    const {control} = this;
    this.abort?.abort();
    const abort = new AbortController();
    this.abort = abort;
    control.change({mode: {kind: 'main'}, routes: {phase: 'reading', scope, since: control.parts.now()}});
    control.parts.source.readRoutes(scope, abort.signal).then(
      (read) => {
        if (this.abort !== abort) return; // another read took its place, or it was stopped
        this.abort = undefined;
        control.change({routes: read.ok ? {phase: 'read', scope, read} : {phase: 'failed', scope, why: `${read.problem.kind}: ${read.problem.detail}`}});
      },
      (error: unknown) => {
        if (this.abort !== abort) return;
        this.abort = undefined;
        control.change({routes: {phase: 'failed', scope, why: error instanceof Error ? error.message : String(error)}});
      },
    );
  }

  /** True when there was something to stop. */
  cancel(): boolean {
    const {routes} = this.control.state;
    if (routes.phase !== 'reading') return false;
    this.abort?.abort();
    this.abort = undefined;
    this.control.change({routes: {phase: 'failed', scope: routes.scope, why: 'stopped before it was read'}});
    return true;
  }
}
