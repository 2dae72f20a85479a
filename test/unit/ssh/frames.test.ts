import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {Section} from '../../../src/services/session.ts';
import type {SectionAnswer} from '../../../src/services/ssh/frames.ts';
import {FrameReader, newNonce, readyScript, roundScript} from '../../../src/services/ssh/frames.ts';
import {sectionResult} from '../../../src/services/ssh/shell.ts';

const nonce = newNonce();
const begin = Buffer.from(`${nonce} 0 b\n`);
const answer = (i: number, out: Buffer, status: number, err = Buffer.alloc(0)) => Buffer.concat([out, Buffer.from(`${nonce} ${i} a ${status}\n`), err, Buffer.from(`${nonce} ${i} z\n`)]);

describe('reading frames', () => {
  it('gives every byte back, however the stream is cut and whatever it says', () => {
    const hostile = fc.oneof(fc.uint8Array({maxLength: 300}), fc.constantFrom(
      Buffer.from(`${newNonce()} 0 z\n`), Buffer.from(`${nonce.slice(0, 31)}x 0 z\n`), Buffer.from('\n0 a 0\n0 z\n'), Buffer.from(nonce.slice(0, 20)), Buffer.from(`${nonce}`)));
    fc.assert(fc.property(fc.array(fc.tuple(hostile, hostile), {minLength: 1, maxLength: 5}), fc.array(fc.integer({min: 1, max: 60}), {minLength: 1, maxLength: 50}), (datas, cuts) => {
      const wire = Buffer.concat([Buffer.from('noise\n'), begin, ...datas.map(([out, err], i) => answer(i, Buffer.from(out), i, Buffer.from(err)))]);
      const reader = new FrameReader(nonce, datas.map(() => 1000));
      for (let at = 0, c = 0; at < wire.length; c++) {
        const size = cuts[c % cuts.length] ?? 1;
        reader.push(wire.subarray(at, at + size));
        at += size;
      }
      expect(reader.done).toBe(true);
      expect(reader.answers.map(each => [each.stdout.toString('hex'), each.stderr.toString('hex'), each.status])).toEqual(
        datas.map(([out, err], i) => [Buffer.from(out).toString('hex'), Buffer.from(err).toString('hex'), i]));
    }));
  });

  it('tells stdout from stderr wherever head cut the "a" line', () => {
    for (let size = 0; size < 300; size++) {
      const limit = 100;
      const stream = Buffer.concat([Buffer.alloc(size, 120), Buffer.from(`${nonce} 0 a 5\n`)]).subarray(0, limit + 64);
      const reader = new FrameReader(nonce, [limit, 10]);
      reader.push(Buffer.concat([begin, stream, Buffer.from(`its words\n${nonce} 0 z\n`), answer(1, Buffer.from('next'), 0)]));
      expect(reader.answers[0]).toMatchObject({truncated: size > limit, stdout: Buffer.alloc(Math.min(size, limit), 120), stderr: Buffer.from('its words\n')});
      if (size <= limit) expect(reader.answers[0]?.status).toBe(5);
      expect(reader.answers[1]?.stdout.toString()).toBe('next');
    }
  });

  it('gives up on an other side that ignores head and tail', () => {
    const reader = new FrameReader(nonce, [10]);
    reader.push(begin);
    for (let i = 0; i < 18 && !reader.garbled; i++) reader.push(Buffer.alloc(65_536, 120));
    expect(reader.garbled).toBe(true);
    reader.push(answer(0, Buffer.from('x'), 0));
    expect(reader.answers).toEqual([]);
  });

  it.each([`${nonce} 1 z\n`, `${nonce} 0 q\n`, `${nonce} 0 a 0\n${nonce} 0 a 0\n`, `${nonce} 0 a x\n`, `${nonce} 0 a 0\n${nonce} ${'y'.repeat(500)}`])('calls a broken frame garbled: %#', text => {
    const reader = new FrameReader(nonce, [100]);
    reader.push(Buffer.concat([begin, Buffer.from(text)]));
    expect(reader.garbled).toBe(true);
    expect(reader.done).toBe(false);
  });
});

it('reports a deadline as 124 whatever the shell calls it, and a killed wrapper as a failure', () => {
  const section: Section = {id: 's', script: '', deadlineS: 2, maxBytes: 10};
  const said = {stdout: Buffer.from('x'), stderr: Buffer.alloc(0), truncated: false, status: 143};
  expect(sectionResult(section, said, 2001)).toMatchObject({ok: true, output: {exit: 124}});
  expect(sectionResult(section, said, 100)).toMatchObject({ok: true, output: {exit: 143}});
  expect(sectionResult(section, {...said, status: undefined}, 10)).toMatchObject({ok: false, problem: {kind: 'failed'}});
  expect(sectionResult(section, {...said, status: undefined, truncated: true}, 10)).toMatchObject({ok: true, output: {truncated: true, exit: 141}});
});

/** Runs sections in a real shell, as a connection does. */
async function inShell(command: readonly string[], sections: readonly Section[]): Promise<{answers: readonly SectionAnswer[]; nonce: string}> {
  const [program = 'sh', ...args] = command;
  const child = spawn(program, args);
  const round = newNonce();
  const reader = new FrameReader(round, sections.map(section => section.maxBytes));
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the shell ended')));
    child.stdout.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      if (reader.garbled) reject(new Error('garbled'));
      if (reader.done) resolve();
    });
    child.stdin.write(readyScript(newNonce()) + roundScript(round, sections));
  });
  const gone = new Promise(resolve => child.once('close', resolve));
  child.removeAllListeners('exit');
  child.stdin.end();
  await gone;
  return {answers: reader.answers, nonce: round};
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
    const {answers, nonce: round} = await inShell(command, [
      section('echo out; echo err >&2; exit 3'),
      section('printf "a\\000b\\377"'),
      section('cd /tmp; X=1; export X; trap "" EXIT; exec 1>&-; exit 7'),
      section('pwd; echo "[$X]"; cat; printf "it\'s"'),
      section('sleep 300 & echo left one behind'),
      section('sleep 300', 1),
      section('yes', 5, 1000),
      section('printf 1234567890', 5, 10),
      section('printf 12345678901', 5, 10),
      section('seq 1 100000 >&2'),
      section('env; set; ps -ef 2>/dev/null || ps', 5, 500_000),
    ]);
    const text = answers.map(each => each.stdout.toString('latin1'));
    expect(answers.map(each => each.status).slice(0, 6)).toEqual([3, 0, 7, 0, 0, expect.toSatisfy((status: number) => status === 124 || status === 143)]);
    expect(text.slice(0, 5)).toEqual(['out\n', 'a\0b\xff', '', "/\n[]\nit's", 'left one behind\n']);
    expect(answers[0]?.stderr.toString()).toBe('err\n');
    expect(text[6]).toBe('y\n'.repeat(500));
    expect(answers[6]?.truncated).toBe(true);
    expect(answers.slice(7, 9).map(each => each.truncated)).toEqual([false, true]);
    expect(answers[9]?.stderr.length).toBe(65_536);
    expect(answers[9]?.stderr.toString().endsWith('\n100000\n')).toBe(true);
    expect(text[10]).not.toContain(round); // or a listing of processes could forge a frame
    expect(Date.now() - begun).toBeLessThan(5000); // neither the child left behind nor the sleeper held anything up
  });
});
