/** Runbooks on the screen: list, plan, run, report; with a real engine below, and hosts that are this machine's sh. */
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, describe, expect, it} from 'vitest';
import {FakeSource} from './fake-source.ts';
import {layBooks, removeBooks} from './books.ts';
import {closeAll, openConsole} from './open.tsx';
import {keys, type Terminal} from './terminal.ts';

afterEach(() => {
  closeAll();
  removeBooks();
});

const notes = `runbook: 1
name: notes
title: Notes on two hosts
explanation: It is kept by a test.
inputs:
  port: {type: int, title: the port, default: 7, min: 1, max: 9}
  word: {type: string, title: a word, pattern: '[a-z]+'}
steps:
  - id: ready
    title: the shell is there
    target: host:ingress
    check: command -v sh
  - id: note
    title: a note
    target: ['host:ingress', 'host:kvm1']
    file:
      path: 'FOLDER/{{ host.name }}.note'
      content: |
        word {{ inputs.word }}
        port {{ inputs.port }}
  - id: mark
    title: a mark
    target: host:kvm1
    check: test -e FOLDER/mark
    apply: touch FOLDER/mark
    undo: rm -f FOLDER/mark
`;
const broken = 'runbook: 1\nname: broken\ntitle: x\nsteps:\n  - id: a\n    titel: b\n';

async function openList(files: Readonly<Record<string, string>> = {'notes.yaml': notes}, more: Parameters<typeof layBooks>[2] = {}, size: {columns?: number; rows?: number} = {columns: 120, rows: 40}) {
  const source = new FakeSource();
  const desk = layBooks(source, files, more);
  const {terminal, quits} = await openConsole({source, changes: desk.changes, now: Date.now, ...size});
  return {...desk, terminal, quits};
}
/** From the list into the plan of a runbook of one's own. */
async function toPlan(terminal: Terminal): Promise<void> {
  await terminal.press('R', '/', ...'notes', keys.enter, keys.enter);
  await terminal.until((screen) => screen.includes('Plan of notes'), 'the plan');
}
async function planned(terminal: Terminal): Promise<void> {
  await toPlan(terminal);
  await terminal.until((screen) => screen.includes('word: Enter on it gives the value'), 'what has no value');
  await terminal.press(keys.enter, ...'hello', keys.enter);
  await terminal.until((screen) => screen.includes('2 to do'), 'the whole plan');
}

describe('the list', () => {
  it('has the built-in runbooks, those of the operator, and what is wrong in a file, with its place', async () => {
    const {terminal} = await openList({'notes.yaml': notes, 'broken.yaml': broken});
    await terminal.press('R');
    const screen = await terminal.until((text) => text.includes('notes'), 'the list');
    expect(screen).toMatch(/backup +- +never run +Keep the hosts/);
    const listed = terminal.lines().flatMap((line) => /^[▸ ]\S? +(?:\d+|-) +([a-z-]+) /.exec(line)?.[1] ?? []);
    expect(listed.slice(0, 5)).toEqual(['notes', 'readiness', 'grant-access', 'backup', 'wireguard-mesh']);
    await terminal.press('/', ...'broken', keys.enter);
    await terminal.until((text) => /broken\.yaml:5:5 steps\[1\]/.test(text), 'the problem with line and column');
    await terminal.press(keys.enter);
    expect(terminal.screen()).toContain('this file cannot be used');
  });
  it('has a file that was written beside it when it is read again, and no longer one that is gone', async () => {
    const {terminal, folder} = await openList({'notes.yaml': notes, 'broken.yaml': broken});
    await terminal.press('R');
    await terminal.until((text) => text.includes('broken.yaml'), 'the list');
    writeFileSync(join(folder, 'own/later.yaml'), notes.replaceAll('FOLDER', folder).replace('name: notes', 'name: later').replace('Notes on two hosts', 'Written meanwhile'));
    rmSync(join(folder, 'own/broken.yaml'));
    await terminal.press('r');
    await terminal.until((text) => text.includes('Written meanwhile') && !text.includes('broken.yaml'), 'the files as they are now');
  });
  it('has one that was run by the path of its file, as long as its session has not ended', async () => {
    const {folder, changes, dead} = await openList({});
    writeFileSync(join(folder, 'elsewhere.yaml'), notes.replaceAll('FOLDER', folder).replace('name: notes', 'name: elsewhere'));
    const {library, runbooks} = changes.books!;
    const runbook = library.find(join(folder, 'elsewhere.yaml'))!;
    const session = await runbooks.start(runbook, runbooks.resolve(runbook, {word: 'hello'}).values);
    if (typeof session === 'string') throw new Error(session);
    dead.add('kvm1');
    for (let step = session.next(), state = ''; step && state !== 'blocked'; step = session.next()) ({state} = await session.run(step));
    dead.clear();
    const {terminal} = await openList({}, {again: folder});
    await terminal.until((text) => text.includes('a session of elsewhere has not ended: Enter goes on with it'), 'the offer');
    await terminal.press(keys.enter);
    await terminal.until((text) => text.includes('Run of elsewhere'), 'its run');
  });
  it('is reached by its name, too', async () => {
    const {terminal} = await openList();
    await terminal.press(':', ...'runbooks', keys.enter);
    await terminal.until((text) => text.includes('RUNBOOK') && text.includes('notes'), 'the list');
  });
});

describe('the plan', () => {
  it.each([[80, 24], [120, 40], [200, 50]])('shows inputs with their origin and every step as a diff, at %ix%i', async (columns, rows) => {
    const {terminal, folder} = await openList({'notes.yaml': notes}, {}, {columns, rows});
    await planned(terminal);
    expect(terminal.screen()).toMatch(/port +7 +default of the runbook/);
    expect(terminal.screen()).toMatch(/word +hello +given/);
    expect(terminal.screen()).toMatch(/already so +the shell is there/);
    await terminal.press('G');
    await terminal.until((text) => /to do +a mark: 1 of 1: kvm1/.test(text), 'the last step');
    expect(terminal.screen()).toContain('| touch');
    await terminal.press(...Array.from({length: 12}, () => 'k'));
    await terminal.until((text) => text.includes('+word hello'), 'the diff of the file');
    for (const line of terminal.lines()) expect(line.length).toBeLessThanOrEqual(columns);
    expect(terminal.scrolled()).toBe(0);
    expect(existsSync(join(folder, 'kvm1.note'))).toBe(false);
  });
  it('refuses a wrong value at once, and says why', async () => {
    const {terminal} = await openList();
    await toPlan(terminal);
    await terminal.until((text) => text.includes('word: Enter on it'), 'inputs');
    await terminal.press('k', keys.enter, keys.ctrlU, ...'77');
    expect(terminal.lines().at(-2)).toContain('77 is not between 1 and 9');
    await terminal.press(keys.enter);
    expect(terminal.lines().at(-2)).toContain('port = 77');
    await terminal.press(keys.ctrlU, '8', keys.enter);
    await terminal.until((text) => /port +8 +given/.test(text), 'the new value');
    await terminal.press('y');
    expect(terminal.lines().at(-2)).toContain('word has no value yet');
  });
  it('is not run before it is there, and says so as long as that is so', async () => {
    const {terminal, hold} = await openList();
    await toPlan(terminal);
    await terminal.until((text) => text.includes('word: Enter on it'), 'inputs');
    const {promise, resolve} = Promise.withResolvers<void>();
    hold.until = promise;
    await terminal.press(keys.enter, ...'hello', keys.enter, 'y');
    await terminal.until((text) => text.includes('it is still being planned: read the plan'), 'not yet');
    resolve();
    await terminal.until((text) => text.includes('2 to do') && !text.includes('it is still being planned'), 'the plan, and nothing of that any more');
  });
  it('can be seen where nothing may be changed; running it is refused in the words of the gate', async () => {
    const {terminal, folder} = await openList({'notes.yaml': notes}, {readOnly: '--read-only'});
    await planned(terminal);
    expect(terminal.lines()[0]).toContain('READ-ONLY');
    await terminal.press('y');
    await terminal.until((text) => text.includes('read-only (--read-only): nothing is changed from here'), 'the refusal');
    expect(existsSync(join(folder, 'kvm1.note'))).toBe(false);
  });
  it('without colour says everything in words and signs', async () => {
    const source = new FakeSource();
    const {changes} = layBooks(source, {'notes.yaml': notes});
    const {terminal} = await openConsole({source, changes, now: Date.now, columns: 120, rows: 40, theme: {colour: false, attributes: false, unicode: false}});
    await planned(terminal);
    expect(terminal.screen()).toMatch(/1 \+ already so +the shell is there/);
    expect(terminal.screen()).toMatch(/2 \* to do +a note/);
    expect(terminal.raw()).not.toMatch(/\x1b\[[0-9;]*\b(3[0-7]|9[0-7])(;|m)/);
  });
});

describe('the run', () => {
  it('asks before each step that changes something, and ends with a report that can be written', async () => {
    const {terminal, folder, written} = await openList();
    await planned(terminal);
    await terminal.press('y');
    await terminal.until((text) => text.includes('Run of notes') && text.includes('y runs it'), 'the question before the first change');
    expect(terminal.screen()).toMatch(/1 ● already so +the shell is there/);
    expect(terminal.screen()).toContain('+port 7');
    expect(existsSync(join(folder, 'kvm1.note'))).toBe(false);
    await terminal.press('y');
    await terminal.until((text) => /done +a note/.test(text) && /to do +a mark: 1 of 1/.test(text), 'the next question');
    expect(readFileSync(join(folder, 'kvm1.note'), 'utf8')).toBe('word hello\nport 7\n');
    await terminal.press('y');
    await terminal.until((text) => text.includes('Done: every step is so'), 'the end');
    await terminal.press('o');
    await terminal.until((text) => text.includes('# Notes on two hosts') && /\| a note \| done \|/.test(text), 'the report');
    await terminal.press('w', keys.ctrlU, ...'out.txt', keys.enter);
    expect(terminal.lines().at(-2)).toContain('ends in .md, .json or .xml');
    await terminal.press(keys.ctrlU, ...'out.md', keys.enter);
    await terminal.until((text) => text.includes('the report is in'), 'where it is');
    expect(written[0]).toMatchObject({runbook: 'notes', ended: 'done', by: 'oper@ops', inputs: [{name: 'port', value: 7}, {name: 'word', value: 'hello', origin: 'given'}]});
    await terminal.press('R');
    await terminal.until((text) => /notes +\d\d-\d\d [0-9:]+ +done/.test(text), 'the last run in the list');
  });
  it('goes on while something else is looked at, with a mark in the title; quitting asks first', async () => {
    const {terminal, hold, quits, folder} = await openList();
    await planned(terminal);
    await terminal.press('y');
    await terminal.until((text) => text.includes('y runs it'), 'the question');
    const release = Promise.withResolvers<void>();
    hold.until = release.promise;
    await terminal.press('a', '2');
    await terminal.until((text) => text.includes('ACCESS') && /▸ notes 2\/3/.test(text.split('\n')[0] ?? ''), 'the mark');
    await terminal.press('q');
    await terminal.until((text) => text.includes('notes is under way: y quits after the present step'), 'the question');
    await terminal.press('n');
    expect(quits()).toBe(0);
    await terminal.press(keys.ctrlC, 'y');
    hold.until = undefined;
    release.resolve();
    await terminal.until(() => quits() === 1, 'the end of the console, after the step');
    expect(existsSync(join(folder, 'kvm1.note'))).toBe(true);
    expect(existsSync(join(folder, 'mark'))).toBe(false);
  });
  it('skips a step with a reason, and leaves it out', async () => {
    const {terminal, folder} = await openList();
    await planned(terminal);
    await terminal.press('y');
    await terminal.until((text) => text.includes('y runs it'), 'the question');
    await terminal.press('s', ...'later on', keys.enter);
    await terminal.until((text) => /skipped +a note: later on/.test(text), 'the reason');
    await terminal.press('a');
    await terminal.until((text) => text.includes('Done: every step is so'), 'the end');
    expect([existsSync(join(folder, 'kvm1.note')), existsSync(join(folder, 'mark'))]).toEqual([false, true]);
  });
  it('stops where a host is dead, says so, and tries again when it is back', async () => {
    const {terminal, dead, folder} = await openList();
    await planned(terminal);
    await terminal.press('y');
    await terminal.until((text) => text.includes('y runs it'), 'the question');
    dead.add('kvm1');
    await terminal.press('a');
    await terminal.until((text) => text.includes('kvm1 does not answer'), 'what is wrong');
    expect(terminal.screen()).toMatch(/2 . (blocked|uncertain|failed) +a note/);
    dead.clear();
    await terminal.press('a');
    await terminal.until((text) => text.includes('Done: every step is so'), 'the end');
    expect(existsSync(join(folder, 'kvm1.note'))).toBe(true);
  });
  it('undoes down to a step, when its name is typed', async () => {
    const {terminal, folder} = await openList();
    await planned(terminal);
    await terminal.press('a');
    await terminal.until((text) => text.includes('Done: every step is so'), 'the end');
    await terminal.press('G', 'k', 'u', ...'nope', keys.enter);
    expect(terminal.lines().at(-2)).toContain('only note confirms it');
    expect(existsSync(join(folder, 'mark'))).toBe(true);
    await terminal.press(keys.ctrlU, ...'note', keys.enter);
    await terminal.until((text) => /undone +a note/.test(text) && text.includes('undone down to note'), 'undone');
    expect([existsSync(join(folder, 'kvm1.note')), existsSync(join(folder, 'ingress.note')), existsSync(join(folder, 'mark'))]).toEqual([false, false, false]);
  });
});

it('a session that has not ended is offered at the start: gone on with, or left as it stands', async () => {
  const first = await openList();
  await planned(first.terminal);
  await first.terminal.press('y');
  await first.terminal.until((text) => text.includes('y runs it'), 'the question');
  first.terminal.close();
  const {terminal, changes} = await openList({}, {again: first.folder});
  await terminal.until((text) => text.includes('a session of notes has not ended'), 'the offer');
  await terminal.press(keys.enter);
  await terminal.until((text) => text.includes('Run of notes') && text.includes('next is "a note"'), 'where it stands');
  await terminal.press('a');
  await terminal.until((text) => text.includes('Done: every step is so'), 'the end');
  expect(changes.books?.runbooks.sessions()).toMatchObject([{runbook: 'notes', ended: {how: 'done'}}]);
});

it('a session that is left as it stands is not offered again', async () => {
  const first = await openList();
  await planned(first.terminal);
  await first.terminal.press('y');
  await first.terminal.until((text) => text.includes('y runs it'), 'the question');
  await first.terminal.press('x', 'c');
  await first.terminal.until((text) => text.includes('not offered again'), 'that it is left');
  first.terminal.close();
  const {terminal} = await openList({}, {again: first.folder});
  await terminal.press('R');
  await terminal.until((text) => /notes +\d\d-\d\d [0-9:]+ +stopped/.test(text), 'the list');
  expect(terminal.screen()).not.toContain('has not ended');
});
