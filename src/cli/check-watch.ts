/** `check --watch`: the diagnosis of a fabric that is read on and on; prints what begins and what ends. */
import {resolve} from 'node:path';
import process from 'node:process';
import {createDiagnoser} from '../checks/diagnose.ts';
import {flatten} from '../checks/fold.ts';
import type {Selection} from '../checks/run.ts';
import type {Diagnosis, Finding} from '../model/finding.ts';
import {clock} from '../text/age.ts';
import type {CheckFlags} from './check-flags.ts';
import {codeOf, settling} from './diagnose.ts';
import type {ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import type {Opened} from './open.ts';
import {diagnosisDocument, findingText, totals} from './output/findings.ts';
import {prometheus, writeTextfile} from './output/reports.ts';
import {settle} from './settle.ts';

const againMs = 5000; // readings grow stale, and findings grow old, while nothing else happens
const textfileMs = 15_000;

/** Until SIGINT or SIGTERM (or `signal`); the exit code is that of the last diagnosis. */
export async function watch(opened: Opened, selection: Selection, flags: Pick<CheckFlags, 'output' | 'textfile'>, io: Io, signal?: AbortSignal): Promise<ExitCode> {
  const {source} = opened;
  const diagnose = createDiagnoser(selection);
  await settle(source, {...settling(opened), ...(signal ? {signal} : {})});
  let last: Diagnosis | undefined;
  const lost = new Map<string, string>();
  let written = 0;
  let writing: Promise<void> = Promise.resolve();
  const look = (): void => {
    const now = Date.now();
    const fabric = source.current();
    const diagnosis = diagnose(fabric, now);
    const changed = last === undefined || nameAll(last) !== nameAll(diagnosis);
    if (changed) io.stdout.write(flags.output === 'json' ? `${JSON.stringify(diagnosisDocument(fabric, diagnosis))}\n` : changes(last, diagnosis, now, lost));
    if (flags.textfile !== undefined && (changed || now - written >= textfileMs)) {
      written = now;
      const [path, text] = [resolve(io.cwd, flags.textfile), prometheus(fabric.name, diagnosis, now)];
      // One after the other; a folder that cannot be written to does not end the watch.
      writing = writing.then(() => writeTextfile(path, text)).catch((error: unknown) => void io.stderr.write(`${path}: ${error instanceof Error ? error.message : String(error)}\n`));
    }
    last = diagnosis;
  };
  look();
  const unsubscribe = source.subscribe(look);
  const timer = setInterval(look, againMs);
  await ended(signal);
  clearInterval(timer);
  unsubscribe();
  await writing;
  return codeOf(last ?? diagnose(source.current(), Date.now()));
}

/** With what is not known any more, wherever it is folded. */
const nameAll = ({causes}: Diagnosis): string => [...causes, ...[...flatten(causes)].filter(({known}) => known)].map(({id, outcome}) => `${outcome} ${id}`).join('\n');

/** `lost`: causes that cannot be read any more, by id, with what they said; they have not ended, wherever they are folded now. */
function changes(before: Diagnosis | undefined, after: Diagnosis, now: number, lost: Map<string, string>): string {
  const key = ({id, outcome}: Finding): string => `${outcome} ${id}`;
  const [old, present] = [new Set(before?.causes.map(key)), new Set(after.causes.map(key))];
  const here = new Map([...flatten(after.causes)].map((one) => [one.id, one]));
  const fresh = (before?.causes ?? []).filter(({id, known}) => !known && here.get(id)?.known);
  for (const {id, says} of fresh) lost.set(id, says);
  const ends = (before?.causes ?? []).filter((cause) => !present.has(key(cause)) && !lost.has(cause.id)).map(({says}) => says);
  for (const [id, says] of lost) if (!here.get(id)?.known) {
    lost.delete(id);
    if (!here.has(id)) ends.push(says);
  }
  const begun = after.causes.filter((cause) => !old.has(key(cause)));
  const {pass, fail, warn, unknown} = totals(after);
  return [
    `${clock(now)}  ${after.causes.length} ${after.causes.length === 1 ? 'cause' : 'causes'}; ${pass} pass, ${fail} fail, ${warn} warn, ${unknown} unknown`,
    ...ends.map((says) => `ended ${says}`),
    ...fresh.filter(({id}) => !present.has(`unknown ${id}`)).map(({says}) => `not known now: ${says}`),
    ...begun.flatMap((cause) => findingText(cause)),
    '',
  ].join('\n');
}

function ended(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      process.removeListener('SIGINT', finish);
      process.removeListener('SIGTERM', finish);
      resolve();
    };
    if (signal?.aborted) return resolve();
    signal?.addEventListener('abort', finish, {once: true});
    process.once('SIGINT', finish);
    process.once('SIGTERM', finish);
  });
}
