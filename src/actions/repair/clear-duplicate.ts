/** `evpn.clear-duplicate`: forget that a MAC was found to be a duplicate. FRR: `clear evpn dup-addr vni N mac M`. */
import type {Action, Candidate, Params, Target} from '../../model/action.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {EvpnMac} from '../../model/frr.ts';
import {fails, passes, unknown, warns} from '../action.ts';
import {frrChange} from '../frr-change.ts';
import {hostReached} from '../hosts.ts';
import {evidenceOf, hostParam, macShape, onHost, reading, readsOf, shown, vniShape} from './parts.ts';

const macsOf = (fabric: Fabric, host: string | undefined): readonly EvpnMac[] | undefined => reading(fabric, host, 'frr.macs');
const entryOf = (fabric: Fabric, {host, vni, mac}: Params): EvpnMac | undefined => macsOf(fabric, host)?.find((one) => one.mac === mac && String(one.vni) === vni);
const flagged = (fabric: Fabric, {host}: Params): readonly EvpnMac[] => (macsOf(fabric, host) ?? []).filter(({duplicate}) => duplicate);

const vnis = (fabric: Fabric, params: Params): readonly Candidate[] => [...new Set(flagged(fabric, params).map(({vni}) => String(vni)))].map((value) => ({value, label: `VNI ${value}`}));
const macs = (fabric: Fabric, params: Params): readonly Candidate[] => flagged(fabric, params).filter(({vni}) => params['vni'] === undefined || String(vni) === params['vni']).map(({mac, detectionCount}) => ({value: mac, label: `${mac} (${detectionCount ?? '?'} moves counted)`}));

const seat = (entry: EvpnMac | undefined): string => (entry === undefined ? 'not there' : entry.kind === 'remote' ? `remote at ${entry.remoteVtep ?? '?'}` : `local on ${entry.device ?? '?'}`);

function targets(fabric: Fabric, params: Params): readonly Target[] {
  const {host, vni, mac} = params;
  const read = macsOf(fabric, host) !== undefined;
  return [{what: `${mac} in VNI ${vni} on ${host}`, reads: readsOf(host, 'frr.macs'), state: {duplicate: read ? String(entryOf(fabric, params)?.duplicate ?? false) : undefined, seat: read ? seat(entryOf(fabric, params)) : undefined}}];
}

export const clearDuplicate: Action = {
  id: 'evpn.clear-duplicate',
  title: 'Clear a duplicate-address flag',
  description: 'has zebra of a host forget that a MAC was found to be a duplicate: it is announced again, and its moves are counted anew',
  params: [
    hostParam,
    {name: 'vni', title: 'the VNI', type: 'choice', required: true, candidates: vnis, open: true, wrong: vniShape},
    {name: 'mac', title: 'the MAC', type: 'choice', required: true, candidates: macs, open: true, wrong: macShape},
  ],
  destructive: false,
  async preflight(ctx, params) {
    const {host = '', vni = '', mac = ''} = params;
    await ctx.reread(readsOf(host, 'frr.macs'));
    const fabric = ctx.fabric();
    const entry = entryOf(fabric, params);
    const evidence = evidenceOf(fabric, host, 'frr.macs', `zebra of ${host}: ${mac} ${seat(entry)}${entry?.duplicate ? ', duplicate' : ''}, ${entry?.detectionCount ?? '?'} moves counted`);
    const localAt = fabric.macs.find((one) => one.mac === mac && String(one.vni) === vni)?.localAt ?? [];
    return [
      hostReached(fabric, host),
      macsOf(fabric, host) === undefined ? unknown('it is flagged', `the MACs of ${host} were not read`, {mayOverride: true})
        : entry === undefined ? fails('it is flagged', `zebra of ${host} does not know ${mac} in VNI ${vni}`, evidence)
        : entry.duplicate ? passes('it is flagged', `zebra of ${host} has ${mac} as a duplicate`, evidence) : fails('it is flagged', `zebra of ${host} does not have ${mac} as a duplicate`, evidence),
      localAt.length > 1 ? warns('one machine has this MAC', `${mac} is local on ${localAt.join(' and ')}: as long as two machines have it, it will be flagged again`, evidence)
        : passes('one machine has this MAC', localAt.length === 1 ? `${mac} is local on ${localAt[0]} only` : `${mac} is local on no host that was read`),
    ];
  },
  plan: (ctx, params) => {
    const {host = '', vni = '', mac = ''} = params;
    const script = frrChange('clear-duplicate', {vni: Number(vni), mac});
    if (typeof script !== 'string') return Promise.resolve(script);
    return Promise.resolve({
      what: `Clear the duplicate flag of ${mac} in VNI ${vni} on ${host}`,
      steps: [onHost(host, 'clear', `clear ${mac} in VNI ${vni}`, script)],
      targets: targets(ctx.fabric(), params),
      notUndoable: ['The flag and the count of moves are gone; zebra sets them again by itself when the MAC goes on moving.'],
    });
  },
  targets,
  verify: async (ctx, run) => {
    const {host = '', mac = ''} = run.params;
    return [await shown(ctx, `${mac} is not flagged`, {
      reads: readsOf(host, 'frr.macs'),
      holds: (fabric) => (macsOf(fabric, host) === undefined ? undefined : entryOf(fabric, run.params)?.duplicate !== true),
      says: (fabric, held) => `zebra of ${host} ${held ? 'has it no longer as a duplicate' : 'has it as a duplicate still, or again'}: ${seat(entryOf(fabric, run.params))}`,
    })];
  },
  undo: () => Promise.resolve('zebra flags a MAC by itself when it moves too often: that cannot be asked for'),
};
