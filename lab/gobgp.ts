import {asNumber, asOf, bridgeOf, vxlanOf} from './plan.ts';
import type {Machine, Plan} from './plan.ts';

/** /etc/gobgpd.toml lies with FRR's files, a folder that the machine has of its own. */
const configFile = '/etc/frr/gobgpd.toml';

/** A speaker in an AS of its own (eBGP), as in GoBGP's own EVPN examples. The API is for this machine only. */
export const gobgpConfig = (self: Machine, reflectors: readonly Machine[]): string => `[global.config]
  as = ${asOf(self)}
  router-id = "${self.underlayAddress}"
  local-address-list = ["${self.underlayAddress}"]
${reflectors.map(reflector => `
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${reflector.underlayAddress}"
    peer-as = ${asNumber}
  [neighbors.timers.config]
    connect-retry = 3
    hold-time = 9
    keepalive-interval = 3
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "l2vpn-evpn"
`).join('')}`;

/**
 * What FRR's zebra does of itself and GoBGP leaves to an agent: says what this host has (a type-3 route for each
 * network, a type-2 route for each guest's MAC), and puts what others have into the forwarding table. Two steps, each
 * over the whole of it, so that neither a restart nor a missed event leaves anything stale.
 */
export const gobgpAgent = (self: Machine, plan: Plan): string => `#!/bin/sh
vtep=${self.underlayAddress}
rib='gobgp global rib -a evpn'
cd /run/gobgp-agent

# What this host has: "macadv MAC VNI" and "multicast VTEP VNI".
ours() {
  for vni in ${plan.segments.map(segment => segment.vni).join(' ')}; do
    [ -e /sys/class/net/${bridgeOf('$vni')}/brif/${vxlanOf('$vni')} ] || continue
    echo "multicast $vtep $vni"
    bridge fdb show br ${bridgeOf('$vni')} | awk -v vni=$vni '$2 == "dev" && $3 ~ /^one-/ && !/permanent/ {print "macadv", $1, vni}'
  done | sort -u
}

announce() {
  rest="etag 0 rd $vtep:$3 rt ${asNumber}:$3 encap vxlan"
  case $1 in
    macadv) $rib add macadv $2 0.0.0.0 label $3 $rest ;;
    multicast) $rib add multicast $2 $rest pmsi ingress-repl $3 $2 ;;
  esac
}
withdraw() {
  case $1 in
    macadv) $rib del macadv $2 0.0.0.0 label $3 etag 0 rd $vtep:$3 ;;
    multicast) $rib del multicast $2 etag 0 rd $vtep:$3 ;;
  esac
}

# What the others have, from the best routes: "DEVICE MAC VTEP". The VNI is the label of a type 2, the PMSI's of a type 3.
theirs() {
  $rib | awk -v vtep=$vtep '
    $1 !~ /^\\*>/ {next}
    {key = $2; mac = ""; vni = ""; hop = ""}
    match(key, /\\[mac:[0-9a-f:]+/) {mac = substr(key, RSTART + 5, RLENGTH - 5); hop = $4; vni = substr($3, 2, length($3) - 2)}
    key ~ /^\\[type:multicast\\]/ && match($0, /ingress-repl, label: [0-9]+/) {mac = "00:00:00:00:00:00"; hop = $3; vni = substr($0, RSTART + 21, RLENGTH - 21)}
    mac != "" && hop != "0.0.0.0" && hop != vtep {print "wg0." vni, mac, hop}' | sort -u
}
standing() {
  for device in /sys/class/net/wg0.*; do
    [ -e $device ] || continue
    bridge fdb show dev \${device##*/} | awk -v device=\${device##*/} '/ dst / {for (i = 1; i < NF; i++) if ($i == "dst") print device, $1, $(i + 1)}'
  done | sort -u
}
put() {
  [ -e /sys/class/net/$1 ] || return 0
  case $2 in 00:00:00:00:00:00) verb=append ;; *) verb=replace ;; esac
  bridge fdb $verb $2 dev $1 dst $3 self extern_learn
}

: >announced
while :; do
  if ours >ours && gobgp neighbor >/dev/null; then
    comm -13 ours announced | while read -r kind what vni; do withdraw $kind $what $vni; done
    comm -23 ours announced | while read -r kind what vni; do announce $kind $what $vni; done
    mv ours announced
    theirs >theirs; standing >standing
    comm -13 theirs standing | while read -r device mac hop; do bridge fdb del $mac dev $device dst $hop self; done
    comm -23 theirs standing | while read -r device mac hop; do put $device $mac $hop; done
  fi
  sleep 0.5
done
`;

/** Boot lines, in place of FRR's. */
export const gobgpBoot = `
mkdir -p /run/gobgp-agent
gobgpd -t toml -f ${configFile} --api-hosts 127.0.0.1:50051 >/var/log/gobgpd.log 2>&1 </dev/null 3>&- &
echo $! >/run/gobgpd.pid
sh /etc/frr/gobgp-agent.sh >/var/log/gobgp-agent.log 2>&1 </dev/null 3>&- &
`;

/** What tells that it runs, to be put behind another command. */
export const gobgpAlive = ' && kill -0 $(cat /run/gobgpd.pid)';
