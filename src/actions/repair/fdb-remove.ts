/**
 * `fdb.remove`: a wrong entry of a VXLAN device's forwarding table. `bridge fdb del MAC dev DEVICE dst VTEP self`; where zebra has
 * the MAC at another VTEP, `bridge fdb replace … dst THAT self extern_learn`, for zebra does not look again (seen on FRR 8.4.4).
 */
import {isIP} from 'node:net';
import type {Action, ActionContext, ActionRun, Candidate, Done, Params, Target} from '../../model/action.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {EvpnMac} from '../../model/frr.ts';
import type {FdbEntry} from '../../model/network.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import {hostReached} from '../hosts.ts';
import {deviceName} from '../link.ts';
import {evidenceOf, hostParam, macShape, onHost, reading, readsOf, shown, withSbin} from './parts.ts';

const flood = '00:00:00:00:00:00';
const reads = (host: string | undefined) => readsOf(host, 'bridge.fdb', 'frr.macs');
const remote = (fabric: Fabric, host: string | undefined): readonly FdbEntry[] | undefined => reading(fabric, host, 'bridge.fdb')?.filter(({destination}) => destination !== undefined);
const entryOf = (fabric: Fabric, {host, device, mac, destination}: Params): FdbEntry | undefined => remote(fabric, host)?.find((one) => one.mac === mac && one.device === device && one.destination === destination);
const flags = (entry: FdbEntry): string => [entry.externLearn ? 'extern_learn' : '', entry.state].filter(Boolean).join(' ') || 'learned';

/** What zebra of the host says of the MAC in the network of that device. */
function zebraOf(fabric: Fabric, {host, device, mac}: Params): EvpnMac | undefined {
  const vni = reading(fabric, host, 'ip.links')?.find(({name}) => name === device)?.vxlan?.vni;
  return reading(fabric, host, 'frr.macs')?.find((one) => one.mac === mac && one.vni === vni);
}

const devices = (fabric: Fabric, {host}: Params): readonly Candidate[] => [...new Set((remote(fabric, host) ?? []).map(({device}) => device))].map((value) => ({value, label: value}));
const macs = (fabric: Fabric, {host, device}: Params): readonly Candidate[] =>
  [...new Set((remote(fabric, host) ?? []).filter((one) => device === undefined || one.device === device).map(({mac}) => mac))].map((value) => ({value, label: value, impossible: value === flood ? 'it is the flood list, which is zebra\'s: it puts back at once what is deleted' : undefined}));
const destinations = (fabric: Fabric, {host, device, mac}: Params): readonly Candidate[] =>
  (remote(fabric, host) ?? []).filter((one) => (device === undefined || one.device === device) && (mac === undefined || one.mac === mac)).map((one) => ({value: one.destination!, label: `${one.destination} (${flags(one)})`}));

function targets(fabric: Fabric, params: Params): readonly Target[] {
  const {host, device, mac, destination} = params;
  const entry = entryOf(fabric, params);
  const zebra = zebraOf(fabric, params);
  return [{
    what: `entry of ${mac} to ${destination} on ${device} of ${host}`, reads: reads(host),
    state: {
      entry: remote(fabric, host) === undefined ? undefined : entry ? flags(entry) : 'not there',
      zebra: reading(fabric, host, 'frr.macs') === undefined ? 'not read' : zebra ? `${zebra.kind} ${zebra.remoteVtep ?? zebra.device ?? ''}` : 'does not know it',
    },
  }];
}

/** Deleting what is not there can delete what is: the kernel looks at the MAC only (measured, Linux 6.1). So it is asked first. */
async function done(ctx: ActionContext, run: ActionRun): Promise<Done> {
  const problems = await ctx.reread(readsOf(run.params['host'], 'bridge.fdb'));
  if (problems.length > 0) return {done: undefined, says: problems.map(({detail}) => detail).join('; ')};
  return entryOf(ctx.fabric(), run.params) ? {done: false, says: 'the entry is there'} : {done: true, says: 'the entry is gone'};
}

export const fdbRemove: Action = {
  id: 'fdb.remove',
  title: 'Remove a forwarding entry',
  description: 'removes an entry of a VXLAN device that leads to the wrong VTEP, or leads it to where zebra has the MAC',
  params: [
    hostParam,
    {name: 'device', title: 'the VXLAN device', type: 'choice', required: true, candidates: devices, wrong: deviceName},
    {name: 'mac', title: 'the MAC', type: 'choice', required: true, candidates: macs, wrong: macShape},
    {name: 'destination', title: 'the VTEP that it leads to', type: 'ip', required: true, candidates: destinations, wrong: (value) => (isIP(value) ? undefined : `"${value}" is no address`)},
  ],
  destructive: false,
  async preflight(ctx, params) {
    const {host = '', mac = '', destination = ''} = params;
    await ctx.reread(reads(host));
    const fabric = ctx.fabric();
    const [entry, zebra] = [entryOf(fabric, params), zebraOf(fabric, params)];
    const evidence = [
      ...evidenceOf(fabric, host, 'bridge.fdb', `kernel of ${host}: ${mac} dst ${destination} ${entry ? flags(entry) : 'not there'}`),
      ...evidenceOf(fabric, host, 'frr.macs', `zebra of ${host}: ${zebra ? `${zebra.kind} ${zebra.remoteVtep ?? zebra.device ?? ''}` : `does not know ${mac}`}`),
    ];
    return [
      hostReached(fabric, host),
      entry ? passes('the entry is there', `${mac} leads to ${destination} (${flags(entry)})`, evidence) : fails('the entry is there', `there is no entry of ${mac} to ${destination}`, evidence),
      reading(fabric, host, 'frr.macs') === undefined ? unknown('it is wrong', `the MACs that zebra of ${host} has were not read: whether the entry is wrong cannot be told`, {evidence, mayOverride: true})
        : zebra?.kind === 'remote' && zebra.remoteVtep === destination ? fails('it is wrong', `zebra has ${mac} at ${destination} as well: zebra would put the entry back`, evidence)
        : passes('it is wrong', zebra ? `zebra has ${mac} ${zebra.kind === 'remote' ? `at ${zebra.remoteVtep}` : `local on ${zebra.device}`}` : `zebra does not know ${mac}: it was left behind`, evidence),
      ...(zebra ? [] : [warns('traffic goes on', `until somebody announces ${mac}, frames to it are flooded`)]),
    ];
  },
  plan: (ctx, params) => {
    const {host = '', device = '', mac = '', destination = ''} = params;
    const zebra = zebraOf(ctx.fabric(), params);
    const right = zebra?.kind === 'remote' ? zebra.remoteVtep : undefined;
    const remove = `bridge fdb del ${mac} dev ${device} dst ${destination} self`;
    const replace = `bridge fdb replace ${mac} dev ${device} dst ${right} self extern_learn`;
    return Promise.resolve({
      what: right === undefined ? `Remove the entry of ${mac} to ${destination} from ${device} on ${host}` : `Lead ${mac} on ${device} of ${host} to ${right}, as zebra says, and not to ${destination}`,
      // Where a MAC has several entries the kernel refuses to replace: then all go first.
      steps: [right === undefined
        ? onHost(host, 'remove', `delete ${mac} dst ${destination}`, withSbin(remove), {resume: 'ask'})
        : onHost(host, 'remove', `lead ${mac} to ${right}`, withSbin(`${replace} 2>/dev/null || { ${remove}; ${replace}; }`), {resume: 'ask'})],
      targets: targets(ctx.fabric(), params),
      notUndoable: ['The entry led astray: it is not put back.'],
    });
  },
  targets,
  done,
  verify: async (ctx, run) => {
    const {host = '', mac = ''} = run.params;
    return [await shown(ctx, 'the table is as zebra says', {
      reads: reads(host),
      holds: (fabric) => {
        if (remote(fabric, host) === undefined) return undefined;
        const wanted = zebraOf(fabric, run.params);
        const right = wanted?.kind !== 'remote' || remote(fabric, host)!.some((one) => one.mac === mac && one.device === run.params['device'] && one.destination === wanted.remoteVtep);
        return entryOf(fabric, run.params) === undefined && right;
      },
      says: (fabric) => {
        const left = (remote(fabric, host) ?? []).filter((one) => one.mac === mac && one.device === run.params['device']);
        return left.length === 0 ? `${mac} has no entry on ${run.params['device']} of ${host}` : `${mac} leads to ${left.map(({destination}) => destination).join(', ')}`;
      },
    })];
  },
  undo: () => Promise.resolve('the entry led astray: it is not put back'),
};
