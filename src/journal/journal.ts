/**
 * The journal: append-only JSON lines in files of their own for each context, on disk before anything goes on. A line
 * that was torn by a crash is left where it is and skipped; what was in flight is never rotated away.
 */
import {chmodSync, closeSync, constants, fsyncSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, renameSync, statSync, unlinkSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import type {JournalRecord, RecordedRun} from './records.ts';
import {foldRecords} from './runs.ts';

export interface JournalOptions {
  readonly folder: string; // $XDG_STATE_HOME/evpn-tui/journal
  readonly context: string;
  readonly maxBytes?: number; // of one file before the next is begun; default 8 MiB
  readonly keep?: number; // files beside the current one; default 8
}

export interface Journal {
  readonly file: string;
  /** On disk when it returns. Throws when it cannot be written: then nothing may be done. */
  append(record: JournalRecord): void;
  runs(): readonly RecordedRun[]; // oldest first
  find(run: string): RecordedRun | undefined; // by id or by the beginning of one
  /** Every line that can be read, oldest first; `torn`: how many could not. */
  records(): {readonly records: readonly JournalRecord[]; readonly torn: number};
  /** Begins a new file when the current one is big. Only to be called while no run of this process is under way. */
  rotate(): void;
}

export function openJournal({folder, context, maxBytes = 8 << 20, keep = 8}: JournalOptions): Journal {
  const name = fileName(context);
  const file = join(folder, `${name}.jsonl`);
  const numbered = (number: number): string => join(folder, `${name}.${number}.jsonl`);
  const journal: Journal = {file, append, runs, find, records, rotate};
  return journal;

  function append(record: JournalRecord): void {
    mkdirSync(folder, {recursive: true, mode: 0o700});
    const fd = openSync(file, constants.O_CREAT | constants.O_APPEND | constants.O_RDWR | constants.O_NOFOLLOW, 0o600);
    try {
      const {size} = fstatSync(fd);
      if (size === 0) {
        chmodSync(file, 0o600);
        syncFolder(folder);
      }
      // A torn last line must not swallow this one.
      const last = Buffer.alloc(1);
      const torn = size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
      const line = Buffer.from(`${torn ? '\n' : ''}${JSON.stringify(record)}\n`);
      for (let at = 0; at < line.length; ) at += writeSync(fd, line, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  function records(): {records: JournalRecord[]; torn: number} {
    const all: JournalRecord[] = [];
    let torn = 0;
    for (const one of [...older().toReversed().map(numbered), file]) {
      for (const line of textOf(one).split('\n')) {
        if (line === '') continue;
        const record = parsed(line);
        if (record) all.push(record);
        else torn += 1;
      }
    }
    return {records: all, torn};
  }

  function runs(): readonly RecordedRun[] {
    return foldRecords(records().records);
  }

  function find(run: string): RecordedRun | undefined {
    const all = runs();
    const matches = all.filter((one) => one.run.id.startsWith(run));
    return all.find((one) => one.run.id === run) ?? (matches.length === 1 ? matches[0] : undefined);
  }

  /** The numbers of the earlier files, youngest (1) first. */
  function older(): readonly number[] {
    const pattern = new RegExp(`^${name.replaceAll(/[^A-Za-z0-9_-]/g, '\\$&')}\\.(\\d{1,6})\\.jsonl$`);
    return entries(folder).flatMap((entry) => Number(pattern.exec(entry)?.[1] ?? []) || []).sort((a, b) => a - b);
  }

  function rotate(): void {
    if (sizeOf(file) < maxBytes) return;
    const numbers = older();
    for (const number of numbers.toReversed()) renameSync(numbered(number), numbered(number + 1));
    renameSync(file, numbered(1));
    syncFolder(folder);
    const open = new Set(runs().filter(({end}) => end === undefined).map(({run}) => run.id));
    for (const number of older().filter((one) => one > keep).toReversed()) {
      // A file with a run that was cut off, and every one after it, stays until that run has an end.
      if (textOf(numbered(number)).split('\n').some((line) => open.has(parsed(line)?.run ?? ''))) break;
      unlinkSync(numbered(number));
    }
  }
}

/** A context's name as a file name: one to one, and no path. */
const fileName = (context: string): string => encodeURIComponent(context).replaceAll('.', '%2E').replaceAll('*', '%2A').slice(0, 200);

function parsed(line: string): JournalRecord | undefined {
  try {
    const record = JSON.parse(line) as JournalRecord | null;
    return typeof record === 'object' && record !== null && typeof record.run === 'string' && typeof record.type === 'string' && typeof record.at === 'number' ? record : undefined;
  } catch {
    return undefined;
  }
}

const unlessAbsent = <T>(read: () => T, instead: T): T => {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return instead;
    throw error;
  }
};
const textOf = (file: string): string => unlessAbsent(() => readFileSync(file, 'utf8'), '');
const sizeOf = (file: string): number => unlessAbsent(() => statSync(file).size, 0);
const entries = (folder: string): readonly string[] => unlessAbsent(() => readdirSync(folder), []);

/** The entry of a new file is on disk, too. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
