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

const field = (text: string, key: string): string | undefined => new RegExp(`<${key}>(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(text)?.[1];

/** OpenNebula names hosts by their public addresses, and numbers them in their order. */
export const hypervisorId = (lab: Lab, host: string): number => lab.plan().machines.filter(({role}) => role === 'hypervisor').findIndex(({name}) => name === host);

/** State of a VM as "STATE/LCM_STATE", and the lab's name of the host in its last history record. */
export async function placeByOne(lab: Lab, vm: number): Promise<{readonly state: string; readonly host: string | undefined}> {
  const xml = await callOne(lab, 'one.vm.info', vm);
  const address = field([...xml.matchAll(/<HISTORY>[\s\S]*?<\/HISTORY>/g)].at(-1)?.[0] ?? '', 'HOSTNAME');
  return {state: `${field(xml, 'STATE')}/${field(xml, 'LCM_STATE')}`, host: lab.plan().machines.find(({publicAddress}) => publicAddress === address)?.name};
}

/** Live migration; comes back when the VM runs at its new place. `host`: name of a hypervisor. */
export async function migrateByOne(lab: Lab, vm: number, host: string): Promise<void> {
  // Another move of it may not have ended yet.
  await until(`VM ${vm} can be moved`, () => callOne(lab, 'one.vm.migrate', vm, hypervisorId(lab, host), true, false, -1, 0).then(() => true, (error: Error) => {
    if (!error.message.includes('not available for state')) throw error;
    return false;
  }), limitMs);
  await until(`VM ${vm} runs on ${host}`, async () => {
    const now = await placeByOne(lab, vm);
    return now.state === '3/3' && now.host === host;
  }, limitMs);
}
