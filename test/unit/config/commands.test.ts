import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {PassThrough} from 'node:stream';
import {Command, Option} from 'commander';
import {describe, expect, test} from 'vitest';
import * as completion from '../../../src/cli/completion.ts';
import type {CliError} from '../../../src/cli/exit.ts';
import * as info from '../../../src/cli/info.ts';
import * as init from '../../../src/cli/init.ts';
import type {Io} from '../../../src/cli/io.ts';

const inventory = join(import.meta.dirname, '../../fixtures/config/inventory.yml');

function program(io: Io, finish: (code: number) => void): Command {
  const top = new Command('evpn-tui').exitOverride().option('-c, --context <name>').option('-i, --inventory <file>').option('-F, --ssh-config <file>').option('-e, --endpoint <url>');
  for (const each of [init, info, completion]) each.register(top, io, finish);
  top.command('get').argument('<resource>').addOption(new Option('-o, --output <format>').choices(['table', 'json']));
  return top;
}

async function run(args: string[], home = mkdtempSync(join(tmpdir(), 'evpn-tui-')), answers?: string[]) {
  const stdout = new PassThrough({encoding: 'utf8'});
  const stdin = new PassThrough();
  let text = '';
  let code: number | undefined;
  stdout.on('data', (chunk: string) => {
    text += chunk;
    // each question is answered when it has been asked, as at a terminal
    if (answers && /(: |\[y\/N\] )$/.test(chunk)) stdin.write(`${answers.shift() ?? ''}\n`);
  });
  const io: Io = {stdout, stderr: new PassThrough(), stdin, env: {}, home, cwd: dirname(inventory), isTTY: answers !== undefined};
  let error: unknown;
  await program(io, (c) => (code = c)).parseAsync(args, {from: 'user'}).catch((e: unknown) => (error = e));
  const file = join(home, '.config/evpn-tui/config.yaml');
  return {text, code, error: error as CliError | undefined, home, written: existsSync(file) ? readFileSync(file, 'utf8') : undefined};
}

describe('init', () => {
  test('from flags: shows what it writes, then writes it, with full paths', async () => {
    const {text, code, written} = await run(['init', 'lab', '--inventory', 'inventory.yml', '--user', 'ops', '--colour', 'red']);
    expect(code).toBe(0);
    expect(text).toContain('1 reflector, 2 vtep, 1 frontend; virtual networks: private_evpn-vxlan');
    expect(written).toBe(`current-context: lab\ncontexts:\n  lab:\n    inventory: ${inventory}\n    ssh:\n      user: ops\n    colour: red\n`);
    expect(text).toContain('    colour: red\n');
  });

  test('refuses a name that is taken, unless forced', async () => {
    const {home} = await run(['init', 'lab', '--inventory', inventory]);
    const again = await run(['init', 'lab', '--endpoint', 'http://fe/RPC2'], home);
    expect(again.error).toMatchObject({code: 2, message: expect.stringContaining('already')});
    expect(again.written).toContain('inventory:');
    const forced = await run(['init', 'lab', '--endpoint', 'http://fe/RPC2', '--force'], home);
    expect(forced.written).toBe('current-context: lab\ncontexts:\n  lab:\n    opennebula:\n      endpoint: http://fe/RPC2\n');
  });

  test.each([
    [['init'], 'needs a name'],
    [['init', 'a'], 'nothing to read the hosts from'],
    [['init', 'a b', '--inventory', inventory], 'cannot be the name'],
    [['init', 'a', '--endpoint', 'ftp://x'], 'expected http'],
    [['init', 'a', '--inventory', '/no/such'], 'does not exist'],
    [['init', 'a', '--inventory', inventory, '--as-number', 'x'], 'as-number: expected an AS number'],
  ])('%j writes nothing', async (args, message) => {
    const {error, written} = await run(args);
    expect(error?.message).toContain(message);
    expect(written).toBeUndefined();
  });

  test('asks on a terminal, and writes only after a yes', async () => {
    const answers = ['lab', inventory, 'http://10.0.1.87:2633/RPC2', '', 'fe1', ''];
    const yes = await run(['init'], undefined, [...answers, 'y']);
    expect(yes.written).toContain('    opennebula:\n      endpoint: http://10.0.1.87:2633/RPC2\n      tunnel: fe1\n');
    const no = await run(['init'], undefined, [...answers, '']);
    expect(no).toMatchObject({code: 0, written: undefined, text: expect.stringContaining('Nothing was written.')});
  });

  test('a broken config.yaml is reported before anything else, and kept', async () => {
    const {home, written} = await run(['init', 'lab', '--inventory', inventory]);
    const file = join(home, '.config/evpn-tui/config.yaml');
    writeFileSync(file, `${written}oops: 1\n`);
    const {error} = await run(['init', 'b', '--inventory', inventory], home);
    expect(error?.message).toContain('config.yaml:5:1 oops: unknown key');
    expect(readFileSync(file, 'utf8')).toBe(`${written}oops: 1\n`);
  });
});

describe('info', () => {
  test('text and JSON: paths, settings with origin, hosts', async () => {
    const text = await run(['info', '--inventory', inventory]);
    expect(text.code).toBe(0);
    expect(text.text).toMatch(/inventory +\/.*inventory\.yml +--inventory/);
    expect(text.text).toContain('root@10.0.1.87 through root@ec2-203-0-113-98');
    const json = JSON.parse((await run(['info', '-o', 'json', '--inventory', inventory])).text) as {settings: {name: string; origin: string}[]};
    expect(json.settings).toContainEqual({name: 'refresh.fast', value: '2 s', origin: 'default'});
  });

  test('where nothing can be resolved, the paths are still told, with the problem and code 2', async () => {
    const {text, code} = await run(['info']);
    expect(code).toBe(2);
    expect(text).toMatch(/config +\/.*config\.yaml \(does not exist\) +default/);
    expect(text).toContain('there is no context yet');
  });

  test('credentials are named by their place only', async () => {
    const home = mkdtempSync(join(tmpdir(), 'evpn-tui-'));
    const secret = join(home, 'auth');
    writeFileSync(secret, 'oneadmin:hush-hush');
    await run(['init', 'a', '--endpoint', 'http://fe/RPC2', '--auth-file', secret], home);
    for (const args of [['info'], ['info', '-o', 'json']]) {
      const {text, code} = await run(args, home);
      expect(code).toBe(0);
      expect(text).toContain(secret);
      expect(text).not.toContain('hush-hush');
    }
  });
});

describe('completion', () => {
  const complete = async (line: string[]): Promise<string[]> => {
    const script = (await run(['completion', 'bash'])).text;
    const words = line.map((word) => `'${word}'`).join(' ');
    return execFileSync('bash', ['--norc', '-c', `${script}\nCOMP_WORDS=(evpn-tui ${words}); COMP_CWORD=${line.length}; _evpn_tui; printf '%s\\n' "\${COMPREPLY[@]}"`], {encoding: 'utf8'}).trim().split('\n');
  };
  test('bash completes commands, options, choices, and options before the command', async () => {
    expect(await complete(['in'])).toEqual(['init', 'info']);
    expect(await complete(['--inventory', 'x', 'compl'])).toEqual(['completion']);
    expect(await complete(['--context', 'get', 'in'])).toEqual(['init', 'info']);
    expect(await complete(['get', '-o', ''])).toEqual(['table', 'json']);
    expect(await complete(['completion', ''])).toEqual(['bash', 'zsh', 'fish']);
    expect(await complete(['get', '--ou'])).toEqual(['--output']);
  });

  test.each(['zsh', 'fish'])('%s knows every command and option of the tree', async (shell) => {
    const {text} = await run(['completion', shell]);
    for (const name of ['init', 'info', 'completion', 'get']) expect(text).toContain(name);
    expect(text).toContain(shell === 'fish' ? '-l ssh-config' : '--ssh-config');
    expect(text).toContain('table json');
  });
});
