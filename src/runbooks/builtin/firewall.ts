/**
 * What the fabric needs through a host's own filter, in one chain: udp for WireGuard from the others' public addresses,
 * ssh and QEMU's migration ports between hypervisors. The chain goes first in INPUT, so oneprovision's REJECT at the end
 * stays and the rest of it keeps its meaning. At run time and in rules.v4, else it would be gone at the next boot.
 */
import {word} from '../engine/shell.ts';
import {forgetKept, keepFolder, place, putBack} from '../engine/scripts.ts';
import type {StepFunction, Work} from '../model.ts';
import {membersOf, type Member} from './members.ts';
import {hereDocument, isIpv4, numberOf, textOf} from './words.ts';

const chain = 'EVPN-TUI';
const migrationPorts = '49152:49215';
const rulesFile = '/etc/iptables/rules.v4';

/** The rules of the chain as `iptables -S` writes them. Pure; throws when a member is not reached at an IPv4 address. */
export function rulesOf(self: Member, members: readonly Member[], port: number): readonly string[] {
  return members.filter((one) => one !== self).flatMap((peer) => {
    if (!isIpv4(peer.endpoint)) throw new Error(`the filter needs an address for ${peer.host}, not "${peer.endpoint}": give endpoints=${peer.host}=ADDRESS`);
    const from = `-A ${chain} -s ${peer.endpoint}/32`;
    return [
      `${from} -p udp -m udp --dport ${port} -j ACCEPT`,
      ...(self.vtep && peer.vtep ? [`${from} -p tcp -m tcp --dport 22 -j ACCEPT`, `${from} -p tcp -m tcp --dport ${migrationPorts} -j ACCEPT`] : []),
    ];
  });
}

const lines = (rules: readonly string[]): string => rules.join('\n');

const looks = (rules: readonly string[], remove: string): string => `command -v iptables >/dev/null || { echo 'there is no iptables' >&2; exit 75; }
if ! iptables -w -S INPUT | grep -qE '^-P INPUT (DROP|REJECT)|-j (REJECT|DROP)'; then
  if nft list ruleset 2>/dev/null | grep -qE 'hook input .*policy drop|^[[:space:]]*(reject|drop)'; then echo 'nftables filters here beside iptables: allow the ports by hand' >&2; exit 75; fi
  iptables -w -S ${chain} >/dev/null 2>&1 || exit 0 # nothing is rejected here
fi
[ "$(iptables -w -S ${chain} 2>/dev/null | grep '^-A')" = ${word(lines(rules))} ] || exit 1
[ "$(iptables -w -S INPUT | grep '^-A' | head -n 1)" = '-A INPUT -j ${chain}' ] || exit 1
if [ -e ${rulesFile} ]; then
  [ "$(grep '^-A ${chain} ' ${rulesFile})" = ${word(lines(rules))} ] || exit 1
  grep -qxF -- '-A INPUT -j ${chain}' ${rulesFile} || exit 1
fi
${remove === '' ? '' : `! iptables -w -C INPUT ${remove} 2>/dev/null || exit 1
[ ! -e ${rulesFile} ] || ! grep -qxF -- '-A INPUT ${remove}' ${rulesFile} || exit 1
`}`;

/** Takes the chain out of the rules on stdin and puts it in anew; `$rules` holds its rules. */
const fileFilter = (remove: string): string =>
  `grep -vE '^(-A ${chain} |-A INPUT -j ${chain}$|:${chain} )' | ${remove === '' ? '' : `grep -vxF -- '-A INPUT ${remove}' | `}awk -v rules="$rules" '
/^\\*/ {table = $0; placed = 0}
table == "*filter" && !placed && !/^[*:#]/ {placed = 1; print ":${chain} - [0:0]"; print "-A INPUT -j ${chain}"; if (rules != "") print rules}
{print}'`;

export const firewallFabric: StepFunction = {
  name: 'firewall.fabric',
  description: 'what WireGuard and live migration need, through the filter of each host, at run time and in rules.v4',
  with: {
    network: {description: 'network of the underlay'}, device: {description: 'device of the underlay'}, port: {description: 'UDP port of WireGuard, 51820'},
    addresses: {description: 'list of HOST=ADDRESS'}, endpoints: {description: 'list of HOST=ADDRESS where the others reach it'}, without: {description: 'hosts that are left out'},
    remove: {description: 'a rule of INPUT to be taken away, as iptables -S writes it after "-A INPUT "'},
  },
  work: (ctx, call) => {
    const members = membersOf(ctx.fabric(), call.with);
    const remove = textOf(call.with, 'remove');
    if (!/^[A-Za-z0-9 ./:_-]*$/.test(remove)) throw new Error('remove: a rule as iptables -S writes it');
    return Promise.resolve(members.filter(({host}) => call.hosts.includes(host)).map((self): Work => {
      const rules = rulesOf(self, members, numberOf(call.with, 'port', 51_820));
      const kept = keepFolder(call.session, call.step.id);
      return {
        id: self.host, host: self.host, title: `filter of ${self.host}`,
        check: looks(rules, remove),
        apply: `set -e
umask 077
${place}kept=${kept}; mkdir -p $kept
if [ ! -e $kept/complete ]; then
  iptables-save -t filter >$kept/filter
  [ ! -e ${rulesFile} ] || cp -p ${rulesFile} $kept/rules.v4
  : >$kept/complete
fi
iptables-restore -w --noflush ${hereDocument(`*filter\n:${chain} - [0:0]\n${lines(rules)}\nCOMMIT\n`)}
while iptables -w -C INPUT -j ${chain} 2>/dev/null; do iptables -w -D INPUT -j ${chain}; done
iptables -w -I INPUT 1 -j ${chain}
${remove === '' ? '' : `! iptables -w -C INPUT ${remove} 2>/dev/null || : >$kept/removed
while iptables -w -C INPUT ${remove} 2>/dev/null; do iptables -w -D INPUT ${remove}; done\n`}if [ -e ${rulesFile} ]; then
  rules=${word(lines(rules))}
  new=$(mktemp ${rulesFile}.XXXXXX)
  cat ${rulesFile} | ${fileFilter(remove)} >$new
  iptables-restore --test <$new
  chown --reference=${rulesFile} $new; chmod --reference=${rulesFile} $new; place $new ${rulesFile}
fi
`,
        verify: looks(rules, remove),
        // The chain may be that of a fabric that stood before: then it has its former rules again, at once, and its place. Of
        // the rest only what was taken away comes back: others have put rules there since, OpenNebula for each NIC of a VM.
        undo: `${putBack}kept=${kept}
[ -e $kept/complete ] || exit 0 # nothing was changed, or it is taken back
placeOf() { grep '^-A INPUT ' $kept/filter | grep -nxF -- "-A INPUT $1" | cut -d: -f1; }
again() { at=$1 most=$(($(iptables -w -S INPUT | grep -c '^-A') + 1)); shift; [ $at -lt $most ] || at=$most; iptables -w -I INPUT $at "$@" || exit 1; }
jump=$(placeOf '-j ${chain}' | head -n 1)
if [ -n "$jump" ]; then
  { echo '*filter'; echo ':${chain} - [0:0]'; grep '^-A ${chain} ' $kept/filter; echo COMMIT; } | iptables-restore -w --noflush || exit 1
else
  while iptables -w -C INPUT -j ${chain} 2>/dev/null; do iptables -w -D INPUT -j ${chain}; done
  iptables -w -F ${chain} 2>/dev/null && iptables -w -X ${chain}
fi
${remove === '' ? '' : `if [ -e $kept/removed ] && ! iptables -w -C INPUT ${remove} 2>/dev/null; then
  if [ -z "$(placeOf '${remove}')" ]; then iptables -w -A INPUT ${remove}; fi # it was written in another way
  for was in $(placeOf '${remove}'); do [ $was -gt \${jump:-0} ] || was=$((was + 1)); again $was ${remove}; done
fi
`}if [ "\${jump:-1}" -gt 1 ]; then again $((jump + 1)) -j ${chain}; iptables -w -D INPUT -j ${chain}; fi
putBack ${rulesFile} || exit 1
${forgetKept}`,
        changes: `first in INPUT, and in ${rulesFile}:\n${lines(rules)}${remove === '' ? '' : `\nand it takes away: -A INPUT ${remove}`}`,
        commitConfirmedS: 60,
      };
    }));
  },
};
