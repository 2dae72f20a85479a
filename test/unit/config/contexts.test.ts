import {chmodSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Ajv2020} from 'ajv/dist/2020.js';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {paths} from '../../../src/config/paths.ts';
import {ConfigError} from '../../../src/config/problem.ts';
import {parseConfig, readConfig} from '../../../src/config/read.ts';
import {configSchema} from '../../../src/config/schema.ts';
import {openStore} from '../../../src/config/store.ts';
import {violations} from '../../../src/config/validate.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'evpn-tui-'));
const message = (text: string): string => {
  try {
    parseConfig(text, '/x/config.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
};

test('paths follow XDG, and $EVPN_TUI_CONFIG_DIR before it; relative XDG folders do not count', () => {
  expect(paths({}, '/h')).toMatchObject({configFile: '/h/.config/evpn-tui/config.yaml', stateDir: '/h/.local/state/evpn-tui', cacheDir: '/h/.cache/evpn-tui'});
  expect(paths({XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: 'state', EVPN_TUI_CONFIG_DIR: '~/e'}, '/h')).toMatchObject({configDir: '/h/e', stateDir: '/h/.local/state/evpn-tui', origins: {configDir: '$EVPN_TUI_CONFIG_DIR', stateDir: 'default'}});
  expect(paths({XDG_CONFIG_HOME: '/c'}, '/h').configDir).toBe('/c/evpn-tui');
});

describe('errors of config.yaml', () => {
  test.each([
    ['contexts:\n  prod:\n    refresh:\n      fast: often\n', 'config.yaml:4:13 contexts.prod.refresh.fast: expected a number of seconds >= 1, found "often"'],
    ['contexts:\n  prod:\n    refresh: {fast: 0.5}\n', 'config.yaml:3:21 contexts.prod.refresh.fast: expected a number of seconds >= 1, found 0.5'],
    ['contexts:\n  prod:\n    invntory: x\n', 'config.yaml:3:5 contexts.prod.invntory: unknown key; did you mean "inventory"?'],
    ['contexts:\n  prod:\n    zzz: x\n', 'unknown key; known here: inventory, hosts, opennebula'],
    ['contexts:\n  prod:\n    hosts:\n      - name: a\n      - address: b\n', 'config.yaml:5:9 contexts.prod.hosts.1: "name" is missing'],
    ['contexts: [a]', 'config.yaml:1:11 contexts: expected a mapping from name to context, found a list'],
    ['contexts: {"a b": {}}', 'config.yaml:1:12 contexts.a b: this name cannot be used'],
    ['contexts:\n  a: {}\n  a: {}\n', 'config.yaml:3:3 not valid YAML: Map keys must be unique'],
    ['contexts:\n  a: {opennebula: {endpoint: "http://u:p@h/"}}', 'expected a URL such as'],
    ['- x', 'config.yaml:1:1 expected a mapping with current-context, contexts and keys, found a list'],
    ['a: [', 'config.yaml:1:5 not valid YAML'],
  ])('%j', (text, expected) => {
    expect(message(text)).toContain(expected);
  });

  test('every problem is told, not only the first', () => {
    expect(message('x: 1\ny: 2\n').split('\n')).toHaveLength(2);
  });

  test('control characters of the file never reach the terminal', () => {
    expect(message('contexts: {"\\e[31m": {}}\n')).not.toContain('\x1b');
  });
});

test('the interpreter and ajv judge alike', () => {
  const ajv = new Ajv2020({allowUnionTypes: true}).compile(configSchema);
  const key = fc.constantFrom('current-context', 'contexts', 'keys', 'filter', 'inventory', 'hosts', 'opennebula', 'ssh', 'refresh', 'fast', 'as-number', 'name', 'port', 'jumps', 'strict', 'roles', 'endpoint', 'read-only', 'colour', 'prod', 'a b');
  const leaf = fc.constantFrom<unknown>('', 'x', 'prod', 'often', 'yes', 'vtep', 'http://h/', 'http://a@h', 'red', '1.10', 0, 1, 2.5, 22, 70000, -1, true, null, 4294967296);
  const {tree} = fc.letrec((tie) => ({tree: fc.oneof({depthSize: 'medium'}, leaf, fc.array(tie('tree'), {maxLength: 2}), fc.dictionary(key, tie('tree'), {maxKeys: 3}))}));
  const context = fc.record({inventory: leaf, hosts: fc.array(fc.record({name: leaf, port: leaf, roles: fc.array(leaf, {maxLength: 2})}, {requiredKeys: []}), {maxLength: 2}), refresh: fc.dictionary(key, leaf, {maxKeys: 2}), 'as-number': leaf, ssh: tree, colour: leaf}, {requiredKeys: []});
  let valid = 0;
  fc.assert(
    fc.property(fc.oneof(tree, fc.record({contexts: fc.dictionary(key, context, {maxKeys: 2})})), (value) => {
      const verdict = ajv(value);
      if (verdict) valid++;
      expect(violations(value, configSchema).length === 0).toBe(verdict);
    }),
    {numRuns: 3000, seed: 11},
  );
  expect(valid).toBeGreaterThan(100);
});

test('the published schema is the one that is used', () => {
  expect(JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/schema/context.schema.json'), 'utf8'))).toEqual(configSchema);
});

describe('writing', () => {
  test('a first context: YAML, 0600, current', () => {
    const dir = join(folder(), 'new', 'evpn-tui');
    openStore(dir).put('eu.prod', {inventory: '/i.yml', 'as-number': '1.10'}, {makeCurrent: false});
    expect(statSync(join(dir, 'config.yaml')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dir, 'config.yaml'), 'utf8')).toBe('current-context: eu.prod\ncontexts:\n  eu.prod:\n    inventory: /i.yml\n    as-number: "1.10"\n');
    expect(readConfig(join(dir, 'config.yaml'))).toEqual({exists: true, config: {'current-context': 'eu.prod', contexts: {'eu.prod': {inventory: '/i.yml', 'as-number': '1.10'}}}});
  });

  test('comments, order and flow style of the rest survive', () => {
    const dir = folder();
    const before = '# mine\ncontexts:\n  # the lab\n  lab:\n    refresh: {fast: 3} # quick\n    inventory: a.yml # old\ncurrent-context: lab\n';
    writeFileSync(join(dir, 'config.yaml'), before);
    openStore(dir).put('prod', {inventory: 'p.yml'}, {makeCurrent: false});
    expect(readFileSync(join(dir, 'config.yaml'), 'utf8')).toBe(before.replace('# old\n', '# old\n  prod:\n    inventory: p.yml\n').replace('{fast: 3}', '{ fast: 3 }'));
    openStore(dir).put('lab', {inventory: 'b.yml'}, {makeCurrent: false});
    expect(readFileSync(join(dir, 'config.yaml'), 'utf8')).toMatch(/# the lab\n {2}lab:\n {4}inventory: b.yml # old/);
  });

  test.each(['contexts: [', 'contexts: {a: {bad: 1}}', 'nonsense', '- 1\n'])('a broken file (%j) is refused and left byte for byte', (text) => {
    const dir = folder();
    writeFileSync(join(dir, 'config.yaml'), text);
    expect(() => openStore(dir).put('x', {}, {makeCurrent: true})).toThrow(ConfigError);
    expect(readFileSync(join(dir, 'config.yaml'), 'utf8')).toBe(text);
  });

  test('what the schema refuses is not written', () => {
    const dir = folder();
    writeFileSync(join(dir, 'config.yaml'), '# k\n');
    expect(() => openStore(dir).put('x', {refresh: {fast: 0}}, {makeCurrent: true})).toThrow('was not written');
    expect(() => openStore(dir).put('x y', {}, {makeCurrent: true})).toThrow('cannot be the name');
    expect(readFileSync(join(dir, 'config.yaml'), 'utf8')).toBe('# k\n');
  });

  test('an anchored context can change without its aliases; one that others need cannot vanish', () => {
    const dir = folder();
    const file = join(dir, 'config.yaml');
    writeFileSync(file, 'contexts:\n  a: &x\n    inventory: a.yml\n  b: *x\n');
    openStore(dir).put('a', {inventory: 'other.yml'}, {makeCurrent: false});
    expect(readConfig(file).config.contexts).toEqual({a: {inventory: 'other.yml'}, b: {inventory: 'a.yml'}});
    const text = 'contexts:\n  a:\n    inventory: &i a.yml\n  b: {inventory: *i}\n';
    writeFileSync(file, text);
    expect(() => openStore(dir).put('a', {underlay: 'wg0'}, {makeCurrent: false})).toThrow('was not written');
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

test('a config that is a folder is an error that names it, not an empty config', () => {
  const dir = folder();
  mkdirSync(join(dir, 'config.yaml'));
  chmodSync(dir, 0o700);
  expect(() => readConfig(join(dir, 'config.yaml'))).toThrow(/config\.yaml cannot be read/);
});
