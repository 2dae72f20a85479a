/** What the control plane of the sender knows of the receiver: type 2 and type 3, zebra and bgpd. It forwards nothing itself. */
import type {BgpSummary} from '../model/frr.ts';
import type {Hop} from '../model/trace.ts';
import type {Plugged} from './ends.ts';
import type {Ground} from './ground.ts';
import {hop, read, unread, type Place} from './hop.ts';

const told = new WeakMap<BgpSummary, string>();
/** Reflectors have hundreds of peers: said once for each reading. */
function heard(summary: BgpSummary): string {
  let text = told.get(summary);
  if (text === undefined) {
    const sessions = summary.peers.filter(({established}) => established);
    told.set(summary, (text = `bgpd: ${sessions.length} sessions established, ${sessions.reduce((sum, {prefixesReceived}) => sum + (prefixesReceived ?? 0), 0)} prefixes received`));
  }
  return text;
}

export function evpnHop(ground: Ground, a: Plugged, b: Plugged): Hop {
  const {view} = ground;
  const host = a.host as string;
  const {vni, mac} = b.nic;
  const place: Place = {kind: 'evpn', host, what: `VNI ${vni}`, row: {resource: 'macs', id: `${vni}/${mac}`}};
  const {read: asked, entry} = ground.evpn(host, vni, mac);
  if (!asked) return unread(view, place, host, ['frr.macs'], `what FRR on ${host} knows of ${mac} was not read`, false);
  const bgp = view.read(host, 'frr.bgp-vnis')?.vnis.find((one) => one.vni === vni);
  const summary = view.read(host, 'frr.summary');
  const evidence = [
    read(view, host, 'frr.macs', entry ? `zebra: ${mac} ${entry.kind}${entry.remoteVtep ? ` at ${entry.remoteVtep}` : ''}${entry.remoteSequence ? `, mobility ${entry.remoteSequence}` : ''}` : `zebra: no ${mac} in VNI ${vni}`),
    ...(view.read(host, 'frr.bgp-vnis') ? [read(view, host, 'frr.bgp-vnis', bgp ? `bgpd: VNI ${vni} imports ${bgp.importRts.join(' ') || 'nothing'}` : `bgpd: does not have VNI ${vni}`)] : []),
    ...(summary ? [read(view, host, 'frr.summary', heard(summary))] : []),
  ];
  const flag = entry?.duplicate ? '; flagged as a duplicate' : '';
  if (!entry) return hop(place, 'limits', `${host} has no type-2 route for ${mac}`, {evidence, decides: false});
  if (entry.kind === 'remote') {
    const owner = entry.remoteVtep === undefined ? undefined : view.fabric.hostByAddress.get(entry.remoteVtep);
    return hop(place, owner === b.host && !entry.duplicate ? 'ok' : 'limits', `type-2 route: ${mac} at ${entry.remoteVtep} (${owner ?? 'no host of ours'})${flag}`, {evidence, decides: false});
  }
  return hop(place, 'limits', `${host} takes ${mac} for its own, behind ${entry.device ?? 'a port of its bridge'}${flag}`, {evidence, decides: false});
}
