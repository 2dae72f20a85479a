/** The JSON schema of a runbook file; docs/schema/runbook.schema.json is this object, written out (a test holds them equal). */
import type {Schema} from '../config/schema.ts';

const text = (description: string): Schema => ({type: 'string', minLength: 1, description});
const script = (description: string): Schema => text(`${description}: a script for sh, run as root; {{ }} values are quoted for the shell`);
const seconds = (description: string, minimum = 1): Schema => ({type: 'integer', minimum, maximum: 86_400, description: `${description}: whole seconds, ${minimum} to 86400`});
export const inputTypes = ['string', 'int', 'bool', 'ip', 'cidr', 'host', 'vnet', 'choice', 'list'] as const;
const identifier = '^[a-z][a-z0-9_-]{0,47}$';

const input: Schema = {
  type: 'object', description: 'a mapping that describes one input', additionalProperties: false, required: ['type', 'title'],
  properties: {
    type: {enum: inputTypes, description: `one of ${inputTypes.join(', ')}`},
    title: text('what it is, as it is asked for'),
    default: {description: 'a value, or a text with {{ }} that computes it from the fabric'},
    optional: {type: 'boolean', description: 'true when it may stay without a value'},
    choices: {type: 'array', minItems: 1, items: text('a value that can be chosen'), description: 'a list of values, for type choice'},
    of: {enum: inputTypes.filter((type) => type !== 'list'), description: 'the type of the elements of a list'},
    min: {type: 'integer', description: 'the smallest number'},
    max: {type: 'integer', description: 'the largest number'},
    pattern: text('a regular expression that the whole value matches'),
  },
};

const file: Schema = {
  type: 'object', description: 'a mapping that describes a file on the host', additionalProperties: false, required: ['path', 'content'],
  properties: {
    path: {type: 'string', pattern: '^(/|\\{\\{)[^\\n]*$', description: 'an absolute path'},
    content: {type: 'string', description: 'the content of the file: a template with {{ }}, {% for x in list %} and {% if … %}'},
    mode: {type: 'string', pattern: '^0?[0-7]{3}$', description: 'a mode in quotes, such as "0640"'},
    owner: {type: 'string', pattern: '^[a-z_][a-z0-9_-]*(:[a-z_][a-z0-9_-]*)?$', description: 'user or user:group'},
    after: script('run when the file was changed or put back'),
  },
};
const secret: Schema = {
  type: 'object', description: 'a mapping that describes a secret that is made on the host and stays there', additionalProperties: false, required: ['path', 'make'],
  properties: {
    path: {type: 'string', pattern: '^(/|\\{\\{)[^\\n]*$', description: 'an absolute path: where the secret is kept (mode 0600)'},
    make: script('prints the secret'),
    public: script('reads the secret on its stdin and prints what may be known of it, one line'),
  },
};

/** A keyword more than config's interpreter knows: what it says is checked by load.ts. */
interface Alternatives extends Schema {
  readonly anyOf?: readonly Schema[];
}
const selector: Schema = {type: 'string', pattern: '^(all|router|role:[a-z-]+|host:[^\\s]+|\\{\\{[^\\n]+\\}\\})$', description: 'all, router, role:ROLE, host:NAME or {{ a list of hosts }}'};

const step: Schema = {
  type: 'object', description: 'a mapping that describes one step', additionalProperties: false, required: ['id', 'title'],
  properties: {
    id: {type: 'string', pattern: identifier, description: 'a name for the step: lower-case letters, digits, - and _'},
    title: text('what the step does, in a few words'),
    explanation: text('why, and what to know about it'),
    target: {anyOf: [selector, {type: 'array', minItems: 1, items: selector}], description: 'where: all, role:vtep, role:reflector, role:frontend, role:virtual-router, router, host:NAME, {{ a list of hosts }}, or a list of these'} as Alternatives,
    each: {type: 'string', pattern: '^\\s*\\{\\{[^\\n]*\\}\\}\\s*$', description: '{{ an expression that gives a list }}; {{ item }} is its element'},
    when: {type: 'string', pattern: '^\\s*\\{\\{[^\\n]*\\}\\}\\s*$', description: '{{ an expression }}: the step is needed where it is true'},
    check: script('looks whether it is already so: exit 0 when it is, 75 when it cannot be told'),
    apply: script('makes it so'),
    verify: script('looks whether it is so now: run until it exits 0'),
    undo: script('takes it back'),
    value: script('prints one line that later steps use as {{ value("STEP", host.name) }}; looks only'),
    file, secret,
    uses: text('the id of an action, as "evpn-tui actions" lists them'),
    run: text('the name of a step function, as "evpn-tui runbook functions" lists them'),
    with: {type: 'object', description: 'a mapping of parameters for uses or run'},
    deadline: seconds('how long one script may take (default 60)'),
    'verify-within': seconds('how long verify is repeated (default 30)'),
    'commit-confirmed': seconds('the host takes the change back by itself unless it is confirmed in this time', 5),
    together: {type: 'boolean', description: 'true: all hosts are changed before the first is verified'},
    expect: text('for a step with check alone: what to say when it does not hold'),
  },
};

export const runbookSchema: Schema & {readonly $schema: string; readonly $id: string; readonly title: string} = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'runbook.schema.json',
  title: 'A runbook of evpn-tui',
  type: 'object', description: 'a mapping with runbook, name, title and steps', additionalProperties: false, required: ['runbook', 'name', 'title', 'steps'],
  properties: {
    runbook: {enum: [1], description: '1, the version of this format'},
    name: {type: 'string', pattern: identifier, description: 'the name that it is run by: lower-case letters, digits, - and _'},
    title: text('what it does, in one line'),
    stage: {type: 'integer', minimum: 1, maximum: 99, description: 'its place in a procedure of several runbooks: they are listed in this order, and at the end of one the next is named'},
    explanation: text('what it is for, and what to know before'),
    inputs: {type: 'object', propertyNames: {type: 'string', pattern: '^[a-z][a-z0-9_]{0,47}$', description: 'lower-case letters, digits and _'}, additionalProperties: input, description: 'a mapping from input to its description'},
    steps: {type: 'array', minItems: 1, items: step, description: 'a list of steps'},
  },
};
