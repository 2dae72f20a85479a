/** Secrets out of what is shown or written down: those that are known, and what looks like one. Pure. */
import type {ActionRun, Step} from '../model/action.ts';

const patterns: readonly RegExp[] = [
  /((?:password|passwd|secret|token|private[_-]?key|preshared[_-]?key)\w*["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;"'\]]+)/gi,
  /(\bneighbor \S+ password )(\S+)/gi,
];

/** `secrets`: texts that must not appear. Those below three characters are left: hiding them would tell them. */
export function redacted(text: string, secrets: readonly string[] = []): string {
  const known = secrets.filter(({length}) => length >= 3).reduce((left, secret) => left.replaceAll(secret, '***'), text);
  return patterns.reduce((left, pattern) => left.replace(pattern, '$1***'), known);
}

/** Every text within a value, at any depth. */
export function redactedDeep<T>(value: T, secrets: readonly string[] = []): T {
  if (typeof value === 'string') return redacted(value, secrets) as T;
  if (Array.isArray(value)) return value.map((one) => redactedDeep<unknown>(one, secrets)) as T;
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redactedDeep<unknown>(one, secrets)])) as T;
  return value;
}

/**
 * A run as it may be written down. A step whose effect lost something by it is marked with secrets: it must not be sent
 * again in that form.
 */
export function journaled(run: ActionRun): ActionRun {
  const steps = run.plan.steps.map((step): Step => {
    const {secrets = [], ...rest} = step;
    const clean = redactedDeep(rest, secrets);
    return JSON.stringify(clean.effect) === JSON.stringify(rest.effect) && secrets.length === 0 ? clean : {...clean, secrets: ['***']};
  });
  const secrets = run.plan.steps.flatMap((step) => step.secrets ?? []);
  return redactedDeep({...run, plan: {...run.plan, steps}}, secrets);
}
