/** `bgp.remove`: takes BGP away from a host that leaves the fabric: what runs, and the block of its file. The rest stays. */
import {forgetKept, keepFolder, place, putBack} from '../engine/scripts.ts';
import type {StepFunction, Work} from '../model.ts';
import {blockIn} from './bgp-render.ts';
import {frrStateOf, hasLost} from './bgp-state.ts';
import {hereDocument} from './words.ts';

const looks = `if HOME=/dev/null timeout 5 vtysh -H /dev/null -d bgpd -c 'show version' >/dev/null 2>&1; then
  ! HOME=/dev/null timeout 10 vtysh -H /dev/null -c 'show running-config' | grep -q '^router bgp [0-9.]* *$' || exit 1
fi
for file in /etc/frr/frr.conf /etc/frr/bgpd.conf; do [ ! -e $file ] || ! grep -q '^router bgp [0-9.]* *$' $file || exit 1; done
`;

export const bgpRemove: StepFunction = {
  name: 'bgp.remove',
  description: 'takes "router bgp" of each host away, from what runs and from its file',
  with: {},
  work: (ctx, call) => Promise.all(call.hosts.map(async (host): Promise<Work> => {
    const state = await frrStateOf(ctx, host);
    const running = blockIn(state.running ?? '');
    const kept = keepFolder(call.session, call.step.id);
    const send = (text: string): string => `HOME=/dev/null timeout 30 vtysh -H /dev/null -f /dev/stdin ${hereDocument(text)}`;
    const hidden = running.some(hasLost);
    return {
      id: host, host, title: `take BGP of ${host} away`, check: looks, verify: looks,
      apply: `set -e
umask 027
${place}kept=${kept}
if [ ! -e $kept/complete ]; then
  mkdir -p -m 700 $kept
  for file in frr.conf bgpd.conf; do [ ! -e /etc/frr/$file ] || cp -p /etc/frr/$file $kept/; done
  : >$kept/complete
fi
for file in frr.conf bgpd.conf; do
  [ -e /etc/frr/$file ] || continue
  new=$(mktemp /etc/frr/.evpn-tui.XXXXXX)
  awk '/^router bgp [0-9.]+ *$/ {f = 1; next} f && /^[^ !]/ {f = 0; if ($0 == "exit") next} !f' /etc/frr/$file >$new
  chown --reference=/etc/frr/$file $new; chmod --reference=/etc/frr/$file $new; place $new /etc/frr/$file
done
${running.length > 0 ? send(`no ${running[0]!}\n`) : ''}`,
      undo: `${putBack}kept=${kept}
putBack /etc/frr/frr.conf /etc/frr/bgpd.conf
${running.length > 0 ? send(`${running.filter((line) => !hasLost(line)).join('\n')}\n`) : ''}[ -z "$left" ] || exit 1
${forgetKept}`,
      diffs: [{host, path: 'running configuration, /etc/frr', diff: `--- running configuration\n+++ wanted\n${running.map((line) => `-${line}\n`).join('')}`}],
      ...(hidden && {notUndoable: `${host}: passwords of neighbours are not brought back`}),
    };
  })),
};
