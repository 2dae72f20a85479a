/** EVPN routes: the form that says what to read and what it costs, the question, the wait. As lines; the table is a table. */
import {fit} from '../components/table/lines.ts';
import {age, clock} from '../text/age.ts';
import {bold, inverse, paint, type Theme} from '../theme/theme.ts';
import type {Control} from './control.ts';
import {formFields, routeHosts, scopeOfForm, scopeText, typeName} from './routes-form.ts';

const titles = {host: 'ask host', type: 'route type', vni: 'VNI', rd: 'RD'} as const;

export function formLines(control: Control, theme: Theme): readonly string[] {
  const {mode, form, size} = control.state;
  const width = size.columns;
  const field = mode.kind === 'form' ? mode.field : -1;
  const value = {
    host: `‹ ${form.host || routeHosts(control)[0] || 'no host with BGP is known yet'} ›`,
    type: `‹ ${typeName(form.type)} ›`,
    vni: form.vni || 'any',
    rd: form.rd || 'any',
  };
  const scope = scopeOfForm(control);
  const cost = scope && control.parts.source.routeCost(scope);
  return [
    bold(theme, fit(' Read EVPN routes', width)),
    '',
    ...formFields.map((name, i) => {
      const line = `${fit(titles[name], 12)} ${fit(`${value[name]}${i === field && (name === 'vni' || name === 'rd') ? '█' : ''}`, width - 16)}`;
      return i === field ? inverse(theme, `▸ ${line}`) : `  ${line}`;
    }),
    '',
    cost ? paint(theme, fit(`  ${cost.heavy ? 'heavy: ' : ''}${cost.sentence}`, width), cost.heavy ? 'warn' : 'muted') : '',
    mode.kind === 'ask' ? bold(theme, paint(theme, fit('  Read it all the same? y reads, n does not', width), 'warn')) : '',
  ];
}

/** While there is no table: why, and what to do. */
export function waitingLines(control: Control, now: number, theme: Theme): readonly string[] {
  const {routes, size} = control.state;
  const width = size.columns;
  switch (routes.phase) {
    case 'idle':
      return ['', fit('  Routes are read only when asked for: a full table is costly for bgpd.', width), fit('  Enter or e chooses which.', width)];
    case 'reading':
      return ['', paint(theme, fit(`  reading ${scopeText(routes.scope)} … ${age(now - routes.since)}   Esc stops it`, width), 'accent')];
    case 'failed':
      return ['', paint(theme, fit(`  ${scopeText(routes.scope)}: ${routes.why}`, width), 'bad'), fit('  r tries again, e chooses something else', width)];
    case 'read':
      return [];
  }
}

/** "type 2, from ingress: 100,000 paths, as of 14:03:22" */
export function routesCrumb(control: Control): string {
  const {routes} = control.state;
  if (routes.phase !== 'read') return '';
  return `${scopeText(routes.scope)}, as of ${clock(routes.read.at)}, ${routes.read.tookMs} ms`;
}
