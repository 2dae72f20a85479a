/**
 * The one JSON Schema of config.yaml. docs/schema/context.schema.json is this object, written out (a test holds them
 * equal). Written as plain data: the interpreter in validate.ts reads it at start, ajv (inside conf) before each write.
 * Property names of a schema say what was expected, for people, in `description`.
 */

/** The keywords that are used here; validate.ts knows exactly these. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | readonly ('string' | 'integer')[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: false | Schema;
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly enum?: readonly (string | number | boolean)[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
}

const text = (description: string): Schema => ({type: 'string', minLength: 1, description});
const seconds = (minimum: number): Schema => ({type: 'number', minimum, maximum: 86400, description: `a number of seconds >= ${minimum}`});
const port: Schema = {type: 'integer', minimum: 1, maximum: 65535, description: 'a port, 1 to 65535'};
const hop = '[user@]host[:port]';
const jumps: Schema = {type: 'array', items: text(`a jump host: ${hop}`), description: `a list of jump hosts, outermost first: ${hop}`};
const keys: Schema = {type: 'array', items: text('path of a private key'), description: 'a list of paths of private keys'};
const roles: Schema = {
  type: 'array',
  items: {enum: ['reflector', 'vtep', 'frontend', 'virtual-router'], description: 'one of reflector, vtep, frontend, virtual-router'},
  description: 'a list of roles: reflector, vtep, frontend, virtual-router',
};
const strict: Schema = {enum: ['yes', 'accept-new'], description: '"yes" or "accept-new" (host keys are always verified; quote "yes" if your editor treats it as a boolean)'};

const host: Schema = {
  type: 'object',
  description: 'a mapping that describes one host',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: text('the name of the host'),
    address: text('the address, name or ssh alias to connect to (default: the name)'),
    user: text('a user name'),
    port,
    'identity-files': keys,
    jumps,
    'known-hosts': {type: 'array', items: text('path of a known_hosts file'), description: 'a list of paths of known_hosts files'},
    strict,
    roles,
    underlay: text('the device of the underlay, such as wg0'),
    'underlay-address': text('the address of this host in the underlay'),
    region: text('the region or edge cluster'),
  },
};

const context: Schema = {
  type: 'object',
  description: 'a mapping that describes one context',
  additionalProperties: false,
  properties: {
    inventory: text('path of an Ansible inventory (relative: to the folder of config.yaml)'),
    hosts: {type: 'array', items: host, description: 'a list of hosts'},
    opennebula: {
      type: 'object',
      description: 'a mapping with endpoint, auth-file, tunnel, timeout',
      additionalProperties: false,
      properties: {
        enabled: {type: 'boolean', description: 'true or false: whether OpenNebula is asked at all'},
        endpoint: {type: 'string', pattern: '^https?://[^/@\\s]+(/[^\\s]*)?$', description: 'a URL such as http://10.0.1.87:2633/RPC2'},
        'auth-file': text('path of a file that holds user:password'),
        tunnel: text(`a host of this context, or ${hop}, through which the endpoint is reached`),
        timeout: seconds(1),
      },
    },
    ssh: {
      type: 'object',
      description: 'a mapping with defaults for every host',
      additionalProperties: false,
      properties: {
        config: text('path of an OpenSSH configuration (as ssh -F)'),
        'known-hosts': {type: 'array', items: text('path of a known_hosts file'), description: 'a list of paths of known_hosts files'},
        user: text('a user name'),
        port,
        'identity-files': keys,
        jumps,
        strict,
      },
    },
    refresh: {
      type: 'object',
      description: 'a mapping with fast, medium, slow, in seconds',
      additionalProperties: false,
      properties: {fast: seconds(1), medium: seconds(2), slow: seconds(5)},
    },
    'as-number': {type: ['integer', 'string'], minimum: 1, maximum: 4294967295, pattern: '^[0-9]+(\\.[0-9]+)?$', description: 'an AS number, such as 65000 or "1.10"'},
    underlay: text('the device of the underlay, such as wg0, for hosts that do not say'),
    'read-only': {type: 'boolean', description: 'true or false'},
    colour: {
      enum: ['red', 'yellow', 'green', 'cyan', 'blue', 'magenta', 'grey'],
      description: 'one of red, yellow, green, cyan, blue, magenta, grey: the label of the context on the screen',
    },
  },
};

export const contextNamePattern = '^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$';

export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'evpn-tui config.yaml',
  type: 'object',
  description: 'a mapping with current-context, contexts and keys',
  additionalProperties: false,
  properties: {
    'current-context': {type: 'string', pattern: contextNamePattern, description: 'the name of a context'},
    contexts: {
      type: 'object',
      description: 'a mapping from name to context',
      propertyNames: {pattern: contextNamePattern, description: 'letters, digits, ".", "_", "@" and "-", at most 63, beginning with a letter or digit'},
      additionalProperties: context,
    },
    keys: {
      type: 'object',
      description: 'a mapping from a command of docs/KEYS.md to its keys',
      additionalProperties: {type: 'string', description: 'keys instead of the default ones, with spaces between them, such as "Ctrl-N n" (in quotes); "" takes its keys away'},
    },
  },
} as const satisfies Schema & {$schema: string; title: string};

export interface ConfiguredSsh {
  readonly config?: string;
  readonly 'known-hosts'?: readonly string[];
  readonly user?: string;
  readonly port?: number;
  readonly 'identity-files'?: readonly string[];
  readonly jumps?: readonly string[];
  readonly strict?: 'yes' | 'accept-new';
}
export interface ConfiguredHost extends Omit<ConfiguredSsh, 'config'> {
  readonly name: string;
  readonly address?: string;
  readonly roles?: readonly ('reflector' | 'vtep' | 'frontend' | 'virtual-router')[];
  readonly underlay?: string;
  readonly 'underlay-address'?: string;
  readonly region?: string;
}
export interface ConfiguredOpenNebula {
  readonly enabled?: boolean;
  readonly endpoint?: string;
  readonly 'auth-file'?: string;
  readonly tunnel?: string;
  readonly timeout?: number; // seconds
}
/** One entry of `contexts`, as written. Times are seconds. */
export interface ConfiguredContext {
  readonly inventory?: string;
  readonly hosts?: readonly ConfiguredHost[];
  readonly opennebula?: ConfiguredOpenNebula;
  readonly ssh?: ConfiguredSsh;
  readonly refresh?: {readonly fast?: number; readonly medium?: number; readonly slow?: number};
  readonly 'as-number'?: number | string;
  readonly underlay?: string;
  readonly 'read-only'?: boolean;
  readonly colour?: string;
}
/** config.yaml */
export interface Config {
  readonly 'current-context'?: string;
  readonly contexts?: Readonly<Record<string, ConfiguredContext>>;
  readonly keys?: Readonly<Record<string, string>>; // command id → chords, with spaces between them
}
