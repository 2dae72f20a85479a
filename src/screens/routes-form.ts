/** What to read: host, type, VNI or RD. The cost is known before anything is asked. */
import type {RouteScope} from '../fabric/source.ts';
import type {Control} from './control.ts';
import type {RouteForm} from './state.ts';

export const formFields = ['host', 'type', 'vni', 'rd'] as const;
const types = [undefined, 2, 3, 5] as const;
const typeNames: Readonly<Record<string, string>> = {all: 'all types', 2: '2 (MAC/IP)', 3: '3 (multicast)', 5: '5 (prefix)'};
export const typeName = (type: RouteForm['type']): string => typeNames[String(type ?? 'all')] ?? '?';

export const setField = (control: Control, field: 'vni' | 'rd' | 'host', value: string): void => control.change({form: {...control.state.form, [field]: value}});

/** Hosts that can have routes: reflectors first, they have them all. */
export function routeHosts(control: Control): readonly string[] {
  const states = [...control.fabric.hosts.values()].filter(({spec}) => spec.roles.includes('reflector') || spec.roles.includes('vtep'));
  return states.sort((a, b) => Number(b.spec.roles.includes('reflector')) - Number(a.spec.roles.includes('reflector'))).map(({spec}) => spec.name);
}

export function scopeOfForm(control: Control): RouteScope | undefined {
  const {form} = control.state;
  const host = form.host || routeHosts(control)[0];
  if (!host) return undefined;
  return {host, ...(form.type ? {type: form.type} : {}), ...(form.vni ? {vni: Number(form.vni)} : {}), ...(form.rd.trim() ? {rd: form.rd.trim()} : {})};
}

/** The next or previous choice of the field; a reason when it is a field to type in. */
export function turnField(control: Control, by: 1 | -1): string | undefined {
  const {form, mode} = control.state;
  const field = mode.kind === 'form' ? formFields[mode.field] : undefined;
  if (field === 'host') {
    const hosts = routeHosts(control);
    if (hosts.length === 0) return 'no host with BGP is known yet';
    const at = Math.max(0, hosts.indexOf(form.host));
    setField(control, 'host', hosts[(at + by + hosts.length) % hosts.length] ?? '');
    return undefined;
  }
  if (field === 'type') {
    const at = types.indexOf(form.type);
    control.change({form: {...form, type: types[(at + by + types.length) % types.length]}});
    return undefined;
  }
  return 'type a value here; ↑ ↓ choose the field';
}

export const scopeText = (scope: RouteScope): string =>
  [`from ${scope.host}`, typeName(scope.type).startsWith('all') ? 'all types' : `type ${scope.type}`, scope.vni === undefined ? '' : `VNI ${scope.vni}`, scope.rd ? `RD ${scope.rd}` : ''].filter(Boolean).join(', ');
