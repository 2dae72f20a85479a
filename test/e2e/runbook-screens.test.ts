/** A runbook driven by keys, on the embedded fabric and in a real pseudo-terminal: listed, planned, run step by step, reported. */
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {keys, openTerminal, type Terminal} from './terminal.ts';

const bin = join(import.meta.dirname, '../../bin/evpn-tui.js');
const patience = 60_000;
let home: string;
let terminal: Terminal | undefined;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'evpn-tui-books-'));
  mkdirSync(join(home, 'evpn-tui', 'runbooks'), {recursive: true});
  writeFileSync(join(home, 'evpn-tui', 'runbooks', 'wake.yaml'), `runbook: 1
name: wake
title: The device is up, and a note says so
inputs:
  word: {type: string, title: what the note says, pattern: '[a-z]+'}
steps:
  - id: device
    title: the VXLAN device is up
    target: host:kvm_london
    uses: link.up
    when: '{{ not ("wg0.2" in host.up) }}'
    with: {host: '{{ host.name }}', device: wg0.2}
  - id: note
    title: a note
    target: host:kvm_london
    file:
      path: ${home}/note
      content: |
        {{ host.name }} {{ inputs.word }}
`);
});
afterAll(async () => {
  await terminal?.close();
  rmSync(home, {recursive: true, force: true});
});

test('listed, planned, run step by step, its report seen and written', async () => {
  const folder = join(home, 'reports');
  mkdirSync(folder);
  const shown = terminal = openTerminal(process.execPath, [bin, 'demo', '--fault', 'vxlan-down@kvm_london'], {columns: 120, rows: 40, cwd: folder, env: {HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, XDG_STATE_HOME: join(home, 'state')}});
  const until = (fits: (text: string) => boolean, what: string): Promise<void> => shown.until(fits, what, patience);
  await until((text) => /BGP\s+\w+\s+4 sessions/.test(text), 'the fabric');
  shown.type('R');
  await until((text) => /wake +- +never run +The device is up/.test(text) && text.includes('readiness'), 'the list');
  shown.type('/');
  await until((text) => text.includes('Enter keep'), 'the filter');
  shown.type('wake');
  await until((text) => !text.includes('readiness'), 'that one only');
  shown.type(keys.enter);
  await until((text) => text.includes('Enter open'), 'the list again');
  shown.type(keys.enter);
  await until((text) => text.includes('Plan of wake') && text.includes('word: Enter on it gives the value'), 'its plan');
  shown.type(keys.enter);
  await until((text) => text.includes('word = █'), 'the question');
  shown.type(`awake${keys.enter}`);
  await until((text) => text.includes('2 to do') && text.includes('link.up host=kvm_london device=wg0.2') && text.includes('+kvm_london awake'), 'what every step would change');

  shown.type('y');
  await until((text) => text.includes('Run of wake') && text.includes('y runs it') && /to do +the VXLAN device is up/.test(text), 'the first question');
  shown.type('y');
  await until((text) => /done +the VXLAN device is up/.test(text) && /to do +a note/.test(text) && text.includes('y runs it'), 'the second question');
  expect(existsSync(join(home, 'note'))).toBe(false);
  shown.type('y');
  await until((text) => text.includes('Done: every step is so'), 'the end');
  expect(readFileSync(join(home, 'note'), 'utf8')).toBe('kvm_london awake\n');

  shown.type('o');
  await until((text) => text.includes('Report of wake') && /\| the VXLAN device is up \| done \|/.test(text) && /\| a note \| done \|/.test(text), 'the report');
  shown.type('w');
  await until((text) => text.includes('Write the report to: wake-'), 'where to');
  shown.type('\x15');
  await until((text) => text.includes('Write the report to: █'), 'an empty line');
  shown.type(`run.xml${keys.enter}`);
  await until((text) => text.includes('the report is in'), 'that it is written');
  expect(readFileSync(join(folder, 'run.xml'), 'utf8')).toContain('tests="2" failures="0" errors="0" skipped="0"');

  // Undone again, by the name of the step.
  shown.type(keys.escape);
  await until((text) => text.includes('Run of wake'), 'the run');
  shown.type('G');
  await until((text) => /▸ +2 ● done/.test(text), 'the cursor on the note');
  shown.type('u');
  await until((text) => text.includes('Type note to undo note: █'), 'the question');
  shown.type(`note${keys.enter}`);
  await until((text) => /undone +a note/.test(text) && text.includes('undone down to note'), 'undone');
  expect(existsSync(join(home, 'note'))).toBe(false);
  shown.type('R');
  await until((text) => /wake +\d\d-\d\d [0-9:]+ +partly undone/.test(text), 'the last run in the list');
  shown.type('q');
  expect((await shown.exited).code).toBe(0);
}, 180_000);
