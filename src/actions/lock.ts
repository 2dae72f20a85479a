/**
 * One console at a time may change a fabric: a lock among all consoles of this machine, of whatever user. Each holding
 * is a file of its own, numbered upwards (KEY.1, KEY.2 …): the highest number says who holds it, or that it is free.
 * Whoever wants it makes the next number, which only one can; so a lock of a dead holder is never taken twice.
 * It does not know of consoles on other machines: docs/ACTIONS.md.
 */
import {execFileSync} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {chmodSync, closeSync, constants, existsSync, fstatSync, linkSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Who} from '../journal/records.ts';
import {sanitizeLine} from '../text/sanitize.ts';

export interface Holder extends Pick<Who, 'user' | 'host' | 'pid' | 'tty' | 'by'> {
  readonly boot: string; // which boot of the machine: a pid means nothing in another one
  readonly started: string; // of the process, as the kernel counts it: pids are used again
  readonly since: number;
  readonly run: string; // which run it holds it for
  readonly context: string;
}
export type Taken =
  | {readonly ok: true; readonly from: Holder | undefined; release(): void} // from: a dead holder that it was taken over from
  | {readonly ok: false; readonly holder: Holder | undefined; readonly state: 'alive' | 'dead' | 'elsewhere'; readonly says: string};

export interface LockOptions {
  readonly folder: string; // the same for every user of this machine
  /** What is locked, all of it: the same texts for the same fabric, however it was named (its reflectors, its oned). */
  readonly fabric: readonly string[];
}

/**
 * In a fixed order, so that two consoles cannot wait for each other; what was taken is given back when one is held.
 * `takeOver`: knowingly from a dead holder; `ownRun`: from a dead holder that held it for this run.
 */
export function takeLock({folder, fabric}: LockOptions, who: Who, run: string, context: string, more: {readonly takeOver: boolean; readonly ownRun: string | undefined}): Taken {
  prepare(folder);
  const taken: Extract<Taken, {ok: true}>[] = [];
  const giveBack = (): void => {
    for (const one of taken.toReversed()) one.release();
  };
  for (const key of [...new Set(fabric)].sort().map(keyOf)) {
    const one = takeOne(folder, key, who, run, context, more);
    if (!one.ok) {
      giveBack();
      return one;
    }
    taken.push(one);
  }
  return {ok: true, from: taken.find(({from}) => from !== undefined)?.from, release: giveBack};
}

function prepare(folder: string): void {
  // Others may make files in it, and remove only their own. Only what was made here is opened to others.
  if (mkdirSync(folder, {recursive: true}) !== undefined) chmodSync(folder, 0o1777);
  if (!lstatSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
}

function takeOne(folder: string, key: string, who: Who, run: string, context: string, more: {readonly takeOver: boolean; readonly ownRun: string | undefined}): Taken {
  const {user, host, pid, tty, by} = who;
  const mine: Holder = {user, host, pid, tty, by, boot: bootId(), started: startOf(pid) ?? '', since: Date.now(), run, context};
  for (let attempt = 0; attempt < 20; attempt++) {
    const highest = highestOf(folder, key);
    const holder = highest === 0 ? 'free' : holderIn(join(folder, `${key}.${highest}`));
    if (holder !== 'free') {
      const state = holder ? stateOf(holder) : 'elsewhere';
      const may = state === 'dead' ? more.takeOver || (more.ownRun !== undefined && holder?.run === more.ownRun) : state === 'elsewhere' && more.takeOver;
      if (!may) return {ok: false, holder, state, says: refusal(holder, state)};
    }
    const number = highest + 1;
    if (!make(folder, `${key}.${number}`, mine)) continue;
    // Somebody may have gone further, and have removed what was below, between the look and the making.
    if (highestOf(folder, key) !== number) {
      remove(join(folder, `${key}.${number}`));
      continue;
    }
    tidy(folder, key, number);
    return {ok: true, from: holder === 'free' ? undefined : holder, release: () => release(folder, key, number)};
  }
  return {ok: false, holder: undefined, state: 'alive', says: 'the lock of this fabric changes hands too fast; try again'};
}

/** Who holds it now, or a part of it; undefined: nobody. */
export function lockHolder({folder, fabric}: LockOptions): {readonly holder: Holder | undefined; readonly state: 'alive' | 'dead' | 'elsewhere'} | undefined {
  for (const key of fabric.map(keyOf)) {
    const highest = existsSync(folder) ? highestOf(folder, key) : 0;
    const holder = highest === 0 ? 'free' : holderIn(join(folder, `${key}.${highest}`));
    if (holder !== 'free') return {holder, state: holder ? stateOf(holder) : 'elsewhere'};
  }
  return undefined;
}

const keyOf = (fabric: string): string => createHash('sha256').update(fabric).digest('hex').slice(0, 20);

function release(folder: string, key: string, number: number): void {
  if (make(folder, `${key}.${number + 1}`, 'free')) tidy(folder, key, number + 1);
}

/** All at once or not at all, with its content: false when the name is taken. */
function make(folder: string, name: string, holder: Holder | 'free'): boolean {
  const draft = join(folder, `.${name}.${process.pid}.${randomBytes(4).toString('hex')}`);
  writeFileSync(draft, JSON.stringify(holder), {flag: 'wx', mode: 0o644});
  try {
    chmodSync(draft, 0o644);
    linkSync(draft, join(folder, name));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function highestOf(folder: string, key: string): number {
  const numbers = readdirSync(folder).map((name) => (name.startsWith(`${key}.`) && /^\d{1,9}$/.test(name.slice(key.length + 1)) ? Number(name.slice(key.length + 1)) : 0));
  return Math.max(0, ...numbers);
}

/** Undefined: something stands there that is none of ours; then it counts as held. */
function holderIn(file: string): Holder | 'free' | undefined {
  try {
    const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return undefined;
      const buffer = Buffer.alloc(4096);
      const value = JSON.parse(buffer.toString('utf8', 0, readSync(fd, buffer, 0, 4096, 0))) as Holder | 'free' | null;
      if (value === 'free') return value;
      if (typeof value !== 'object' || value === null || typeof value.pid !== 'number') return undefined;
      const text = (one: unknown): string => sanitizeLine(String(one), 100);
      return {...value, user: text(value.user), host: text(value.host), run: text(value.run), context: text(value.context), tty: value.tty === undefined ? undefined : text(value.tty), since: Number(value.since)};
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    // Gone between the look and the opening: the next look tells.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'free' : undefined;
  }
}

function stateOf(holder: Holder): 'alive' | 'dead' | 'elsewhere' {
  const boot = bootId();
  if (holder.boot !== boot) return holder.boot === '' || boot === '' ? 'elsewhere' : 'dead';
  const started = startOf(holder.pid);
  return started === undefined || (holder.started !== '' && started !== holder.started) ? 'dead' : 'alive';
}

function refusal(holder: Holder | undefined, state: 'alive' | 'dead' | 'elsewhere'): string {
  if (!holder) return 'the lock of this fabric cannot be read; look at it, or take it over knowingly';
  const whom = `${holder.user}@${holder.host}${holder.tty === undefined ? '' : ` on ${holder.tty}`} (process ${holder.pid}, run ${holder.run}, since ${new Date(holder.since).toISOString().slice(0, 19).replace('T', ' ')} UTC)`;
  if (state === 'alive') return `this fabric is being changed by ${whom}: one at a time`;
  if (state === 'dead') return `the lock of this fabric was left by ${whom}, which has ended: see what its run did, then take it over knowingly`;
  return `this fabric is being changed by ${whom}; whether that still runs cannot be told from here`;
}

/** Which boot this is; empty where the system does not say. Other boots' holders are dead: the folder is this machine's. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return process.platform;
  }
}

/** When a process began, in the kernel's own count; undefined: there is none. */
function startOf(pid: number): string | undefined {
  try {
    // The name may hold blanks and brackets: what follows the last bracket is regular. Field 22 is the start.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(Math.trunc(pid))], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).trim() || undefined;
  } catch {
    return undefined;
  }
}

function tidy(folder: string, key: string, below: number): void {
  for (const name of readdirSync(folder)) {
    const number = name.startsWith(`${key}.`) ? Number(name.slice(key.length + 1)) : NaN;
    if (number < below) remove(join(folder, name));
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // gone, or another user's: the highest number counts, whatever is below it
  }
}
