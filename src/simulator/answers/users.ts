/** What programs say to who is not root. The operator is root, unless a fault has it that they log in as somebody else. */
import {troubleOf} from '../faults/trouble.ts';
import type {SimHost, SimWorld} from '../world.ts';
import {fails, line, type Answer} from './answer.ts';

const vtyshDenied = "% Can't open configuration file /etc/frr/vtysh.conf due to 'Permission denied'.\nvtysh_pam: Failed in account validation: Authentication failure(7)Exiting: failed to connect to any daemons.\nHint: if this seems wrong, try running me as a privileged user!";

/** undefined: the program answers as to root. */
export function refusal(world: SimWorld, host: SimHost, program: string, args: readonly string[]): Answer | undefined {
  const {ssh} = troubleOf(world, host);
  if (ssh !== 'plain-user' && ssh !== 'no-rights') return undefined;
  switch (program) {
    case 'sudo':
      return fails('sudo: a password is required');
    case 'id': {
      const option = args.join('');
      if (option === '-u' || option === '-g') return line('1000');
      return option === '-un' || option === '-u-n' ? line('oper') : line(`uid=1000(oper) gid=1000(oper) groups=1000(oper)${ssh === 'plain-user' ? ',106(frrvty)' : ''}`);
    }
    case 'vtysh':
      return ssh === 'no-rights' ? fails(vtyshDenied) : undefined;
    case 'wg':
      return args[2] === undefined || args[1] === 'interfaces' ? undefined : fails('Unable to access interface wg0: Permission denied');
    case 'ip':
      return args.includes('set') ? fails('RTNETLINK answers: Operation not permitted', 2) : undefined;
    case 'nft':
      return fails('Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted');
    case 'iptables':
    case 'iptables-save':
    case 'iptables-nft-save':
      return fails('iptables-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)');
    case 'iptables-legacy-save':
      return fails('Failed to list table names in /proc/net/ip_tables_names: Permission denied');
    default:
      return undefined;
  }
}
