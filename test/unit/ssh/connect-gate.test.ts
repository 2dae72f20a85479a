import {expect, it} from 'vitest';
import {ConnectGate} from '../../../src/services/ssh/connect-gate.ts';

const tick = () => new Promise(resolve => setImmediate(resolve));

it('admits so many at once, in order, and the next when one leaves', async () => {
  const gate = new ConnectGate(2, 2);
  const entered: number[] = [];
  const leave: (() => void)[] = [];
  for (const i of [0, 1, 2, 3]) void gate.enter('door').then(out => { entered.push(i); leave[i] = out; });
  await tick();
  expect(entered).toEqual([0, 1]);
  leave[0]?.();
  leave[0]?.(); // twice is once
  await tick();
  expect(entered).toEqual([0, 1, 2]);
  expect(gate.open).toBe(2);
});

it('a full door does not hold up the others', async () => {
  const gate = new ConnectGate(8, 1);
  const entered: string[] = [];
  for (const door of ['jump', 'jump', 'kvm1']) void gate.enter(door).then(() => entered.push(door));
  await tick();
  expect(entered).toEqual(['jump', 'kvm1']);
});

it('forgets who gave up', async () => {
  const gate = new ConnectGate(1, 1);
  const leave = await gate.enter('a');
  const giveUp = new AbortController();
  const waiting = gate.enter('a', giveUp.signal);
  giveUp.abort();
  await expect(waiting).rejects.toThrow('aborted');
  leave();
  expect(gate.open).toBe(0);
  await gate.enter('a');
  expect(gate.open).toBe(1);
});
