import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {lockHolder, takeLock} from '../../../src/actions/lock.ts';
import type {Who} from '../../../src/journal/records.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'evpn-tui-lock-'))));
afterEach(() => rmSync(folder, {recursive: true, force: true}));

const who = (pid: number, user = 'ann'): Who => ({user, uid: 1, host: 'here', pid, tty: undefined, by: 'console'});
const no = {takeOver: false, ownRun: undefined};
const fabric = ['host a:22', 'OpenNebula x'];
/** The number of a process that has ended. */
const deadPid = (): number => spawnSync('true').pid;

describe('the lock of a fabric', () => {
  it('lets one in at a time, says who it is, and is free when given back', () => {
    const first = takeLock({folder, fabric}, who(process.pid), 'r1', 'prod', no);
    expect(first.ok).toBe(true);
    const second = takeLock({folder, fabric: ['OpenNebula x']}, who(process.ppid, 'bob'), 'r2', 'prod', {takeOver: true, ownRun: undefined});
    expect(second).toMatchObject({ok: false, state: 'alive', holder: {user: 'ann', run: 'r1'}});
    expect(takeLock({folder, fabric: ['OpenNebula y']}, who(process.ppid), 'r3', 'prod', no).ok).toBe(true);
    if (first.ok) first.release();
    expect(lockHolder({folder, fabric})).toBeUndefined();
    expect(takeLock({folder, fabric}, who(process.pid), 'r4', 'prod', no).ok).toBe(true);
  });

  it('is taken from a dead holder only knowingly, or for the run that it was held for', () => {
    expect(takeLock({folder, fabric}, who(deadPid()), 'r1', 'prod', no).ok).toBe(true);
    expect(takeLock({folder, fabric}, who(process.pid), 'r2', 'prod', no)).toMatchObject({ok: false, state: 'dead'});
    expect(takeLock({folder, fabric}, who(process.pid), 'r2', 'prod', {takeOver: false, ownRun: 'r9'})).toMatchObject({ok: false});
    const own = takeLock({folder, fabric}, who(process.pid), 'r1', 'prod', {takeOver: false, ownRun: 'r1'});
    expect(own).toMatchObject({ok: true, from: {run: 'r1'}});
    if (own.ok) own.release();
    expect(takeLock({folder, fabric}, who(deadPid()), 'r5', 'prod', no).ok).toBe(true);
    expect(takeLock({folder, fabric}, who(process.pid), 'r6', 'prod', {takeOver: true, ownRun: undefined})).toMatchObject({ok: true, from: {run: 'r5'}});
    expect(readdirSync(folder)).toHaveLength(2); // one file for each part, no drafts left
  });
});
