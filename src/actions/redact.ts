/**
 * Secrets out of what is shown or written down: those that are known, and what looks like one. Pure.
 *
 * The rule: what is given to a name of a secret (password, token, private key …; by `=`, `:` or as a long option) is a
 * secret, unless it only says where one is (a path or what stands in one, a variable of the shell, a name that ends in "file") or is a plain
 * yes or no. What only says where a secret is can be sent again; a text that has lost one cannot.
 */
import type {ActionRun, Step} from '../model/action.ts';

const words = String.raw`(?:pass(?:word|wd|phrase)|secret|token|private[_-]?key|preshared[_-]?key)`;
const value = String.raw`("[^"]*"|'[^']*'|[^\s,;"'\]]+)`;
const hidden = '***';

interface Pattern {
  readonly find: RegExp; // what stands before the value, the value
  readonly always?: boolean; // nothing but a secret can stand there
}
const patterns: readonly Pattern[] = [
  {find: new RegExp(String.raw`(${words}[\w-]*["']?\s*[=:]\s*)${value}`, 'gi')},
  {find: new RegExp(String.raw`(--[\w-]*${words}[ \t]+)(?!-)${value}`, 'gi')},
  {find: /(\bneighbor \S+ password )(\S+)/gi, always: true},
  {find: /(\bauthorization:\s*\w+\s+)([^\s"']+)/gi, always: true},
  {find: /(:\/\/[^\s/:@]*:)([^\s/@]+)(?=@)/g},
];

const elsewhere = /(?:file|path|dir|folder)["']?\s*[=:]?\s*$/i; // the name of where it is: password-file, TOKEN_PATH
const references: readonly RegExp[] = [
  /^\$(?:\w+|\{\w+\})$/, // a variable of the shell
  /^(?:~|\/(?:etc|run|var|root|home|tmp|usr|opt|srv|dev|proc))\/[\w.@/+-]*$/, // a path, and nothing that begins like one by chance
  /^(?:yes|no|true|false|on|off|none|null)$/i,
  /^(?:\*\*\*|\(hidden\)|<removed>)?$/, // taken out already
];

const withinPath = /(?:^|[\s"'=(])(?:~|\.{1,2})?\/[\w.@+/-]*$/; // /etc/app/password=file

const isReference = (lead: string, before: string, text: string): boolean => {
  if (withinPath.test(lead)) return true;
  const bare = text.replace(/^(["'])(.*)\1$/s, '$2');
  // In single quotes the shell puts nothing in: what looks like a variable is what it says.
  return elsewhere.test(before) || references.some((one) => one.test(bare) && !(text.startsWith("'") && bare.startsWith('$')));
};

/** `secrets`: texts that must not appear. Those below three characters are left: hiding them would tell them. */
export function redacted(text: string, secrets: readonly string[] = []): string {
  const known = secrets.filter(({length}) => length >= 3).reduce((left, secret) => left.replaceAll(secret, hidden), text);
  return patterns.reduce((left, {find, always}) => left.replace(find, (all, before: string, found: string, at: number) => (!always && isReference(left.slice(Math.max(0, at - 300), at), before, found) ? all : `${before}${hidden}`)), known);
}

/** Every text within a value, at any depth. */
export function redactedDeep<T>(value: T, secrets: readonly string[] = []): T {
  if (typeof value === 'string') return redacted(value, secrets) as T;
  if (Array.isArray(value)) return value.map((one) => redactedDeep<unknown>(one, secrets)) as T;
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redactedDeep<unknown>(one, secrets)])) as T;
  return value;
}

const lost: readonly string[] = [hidden];
/** Read from the journal: its text is not what was sent. */
export const hasLostSecrets = ({secrets}: Pick<Step, 'secrets'>): boolean => secrets?.includes(hidden) === true;

/**
 * A run as it may be written down. A step whose effect lost something by it, or that says itself that it has secrets,
 * is marked: it must not be sent again in that form.
 */
export function journaled(run: ActionRun): ActionRun {
  const steps = run.plan.steps.map(journaledStep);
  const secrets = run.plan.steps.flatMap((step) => step.secrets ?? []);
  return redactedDeep({...run, plan: {...run.plan, steps}}, secrets);
}

function journaledStep(step: Step): Step {
  const {secrets = [], ...rest} = step;
  const clean = redactedDeep(rest, secrets);
  return JSON.stringify(clean.effect) === JSON.stringify(rest.effect) && secrets.length === 0 ? clean : {...clean, secrets: lost};
}

/**
 * A run of the journal whose steps have their secrets again: from a plan that is made anew, where its step is the same
 * but for them. What cannot be had again stays as it is, marked.
 */
export function withSecrets(run: ActionRun, planned: readonly Step[]): ActionRun {
  const all = planned.flatMap((step) => step.secrets ?? []);
  const again = (step: Step): Step => {
    const anew = hasLostSecrets(step) ? planned.find(({id}) => id === step.id) : undefined;
    if (!anew || JSON.stringify(anew.effect) === JSON.stringify(step.effect)) return step;
    const same = JSON.stringify(redactedDeep(journaledStep(anew).effect, all)) === JSON.stringify(step.effect);
    return same ? {...step, effect: anew.effect, secrets: anew.secrets ?? []} : step;
  };
  return {...run, plan: {...run.plan, steps: run.plan.steps.map(again)}};
}
