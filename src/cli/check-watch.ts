/** `check --watch`: the diagnosis of a fabric that is read on and on; prints what begins and what ends. */
import {resolve} from 'node:path';
import process from 'node:process';
import {createDiagnoser} from '../checks/diagnose.ts';
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
  let written = 0;
  let writing: Promise<void> = Promise.resolve();
  const look = (): void => {
    const now = Date.now();
    const fabric = source.current();
    const diagnosis = diagnose(fabric, now);
    const changed = last === undefined || nameAll(last) !== nameAll(diagnosis);
    if (changed) io.stdout.write(flags.output === 'json' ? `${JSON.stringify(diagnosisDocument(fabric, diagnosis))}\n` : changes(last, diagnosis, now));
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

const nameAll = ({causes}: Diagnosis): string => causes.map(({id, outcome}) => `${outcome} ${id}`).join('\n');

function changes(before: Diagnosis | undefined, after: Diagnosis, now: number): string {
  const key = ({id, outcome}: Finding): string => `${outcome} ${id}`;
  const [old, present] = [new Set(before?.causes.map(key)), new Set(after.causes.map(key))];
  const ended_ = (before?.causes ?? []).filter((cause) => !present.has(key(cause)));
  const begun = after.causes.filter((cause) => !old.has(key(cause)));
  const {pass, fail, warn, unknown} = totals(after);
  return [
    `${clock(now)}  ${after.causes.length} ${after.causes.length === 1 ? 'cause' : 'causes'}; ${pass} pass, ${fail} fail, ${warn} warn, ${unknown} unknown`,
    ...ended_.map((cause) => `ended ${cause.says}`),
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
