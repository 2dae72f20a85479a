/**
 * A console on the lab that is killed (SIGKILL) at every boundary of a change, one process after the other, and what a
 * fresh one makes of it: nothing is done twice, nothing is lost. By the command line, with real FRR and real devices.
 */
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {down, up, type Lab} from '../../../lab/lab.ts';
import {vxlanOf} from '../../../lab/plan.ts';
import {whyNoLab} from '../../../lab/requirements.ts';
import type {JournalRecord} from '../../../src/journal/records.ts';
import {foldRecords} from '../../../src/journal/runs.ts';
import {until} from '../reach.ts';

const why = whyNoLab();
const name = 'fd';
const entry = new URL('../../../src/cli/entry.ts', import.meta.url).pathname;
const killing = new URL('killing.ts', import.meta.url).pathname;

/** In the order in which a run passes them; between `after intent` and `before result` the host is told. */
const boundaries = ['before begin', 'after begin', 'after intent', 'before result', 'after result', 'before verify', 'after verify', 'after end'] as const;
type Boundary = (typeof boundaries)[number];

describe.skipIf(why)(`a console killed on the lab${why ? ` (lab: not run: ${why})` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-killed-'));
  let lab: Lab;
  let host = '';
  const device = vxlanOf(2);

  beforeAll(async () => {
    await down(name);
    lab = await up({name, hosts: 2, vnis: [2], vms: 2});
    await lab.converge();
    host = lab.plan().machines.find(({role}) => role === 'hypervisor')!.name;
  }, 300_000);
  afterAll(async () => {
    rmSync(folder, {recursive: true, force: true});
    expect((await down(name)).left).toEqual([]);
  }, 120_000);

  const {execPath} = process;
  const program = (words: string, before = ''): string =>
    `exec env ${before} HOME='${folder}' XDG_CONFIG_HOME='${folder}' XDG_STATE_HOME='${folder}' XDG_CACHE_HOME='${folder}' '${execPath}' ${before === '' ? '' : `--import '${killing}'`} '${entry}' --inventory '${lab.files.inventory}' --ssh-config '${lab.files.sshConfig}' ${words}`;
  /** A console that lives: its exit status and what it said. */
  const fresh = async (words: string) => {
    const {code, stdout, stderr} = await lab.exec('ops', program(words));
    return {code, said: `${stdout}${stderr}`};
  };
  async function killed(at: Boundary, words: string): Promise<void> {
    // The shell tells of the signal by 128 + 9: sh stands in its place, so that its own end is not ours.
    const {code, stdout, stderr} = await lab.exec('ops', `(${program(words, `KILL_AT='${at}'`)}); echo "ended $?"`);
    expect(code).toBe(0);
    expect(`${stdout}${stderr}`, `${words}: ${at}`).toContain('ended 137');
  }
  const runs = () => {
    const file = join(folder, 'evpn-tui', 'journal'); // of one context: one file
    try {
      const [only] = readdirSync(file);
      return only === undefined ? [] : foldRecords(readFileSync(join(file, only), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as JournalRecord));
    } catch {
      return [];
    }
  };
  const isUp = async (): Promise<boolean> => /[<,]UP[,>]/.test((await lab.exec(host, `ip -o link show dev ${device}`)).stdout);
  const set = async (state: 'up' | 'down'): Promise<void> => {
    expect((await lab.exec(host, `ip link set dev ${device} ${state}`)).code).toBe(0);
  };
  const resets = async (neighbor: string): Promise<number> => {
    const {stdout} = await lab.exec(host, `vtysh -c 'show bgp neighbors ${neighbor} json'`);
    return (JSON.parse(stdout) as Record<string, {readonly connectionsEstablished: number}>)[neighbor]!.connectionsEstablished;
  };

  const ways: Readonly<Record<Boundary, 'again' | 'resume' | 'verify' | 'undo' | 'nothing'>> = {
    'before begin': 'again', 'after begin': 'resume', 'after intent': 'resume', 'before result': 'verify', 'after result': 'undo', 'before verify': 'resume', 'after verify': 'verify', 'after end': 'nothing',
  };
  it.each(boundaries)('%s of bringing a device up', async (at) => {
    await set('down');
    const known = new Set(runs().map(({run}) => run.id));
    const change = `act link.up host=${host} device=${device} --yes`;
    await killed(at, change);
    const [begun, ...more] = runs().filter(({run}) => !known.has(run.id));
    expect(more).toEqual([]);
    const told = !['before begin', 'after begin', 'after intent'].includes(at);
    expect(await isUp(), 'the host was told').toBe(told);
    expect(begun?.end?.status).toBe(at === 'after end' ? 'done' : undefined);
    switch (ways[at]) {
      case 'again': {
        // Nothing was begun: only the lock is in the way, until it is taken knowingly.
        expect(begun).toBeUndefined();
        expect(await fresh(change)).toMatchObject({code: 3, said: expect.stringMatching(/the lock of this fabric was left by .* which has ended/) as string});
        expect(await isUp()).toBe(false);
        expect(await fresh(`${change} --take-over`)).toMatchObject({code: 0});
        expect(await isUp()).toBe(true);
        return;
      }
      case 'resume':
      case 'verify':
        expect(await fresh(`journal ${ways[at]} ${begun!.run.id} --yes`)).toMatchObject({code: 0});
        expect(runs().find(({run}) => run.id === begun!.run.id)?.end?.status).toBe('done');
        expect(await isUp()).toBe(true);
        return;
      case 'undo':
        expect(await fresh(`journal undo ${begun!.run.id} --yes --take-over`)).toMatchObject({code: 0});
        expect(runs().find(({run}) => run.id === begun!.run.id)?.undoneBy).toBeDefined();
        expect(await isUp()).toBe(false);
        return;
      case 'nothing':
        expect(await fresh('journal list')).toMatchObject({said: expect.stringContaining('done') as string});
        // The console ended before it gave the lock back: the next one takes it knowingly.
        expect(await fresh(`journal verify ${begun!.run.id}`)).toMatchObject({code: 0});
    }
  });

  it.each(['after intent', 'before result'] as const)('%s of a reset, which must not be done twice', async (at) => {
    await set('up');
    await lab.converge();
    const neighbor = lab.plan().machines.find(({role}) => role === 'reflector')!.underlayAddress!;
    const before = await resets(neighbor);
    await killed(at, `act bgp.clear host=${host} neighbor=${neighbor} --yes --take-over`);
    if (at === 'before result') await until('the session is back', async () => await resets(neighbor) === before + 1);
    const begun = runs().findLast(({run}) => run.action === 'bgp.clear')!;
    expect(await fresh(`journal resume ${begun.run.id} --yes`)).toMatchObject({code: 0});
    expect(await resets(neighbor)).toBe(before + 1);
    expect(runs().find(({run}) => run.id === begun.run.id)?.steps.map(({state}) => state)).toEqual([at === 'before result' ? 'already' : 'ok']);
  });
});
