/** Which programs a host has, and what they answer. */
import type {SimHost, SimWorld} from '../world.ts';
import type {Answer, Program} from './answer.ts';
import {fails, says} from './answer.ts';
import {refusal} from './users.ts';
import {bridge} from './bridge.ts';
import {ip} from './ip.ts';
import {iptables, iptablesSave, legacySave, nft} from './netfilter.ts';
import {cat, date, hostname, id, rcService, systemctl, tail, uname} from './system.ts';
import {vtysh} from './vtysh.ts';
import {wg} from './wg.ts';

const everywhere: Readonly<Record<string, Program>> = {cat, tail, hostname, uname, date, id, ip, bridge, iptables, 'iptables-save': iptablesSave, 'iptables-nft-save': iptablesSave, 'iptables-legacy-save': legacySave, nft, sudo: () => says('')};
const machines: Readonly<Record<string, Program>> = {vtysh, wg, systemctl};
const routers: Readonly<Record<string, Program>> = {'rc-service': rcService};

export const programsOf = (host: SimHost): Readonly<Record<string, Program>> => ({...everywhere, ...(host.underlay === undefined ? {} : machines), ...(host.roles.includes('virtual-router') ? routers : {})});

/** Programs that could change or show the machine that runs the demo: hidden everywhere, unless a host has its own. */
export const hidden: readonly string[] = [
  ...Object.keys({...machines, ...routers}),
  'service', 'journalctl', 'tcpdump', 'conntrack', 'ss', 'netstat', 'ifconfig', 'route', 'arp', 'arping', 'ping', 'ping6', 'sysctl', 'modprobe', 'reboot', 'shutdown', 'halt', 'poweroff', 'wg-quick', 'ip6tables', 'ip6tables-save',
  'iptables-restore', 'iptables-nft', 'iptables-legacy', 'ebtables', 'arptables', 'ethtool', 'tc', 'nsenter', 'unshare', 'mount', 'umount', 'chroot', 'su', 'doas', 'ssh', 'scp', 'curl', 'wget', 'virsh', 'onevm', 'onehost', 'gobgp', 'node', 'apk', 'apt-get', 'dpkg', 'dpkg-query', 'rpm', 'rc-status',
];

export function answer(world: SimWorld, host: SimHost, program: string, args: readonly string[]): Answer {
  const refused = refusal(world, host, program, args);
  if (refused) return refused;
  const answers = programsOf(host)[program];
  return answers ? answers(world, host, args) : fails(`sh: 1: ${program}: not found`, 127);
}
