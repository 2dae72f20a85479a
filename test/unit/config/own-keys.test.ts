/** Keys of the operator's own: taken from config.yaml, refused with their place. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import {afterAll, describe, expect, it} from 'vitest';
import type {Io} from '../../../src/cli/io.ts';
import {ownCommands} from '../../../src/cli/own-keys.ts';
import {commands} from '../../../src/keys/commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'own-keys-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));

function keysOf(yaml: string, adHoc = false): {keys: (id: string) => readonly string[] | undefined; said: string} {
  writeFileSync(join(folder, 'config.yaml'), yaml);
  const stderr = new PassThrough();
  const io: Io = {stdout: new PassThrough(), stderr, stdin: new PassThrough(), env: {EVPN_TUI_CONFIG_DIR: folder}, home: folder, cwd: folder, isTTY: true};
  const all = ownCommands(io, adHoc);
  return {keys: (id) => all.find((command) => command.id === id)?.keys, said: String(stderr.read() ?? '')};
}

describe('keys of config.yaml', () => {
  it('take the place of the default ones; the others stay', () => {
    const {keys} = keysOf('keys:\n  cursor.down: n Down\n  freeze: ""\n  log: "Ctrl-L"\n');
    expect([keys('cursor.down'), keys('freeze'), keys('log'), keys('filter')]).toEqual([['n', 'down'], [], ['ctrl+l'], ['/']]);
  });
  it('are refused with file, line and column, each with its reason', () => {
    const wrong = 'current-context: x\nkeys:\n  filter: q\n  fliter: z\n  log: Hyper-L\n';
    expect(() => keysOf(wrong)).toThrow(/config\.yaml:3:3 keys\.filter: q already means quit \(Quit\)/);
    expect(() => keysOf(wrong)).toThrow(/config\.yaml:4:3 keys\.fliter: there is no such command; did you mean "filter"\?/);
    expect(() => keysOf(wrong)).toThrow(/config\.yaml:5:3 keys\.log: no key is called "Hyper-L"/);
    expect(() => keysOf('keys:\n  quit.now: Q\n')).toThrow(/config\.yaml:2:3 keys\.quit\.now: Ctrl-C must stay/);
    expect(() => keysOf('keys:\n  filter: [a]\n')).toThrow(/config\.yaml:2:11 keys\.filter: expected keys instead of the default ones/);
  });
  it('of a file that cannot be used stop only what needs the file', () => {
    expect(() => keysOf('contexts: [')).toThrow(/not valid YAML/);
    const {keys, said} = keysOf('contexts: [', true);
    expect(keys('filter')).toEqual(commands.find(({id}) => id === 'filter')?.keys);
    expect(said).toContain('are not used');
  });
});
