/** Runbooks for the console under test: a real gate, journal and engine; what is sent to a host is run by this machine's sh. */
import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {actions as catalogue} from '../../src/actions/catalogue.ts';
import {builtinFunctions} from '../../src/runbooks/builtin/index.ts';
import {createExecutor, type Reach} from '../../src/actions/execute.ts';
import {createGate} from '../../src/actions/gate.ts';
import {openJournal} from '../../src/journal/journal.ts';
import {createRunbooks} from '../../src/runbooks/engine/session.ts';
import {sessionAction, stepAction} from '../../src/runbooks/engine/step-action.ts';
import {knownTo, openLibrary} from '../../src/runbooks/library.ts';
import {markdown, type Report} from '../../src/runbooks/report.ts';
import type {Changes} from '../../src/screens/action/flow.ts';
import type {FakeSource} from './fake-source.ts';

export interface Desk {
  readonly folder: string;
  readonly changes: Changes;
  readonly dead: Set<string>; // hosts that do not answer
  readonly sent: string[]; // host and script
  readonly written: Report[];
  readonly hold: {until: Promise<void> | undefined}; // what is sent waits for it
}
const folders: string[] = [];
export const removeBooks = (): void => {
  for (const folder of folders.splice(0)) rmSync(folder, {recursive: true, force: true});
};

/** `again`: the folder of an earlier one, as a console that is started anew would find it. */
export function layBooks(source: FakeSource, files: Readonly<Record<string, string>>, {readOnly, again}: {readonly readOnly?: string; readonly again?: string} = {}): Desk {
  const folder = again ?? mkdtempSync(join(tmpdir(), 'evpn-tui-books-'));
  if (again === undefined) folders.push(folder);
  mkdirSync(join(folder, 'own'), {recursive: true});
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'own', name), text.replaceAll('FOLDER', folder));
  const dead = new Set<string>();
  const sent: string[] = [];
  const hold: Desk['hold'] = {until: undefined};
  const session = (host: string): unknown => ({
    retry: () => undefined,
    renew: () => Promise.resolve(undefined),
    stream: async ({script}: {script: string}, onChunk: (chunk: Buffer) => void) => {
      sent.push(`${host} ${script}`);
      await hold.until;
      if (dead.has(host)) return {ok: false, problem: {kind: 'unreachable', detail: `${host} does not answer`}};
      return new Promise((resolve) => {
        const child = spawn('sh', ['-c', script], {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, HOME: folder}});
        let stderr = '';
        child.stdout.on('data', onChunk);
        child.stderr.on('data', (chunk) => (stderr += String(chunk)));
        child.on('close', (code) => resolve({ok: true, output: {exit: code ?? 1, stderr}}));
      });
    },
  });
  const executor = createExecutor({session: session as Reach['session'], one: undefined, log: () => undefined});
  const journal = openJournal({folder: join(folder, 'journal'), context: 'prod'});
  const functions = new Map(builtinFunctions.map((one) => [one.name, one]));
  const actions = [...catalogue, sessionAction, stepAction(functions)];
  const gate = createGate({source, executor, journal, actions, lock: {folder: join(folder, 'lock'), fabric: ['test']}, who: {user: 'oper', uid: 1, host: 'ops', pid: process.pid, tty: undefined, by: 'console'}, context: 'prod', readOnly});
  const written: Report[] = [];
  return {
    folder, dead, sent, written, hold,
    changes: {
      gate, runs: () => journal.runs(),
      books: {
        library: openLibrary(join(folder, 'own'), knownTo(actions, functions)),
        runbooks: createRunbooks({gate, source, executor, journal, functions}), runs: () => journal.runs(), context: 'prod',
        write: async (report, file) => { written.push(report); writeFileSync(join(folder, file), markdown(report)); return join(folder, file); },
      },
    },
  };
}
