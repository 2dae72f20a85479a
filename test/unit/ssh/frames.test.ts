import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {Section} from '../../../src/services/session.ts';
import {FrameReader, newNonce, readyScript, roundScript} from '../../../src/services/ssh/frames.ts';
import {sectionResult} from '../../../src/services/ssh/shell.ts';

const nonce = newNonce();
const part = (i: number, data: Buffer, status: number) => Buffer.concat([data, Buffer.from(`${nonce} ${i} a ${status}\n${nonce} ${i} z\n`)]);

describe('reading frames', () => {
  it('gives every byte back, however the stream is cut and whatever it says', () => {
    const hostile = fc.oneof(fc.uint8Array({maxLength: 300}), fc.constantFrom(
      Buffer.from(`${newNonce()} 0 z\n`), Buffer.from(`${nonce.slice(0, 31)}x 0 z\n`), Buffer.from('\n0 a 0\n0 z\n'), Buffer.from(nonce.slice(0, 20)), Buffer.from(`${nonce}`)));
    fc.assert(fc.property(fc.array(hostile, {minLength: 1, maxLength: 5}), fc.array(fc.integer({min: 1, max: 60}), {minLength: 1, maxLength: 50}), (datas, cuts) => {
      const wire = Buffer.concat([Buffer.from(`noise\n${nonce} 0 b\n`), ...datas.map((data, i) => part(i, Buffer.from(data), i))]);
      const reader = new FrameReader(nonce, datas.map(() => 1000));
      for (let at = 0, c = 0; at < wire.length; c++) {
        const size = cuts[c % cuts.length] ?? 1;
        reader.push(wire.subarray(at, at + size));
        at += size;
      }
      expect(reader.done).toBe(true);
      expect(reader.parts.map(each => each.data.toString('hex'))).toEqual(datas.map(data => Buffer.from(data).toString('hex')));
      expect(reader.parts.map(each => each.status)).toEqual(datas.map((_, i) => i));
    }));
  });

  it('keeps what fits and counts the rest', () => {
    const reader = new FrameReader(nonce, [10]);
    for (let i = 0; i < 16; i++) reader.push(Buffer.alloc(1000, 120));
    reader.push(Buffer.from(`${nonce} 0 z\n`));
    expect(reader.parts).toEqual([{data: Buffer.from('xxxxxxxxxx'), total: 16_000, status: undefined}]);
  });

  it('gives up on an other side that ignores head', () => {
    const reader = new FrameReader(nonce, [10]);
    for (let i = 0; i < 17 && !reader.garbled; i++) reader.push(Buffer.alloc(65_536, 120));
    expect(reader.garbled).toBe(true);
    reader.push(part(0, Buffer.from('x'), 0));
    expect(reader.parts).toEqual([]);
  });

  it('takes what follows a section’s end for nobody’s', () => {
    const reader = new FrameReader(nonce, [100, 100]);
    reader.push(Buffer.from(`one${nonce} 0 a 0\nlate output of a child${nonce} 0 z\n`));
    reader.push(part(1, Buffer.from('two'), 0));
    expect(reader.parts.map(each => each.data.toString())).toEqual(['one', 'two']);
  });

  it.each([`${nonce} 1 z\n`, `${nonce} 0 q\n`, `${nonce} 0 a 0\n${nonce} 0 a 0\n`, `${nonce} 0 a x\n`, `${nonce} ${'y'.repeat(500)}`])('calls a broken frame garbled: %#', text => {
    const reader = new FrameReader(nonce, [100]);
    reader.push(Buffer.from(text));
    expect(reader.garbled).toBe(true);
    expect(reader.done).toBe(false);
  });
});

const part0 = {data: Buffer.from('x'), total: 1, status: undefined};
it('reports a deadline as 124 whatever the shell calls it, and a killed wrapper as a failure', () => {
  const section: Section = {id: 's', script: '', deadlineS: 2, maxBytes: 10};
  expect(sectionResult(section, {...part0, status: 143}, {...part0, status: 143}, 2001)).toMatchObject({ok: true, output: {exit: 124}});
  expect(sectionResult(section, {...part0, status: 143}, {...part0, status: 143}, 100)).toMatchObject({ok: true, output: {exit: 143}});
  expect(sectionResult(section, part0, part0, 10)).toMatchObject({ok: false, problem: {kind: 'failed'}});
  expect(sectionResult(section, {...part0, total: 11}, part0, 10)).toMatchObject({ok: true, output: {truncated: true, exit: 141}});
});

/** Runs sections in a real shell, as a connection does; `path` is its PATH. */
async function inShell(command: readonly string[], sections: readonly Section[], path?: string): Promise<{out: FrameReader; err: FrameReader; nonce: string}> {
  const [program = 'sh', ...args] = command;
  const child = spawn(program, args, {env: {PATH: path ?? process.env['PATH']}});
  const round = newNonce();
  const out = new FrameReader(round, sections.map(section => section.maxBytes));
  const err = new FrameReader(round, sections.map(() => 65_536));
  await new Promise<void>((resolve, reject) => {
    const check = () => {
      if (out.garbled || err.garbled) reject(new Error('garbled'));
      if (out.done && err.done) resolve();
    };
    child.once('exit', () => reject(new Error('the shell ended')));
    child.stdout.on('data', (chunk: Buffer) => { out.push(chunk); check(); });
    child.stderr.on('data', (chunk: Buffer) => { err.push(chunk); check(); });
    child.stdin.write(readyScript(newNonce()) + roundScript(round, sections));
  });
  const gone = new Promise(resolve => child.once('close', resolve));
  child.removeAllListeners('exit');
  child.stdin.end();
  await gone;
  return {out, err, nonce: round};
}

const shells: readonly (readonly [string, readonly string[], boolean])[] = [
  ['sh', ['sh'], existsSync('/bin/sh')],
  ['dash', ['dash'], existsSync('/usr/bin/dash') || existsSync('/bin/dash')],
  ['bash', ['bash', '--posix'], existsSync('/bin/bash') || existsSync('/usr/bin/bash')],
  ['busybox ash', ['busybox', 'sh'], existsSync('/usr/bin/busybox') || existsSync('/bin/busybox')],
];
describe.each(shells.filter(([, , there]) => there))('a round in %s', (_, command) => {
  const section = (script: string, deadlineS = 5, maxBytes = 1000): Section => ({id: 's', script, deadlineS, maxBytes});
  it('keeps sections, their streams and their statuses apart', async () => {
    const begun = Date.now();
    const {out, err, nonce: round} = await inShell(command, [
      section('echo out; echo err >&2; exit 3'),
      section('printf "a\\000b\\377"'),
      section('cd /tmp; X=1; export X; trap "" EXIT; exec 1>&-; exit 7'),
      section('pwd; echo "[$X]"; cat; printf "it\'s"'),
      section('sleep 300 & echo left one behind'),
      section('sleep 300', 1),
      section('yes', 5, 1000),
      section('printf 1234567890', 5, 10),
      section('printf 12345678901', 5, 10),
      section('yes >&2'),
      section('env; set; ps -ef 2>/dev/null || ps', 5, 500_000),
    ]);
    const text = out.parts.map(each => each.data.toString('latin1'));
    expect(out.parts.map(each => each.status).slice(0, 6)).toEqual([3, 0, 7, 0, 0, expect.toSatisfy((status: number) => status === 124 || status === 143)]);
    expect(text.slice(0, 5)).toEqual(['out\n', 'a\0b\xff', '', "/\n[]\nit's", 'left one behind\n']);
    expect(err.parts[0]?.data.toString()).toBe('err\n');
    expect(text[6]).toBe('y\n'.repeat(500));
    expect(out.parts[6]?.total).toBeGreaterThan(1000);
    expect(out.parts.slice(7, 9).map(each => each.total > 10)).toEqual([false, true]);
    expect(err.parts[9]?.data.length).toBe(65_536);
    expect(text[10]).not.toContain(round); // or a listing of processes could forge a frame
    expect(Date.now() - begun).toBeLessThan(5000); // neither the child left behind nor the sleeper held anything up
  });
});
