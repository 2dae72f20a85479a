/** Files: every problem at its place; the schema in docs is the one in use; the example and the built-in ones hold. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {Ajv2020} from 'ajv/dist/2020.js';
import {expect, test} from 'vitest';
import {parse} from 'yaml';
import {shellFaults} from '../../../src/cli/runbook-shell.ts';
import {actions} from '../../../src/actions/catalogue.ts';
import {builtinFunctions} from '../../../src/runbooks/builtin/index.ts';
import {knownTo, openLibrary} from '../../../src/runbooks/library.ts';
import {loadRunbook} from '../../../src/runbooks/load.ts';
import {following} from '../../../src/runbooks/procedure.ts';
import {runbookSchema} from '../../../src/runbooks/schema.ts';

const root = join(import.meta.dirname, '../../..');
const known = knownTo(actions, new Map(builtinFunctions.map((one) => [one.name, one])));
const head = 'runbook: 1\nname: x\ntitle: X\ninputs:\n  name: {type: string, title: a name}\nsteps:\n';
const messages = (text: string): string => {
  try {
    loadRunbook(text, 'x.yaml', known);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

test.each([
  ['an unknown key', '  - id: a\n    title: A\n    target: all\n    chek: "true"\n', 'x.yaml:10:5 steps[1].chek: unknown key; did you mean "check"?'],
  ['an unknown action', '  - id: a\n    title: A\n    uses: link.upp\n    with: {host: h, device: d}\n', 'x.yaml:9:11 step a: there is no action "link.upp"; did you mean "link.up"?'],
  ['an unknown parameter', '  - id: a\n    title: A\n    uses: link.up\n    with:\n      host: h\n      device: d\n      devise: d\n', 'x.yaml:13:7 step a: unknown parameter "devise"; known: host, device'],
  ['a missing parameter', '  - id: a\n    title: A\n    uses: link.up\n    with: {host: h}\n', 'x.yaml:9:11 step a: the parameter "device" is missing'],
  ['an input that is none', '  - id: a\n    title: A\n    target: all\n    check: test {{ inputs.nam }}\n', 'x.yaml:10:12 step a: there is no input "nam"; there are: name'],
  ['a value in quotes', '  - id: a\n    title: A\n    target: all\n    check: echo "{{ inputs.name }}"\n', 'stands in quotes'],
  ['a value in a here-document', '  - id: a\n    title: A\n    target: all\n    check: |\n      cat <<X\n      {{ inputs.name }}\n      X\n', 'stands in a here-document'],
  ['a step below', '  - id: a\n    title: A\n    target: all\n    check: test {{ value("b", host.name) }}\n', 'value("b", …): there is no step "b" above'],
  ['two ways', '  - id: a\n    title: A\n    target: all\n    uses: link.up\n    apply: "true"\n    with: {host: h, device: d}\n', 'x.yaml:11:5 step a: "apply" does not go with "uses": a step has one way'],
  ['apply without check', '  - id: a\n    title: A\n    target: all\n    apply: "true"\n', 'x.yaml:10:5 step a: apply needs a check that tells whether it is already so'],
  ['a broken expression', '  - id: a\n    title: A\n    target: all\n    when: "{{ inputs.name == }}"\n    check: "true"\n', 'x.yaml:10:11 step a: a value was expected, found the end'],
  ['an undo that the journal would not keep', '  - id: a\n    title: A\n    target: all\n    check: "true"\n    apply: "true"\n    undo: mysql --password hunter2hunter2\n', 'x.yaml:12:11 step a: what stands after "mysql --password " looks like a secret'],
  ['an alias of nothing', '  - id: a\n    title: *nobody\n    target: all\n    check: "true"\n', 'x.yaml:8:12 not valid YAML: *nobody is an alias, and nothing above it is marked &nobody'],
  ['a target that is none', '  - id: a\n    title: A\n    target: role:vteps\n    check: "true"\n', 'x.yaml:9:13 step a: "role:vteps" selects nothing'],
])('%s is told with its place', (_what, steps, expected) => {
  expect(messages(head + steps)).toContain(expected);
});

test('an input whose name is that of a secret is refused; one that says where it is, and a value of a script, are not', () => {
  const steps = '  - id: a\n    title: A\n    target: all\n    check: test -s {{ inputs.token_file }}\n    apply: "true"\n    undo: service restart token={{ inputs.token_file }}\n';
  const withInput = (name: string): string => `${head}${steps}`.replace('inputs:\n', `inputs:\n  ${name}: {type: string, title: t}\n`);
  expect(messages(withInput('token_file'))).toBe('');
  expect(messages(withInput('api_token').replaceAll('inputs.token_file', 'inputs.api_token'))).toContain('x.yaml:5:14 inputs.api_token: an input stands in the journal');
});

test('the schema in docs is the one in use, and holds the same files', () => {
  const schema = JSON.parse(readFileSync(join(root, 'docs/schema/runbook.schema.json'), 'utf8')) as object;
  expect(schema).toEqual(JSON.parse(JSON.stringify(runbookSchema)));
  const holds = new Ajv2020({strict: false}).compile(schema);
  const folder = join(root, 'src/runbooks/builtin');
  const files = [join(root, 'docs/examples/greeting.yaml'), ...readdirSync(folder).filter((name) => name.endsWith('.yaml')).map((name) => join(folder, name))];
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    expect(messages(text), file).toBe('');
    expect(holds(parse(text)), `${file}: ${JSON.stringify(holds.errors)}`).toBe(true);
  }
  expect(holds({runbook: 1, name: 'x', title: 'X', steps: [{id: 'a', title: 'A', chek: ''}]})).toBe(false);
});

test('those with a stage come in its order, and each knows the next; those without one come after them, and have none', () => {
  const {runbooks} = openLibrary('/nowhere', known).list();
  const staged = runbooks.filter(({stage}) => stage !== undefined);
  expect(runbooks.slice(0, staged.length)).toEqual(staged);
  expect(staged.map(({name, stage}) => `${stage} ${name}`)).toEqual([
    '1 readiness', '2 grant-access', '3 backup', '4 wireguard-mesh', '5 firewall-fabric', '6 bgp-evpn', '6 bgp-evpn-ansible', '7 evpn-network', '8 multi-edge-cluster', '9 appliances', '10 virtual-router', '11 test-vms', '12 acceptance',
  ]);
  const next = (name: string): string | undefined => following(runbooks, runbooks.find((one) => one.name === name)!)?.name;
  expect(['readiness', 'bgp-evpn', 'acceptance', 'restore'].map(next)).toEqual(['grant-access', 'evpn-network', undefined, undefined]);
});

test('lint has sh read the scripts: those of the built-in ones can be parsed, and a mistake is named with its place', () => {
  const {runbooks} = openLibrary('/nowhere', known).list();
  expect(runbooks.flatMap(shellFaults)).toEqual([]);
  const wrong = loadRunbook('runbook: 1\nname: x\ntitle: X\nsteps:\n  - id: a\n    title: A\n    target: all\n    check: |\n      test -e {{ host.name }}\n      if true; then\n    apply: echo "unclosed\n', 'x.yaml', known);
  expect(shellFaults(wrong)).toEqual([expect.stringMatching(/^x\.yaml: step a, check, line \d of it: sh says .*(end of file|unexpected)/i), expect.stringMatching(/^x\.yaml: step a, apply, line \d of it: sh says .*(unterminated|unexpected)/i)]);
});
