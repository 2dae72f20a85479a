/** The lab's OpenNebula, told what to do through its API. */
import {readFileSync} from 'node:fs';
import type {Lab} from '../../lab/lab.ts';
import {control} from '../../lab/opennebula/control.ts';
import {decodeResponse, encodeCall} from '../../src/services/opennebula/envelope.ts';
import type {OneArgument} from '../../src/services/opennebula/envelope.ts';
import {until} from './reach.ts';

/** A move on a busy machine. */
const limitMs = 60_000;

/** Throws with OpenNebula's words. */
export async function callOne(lab: Lab, method: string, ...args: OneArgument[]): Promise<string> {
  const secret = readFileSync(lab.cloud()!.oneAuth, 'utf8').trim();
  const result = await decodeResponse(Buffer.from(await control(lab.name, {do: 'call', body: encodeCall(method, [secret, ...args])})));
  if (!result.ok) throw new Error(result.problem.detail);
  return String(result.value);
}

/** Live migration; comes back when the VM runs at its new place. `host`: name of a hypervisor. */
export async function migrateByOne(lab: Lab, vm: number, host: string): Promise<void> {
  const hypervisors = lab.plan().machines.filter(({role}) => role === 'hypervisor');
  const id = hypervisors.findIndex(({name}) => name === host);
  const address = hypervisors[id]?.publicAddress;
  const field = (text: string, key: string): string | undefined => new RegExp(`<${key}>(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(text)?.[1];
  /** Address of the host that it runs on, while it runs and does not move. */
  const at = async (): Promise<string | undefined> => {
    const xml = await callOne(lab, 'one.vm.info', vm);
    return field(xml, 'STATE') === '3' && field(xml, 'LCM_STATE') === '3' ? field([...xml.matchAll(/<HISTORY>[\s\S]*?<\/HISTORY>/g)].at(-1)?.[0] ?? '', 'HOSTNAME') : undefined;
  };
  // Another move of it may not have ended yet.
  await until(`VM ${vm} can be moved`, () => callOne(lab, 'one.vm.migrate', vm, id, true, false, -1, 0).then(() => true, (error: Error) => {
    if (!error.message.includes('not available for state')) throw error;
    return false;
  }), limitMs);
  await until(`VM ${vm} runs on ${host}`, async () => (await at()) === address, limitMs);
}
