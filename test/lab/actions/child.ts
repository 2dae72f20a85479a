/** Runs one action and ends itself with SIGKILL at the boundary that it is told: what a crash leaves behind. */
import {writeSync} from 'node:fs';
import type {FabricTarget} from '../../../src/model/target.ts';
import {openTestGate} from './gate.ts';

export interface Order {
  readonly target: FabricTarget;
  readonly folder: string;
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
  readonly typed?: string;
  readonly killAt: number; // which boundary, from 0; beyond the last: none
}

process.once('message', (order: Order) => void run(order));
process.send?.('loaded');

async function run({target, folder, action, params, typed, killAt}: Order): Promise<void> {
  let passed = 0;
  const boundary = (name: string): void => {
    writeSync(1, `${name}\n`);
    if (passed++ === killAt) process.kill(process.pid, 'SIGKILL');
  };
  const {gate, opened} = await openTestGate(target, folder, {boundary});
  const result = await gate.run(await gate.prepare(action, params), {typed});
  writeSync(1, `result ${JSON.stringify(result)}\n`);
  await opened.close();
  process.exit(0);
}
