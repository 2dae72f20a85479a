/** The commands that the documents show: each is understood by the real program, and those that change nothing are run. */
import {readdirSync, readFileSync} from 'node:fs';
import {PassThrough} from 'node:stream';
import type {Command} from 'commander';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';
import {commands, main, programOf, register} from '../../src/cli/main.ts';
import type {Io} from '../../src/cli/io.ts';
import {startEmbedded, type Embedded} from './embedded.ts';

vi.setConfig({testTimeout: 120_000, hookTimeout: 120_000}); // each is a few seconds on a machine that has nothing else to do

const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync('docs').filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];

interface Shown {
  readonly page: string;
  readonly line: string; // as it stands there
  readonly words: readonly string[]; // without what explains it
  readonly goesOn: boolean; // an option, from a line below its command
}

/** Without the explanation beside it: that begins in the same column of every line, else after two spaces, else at a #. */
function commandOf(line: string, column: number): string {
  const cut = column > 0 && line[column - 1] === ' ' ? line.slice(0, column) : line;
  return cut.split(/ {2,}| # | \(/)[0] ?? '';
}

/** Words as a shell would split them, quotes taken off; a | outside quotes stays a mark. */
const wordsOf = (text: string): readonly string[] => [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted?.replaceAll('|', '\u0000') ?? bare ?? '');

/** "a|b" and "[c]" as each of the commands that they stand for; the first variant has what is in brackets. */
function variants(text: string): readonly (readonly string[])[] {
  const words = wordsOf(text.replaceAll(' | ', '|').replaceAll(/[[\]]/g, '').replaceAll('…', ''));
  const most = Math.max(...words.map((word) => word.split('|').length));
  return Array.from({length: most}, (_, at) => words.flatMap((word) => {
    const all = word.split('|');
    return (all[at] ?? all[0] ?? '').replaceAll('\u0000', '|').split(' ').filter(Boolean);
  }));
}

function shownIn(page: string): readonly Shown[] {
  const text = readFileSync(page, 'utf8');
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  const indented = [...text.matchAll(/^(?: {4}evpn-tui .*\n)+/gm)].map(([block]) => block.replaceAll(/^ {4}/gm, ''));
  return [...blocks, ...indented].flatMap((block) => {
    const lines = block.split('\n');
    const starts = lines.filter((line) => line.startsWith('evpn-tui')).flatMap((line) => / {2,}(?=\S)/.exec(line)?.[0] === undefined ? [] : [line.search(/ {2,}\S/) + (/ {2,}(?=\S)/.exec(line)?.[0].length ?? 0)]);
    const column = starts.toSorted((a, b) => starts.filter((one) => one === b).length - starts.filter((one) => one === a).length)[0] ?? 0;
    let base: readonly string[] = [];
    return lines.flatMap((line): Shown[] => {
      if (line.startsWith('evpn-tui')) {
        const found = variants(commandOf(line, column)).map((words) => ({page, line, words: words.slice(1), goesOn: false}));
        base = found[0]?.words ?? [];
        return found;
      }
      // A line that goes on: options of the command above it, each by itself.
      if (base.length === 0 || !/^ +/.test(line)) return [];
      return line.replace(/^ *\w+: /, '').trim().split(/ {2,}| \(.*?\)| (?=--)/).filter((part) => part.startsWith('-')).flatMap((part) => variants(part.trim()).map((words) => ({page, line: part, words: [...base, ...words], goesOn: true})));
    });
  });
}

const shown = pages.flatMap(shownIn);

/** Names in capitals, and those of the lab, as something that there is. */
const examples: Readonly<Record<string, string>> = {
  RESOURCE: 'hosts', RUNBOOK: 'wireguard-mesh', SHELL: 'bash', N: '2', H: 'kvm_london', HOST: 'kvm_london', VM: 'sr1', A: 'sr1', B: 'sr2', IP: '203.0.113.203', NET: 'public_london', K: '2', SECONDS: '1', COLUMN: 'host', RD: '192.168.0.2:2',
  kvm1: 'kvm_london', kvm2: 'kvm_ncalifornia', vm1: 'sr1', vm2: 'sr2', 'host=kvm2': 'host=kvm_ncalifornia', 'a,b': 'host,roles', ID: 'bgp.session', 'FAMILIES,CHECKS': 'bgp,vxlan.port',
};
const filled = (words: readonly string[]): string[] => words.map((word) => examples[word] ?? word);

function io(home: string, env: Io['env'] = {}): {io: Io; out: () => string; err: () => string} {
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const said = {out: '', err: ''};
  stdout.on('data', (chunk) => (said.out += String(chunk)));
  stderr.on('data', (chunk) => (said.err += String(chunk)));
  stdin.end();
  return {io: {stdout, stderr, stdin, env: {PATH: process.env['PATH'], HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, XDG_CACHE_HOME: home, LANG: 'C.UTF-8', ...env}, home, cwd: home, isTTY: false}, out: () => said.out, err: () => said.err};
}

describe('a command that a document shows', () => {
  let program: Command;
  let ran: string | undefined;
  const {io: silent, err} = io('/nonexistent');
  beforeAll(async () => {
    program = programOf(silent).action(() => void (ran = 'console')).allowExcessArguments(false);
    await register(program, commands, silent, () => undefined);
    // What a command would do is replaced by the note that it was reached.
    const replace = (command: Command): void => {
      const acts = (command as unknown as {readonly _actionHandler: unknown})._actionHandler !== null;
      if (acts) command.action(() => void (ran = command.name()));
      command.commands.forEach(replace);
    };
    program.commands.forEach(replace);
  });
  it('is found in the documents', () => {
    expect(new Set(shown.map(({page}) => page)).size).toBeGreaterThanOrEqual(5);
    expect(shown.length).toBeGreaterThan(60);
  });
  it.each(shown.map((one) => [`${one.page}: evpn-tui ${one.words.join(' ')}`, one] as const))('%s', async (_name, {words}) => {
    ran = undefined;
    const told = err().length;
    await program.parseAsync(filled(words), {from: 'user'}).catch((error: unknown) => { throw new Error(`${error instanceof Error ? error.message : String(error)}\n${err().slice(told)}`); });
    expect(ran).toBeDefined();
  });
});

/** Reads only, or shows a plan only. */
const isSafe = (words: readonly string[]): boolean => {
  const [name = '', second = ''] = words;
  if (words.includes('--dry-run') || words.includes('--plan')) return true;
  if (name === 'journal' || name === 'flight') return ['', 'export'].includes(second);
  if (name === 'check') return !words.includes('--watch');
  if (name === 'sdnat') return second === 'list';
  return ['status', 'checks', 'explain', 'get', 'trace', 'actions', 'runbooks', 'info', 'contexts', 'completion'].includes(name) && !words.includes('--probe');
};

describe('one that changes nothing', () => {
  let fabric: Embedded;
  beforeAll(async () => {
    fabric = await startEmbedded();
  });
  afterAll(() => fabric.close());
  // What stands in several documents is run once, and one of the formats of a command: the others are parsed above.
  const once = [...new Map(shown.filter(({words, goesOn}) => !goesOn && isSafe(words)).map(({words}) => [filled(words).join(' '), filled(words)])).values()];
  it('is found in the documents, too', () => expect(once.length).toBeGreaterThan(18));
  it.each(once.map((words) => [words.join(' '), words] as const))('%s', async (_name, words) => {
    const {io: own, out, err} = io(fabric.folder, {ONE_AUTH: fabric.simulator.oneAuth});
    const code = await main([...fabric.args, ...words], own);
    // 3: something is not known yet; 4: a finding, or a plan that is stopped: what is asked for is there all the same.
    expect([0, 3, 4], err()).toContain(code);
    expect(err()).not.toMatch(/internal error|error:/);
    if (words[0] !== 'journal') expect(`${out()}${err()}`.trim()).not.toBe(''); // nothing was changed yet
  });
});
